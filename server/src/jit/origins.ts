/** Where values of registers come from, as far as safe mode is certain of it. */
import type { AluInsn, AluOp } from '../isa/insn.ts';
import { type Bounds, extentOf, joinLinear, type Linear, linearProduct, linearSum } from './linear.ts';

export type Origin =
  | { readonly kind: 'map'; readonly map: number }
  /** r10 plus a sum. */
  | (Linear & { readonly kind: 'frame' })
  /** A number of which all is known but how often loops went round. */
  | (Linear & { readonly kind: 'count' })
  /** What a lookup yielded, plus an offset; unless `found`, it may be null. So many bytes of the value are open. */
  | { readonly kind: 'value'; readonly offset: number; readonly read: number; readonly write: number; readonly found: boolean } // prettier-ignore
  /** An address that has a name, plus an offset. The named address is `low` to `high` bytes behind the packet's first. */
  | { readonly kind: 'packet'; readonly name: number; readonly offset: number; readonly low: number; readonly high: number } // prettier-ignore
  /** The end of the packet. */
  | { readonly kind: 'packetEnd' }
  /** A number from 0 to `most`. */
  | { readonly kind: 'number'; readonly most: number };

export type PacketOrigin = Extract<Origin, { kind: 'packet' }>;

/** The name of the packet's first byte. */
export const PACKET_START = 0;
/** Sums and numbers are followed this far, so that they stay exact. */
export const MAX_OFFSET = 0x10_0000;

export function numberUpTo(most: number): Origin | null {
  return most >= 0 && most <= MAX_OFFSET ? { kind: 'number', most } : null;
}

/** The greatest value of a number that is surely not negative. */
export function mostOf(origin: Origin | null, bounds: Bounds): number | null {
  if (origin?.kind === 'number') return origin.most;
  if (origin?.kind !== 'count') return null;
  const extent = extentOf(origin, bounds);
  return extent === null || extent[0] < 0 || extent[1] > MAX_OFFSET ? null : extent[1];
}

/** The origin of a sum or a difference of two registers' 64 bits; addresses of the packet are another matter. */
export function combined(a: Origin | null, b: Origin | null, sign: 1 | -1, bounds: Bounds): Origin | null {
  if (b?.kind === 'frame' && sign === 1 && a?.kind === 'count') return combined(b, a, 1, bounds);
  if ((a?.kind !== 'frame' && a?.kind !== 'count') || b?.kind !== 'count') return null;
  if (hidesGrowth(a, b, sign) && !(isSmall(a, bounds) && isSmall(b, bounds))) return null;
  const sum = linearSum(a, b, sign);
  return sum === null || Math.abs(sum.offset) > MAX_OFFSET ? null : { kind: a.kind, ...sum };
}

/** Whether steps of the same loop make up for each other: then a sum may be small though its parts have left 32 bits. */
function hidesGrowth(a: Linear, b: Linear, sign: 1 | -1): boolean {
  return a.terms.some((x) => b.terms.some((y) => x.loop === y.loop && x.step * y.step * sign < 0));
}

function isSmall(sum: Linear, bounds: Bounds): boolean {
  const extent = extentOf(sum, bounds);
  return extent !== null && extent[0] >= -MAX_OFFSET && extent[1] <= MAX_OFFSET;
}

/** The origin of a sum with a constant. */
export function shifted(origin: Origin | null, by: number): Origin | null {
  if (origin === null || Math.abs(by) > MAX_OFFSET) return null;
  if (origin.kind === 'number') return by >= 0 ? numberUpTo(origin.most + by) : null;
  if (origin.kind === 'map' || origin.kind === 'packetEnd') return null;
  const offset = origin.offset + by;
  return Math.abs(offset) > MAX_OFFSET ? null : { ...origin, offset };
}

/** What stands where an address of the packet and a number were added, which gets a name of its own. */
export function namedSum(packet: PacketOrigin, most: number, name: number): PacketOrigin | null {
  const low = packet.low + packet.offset;
  const high = packet.high + packet.offset + most;
  return low >= 0 && high <= MAX_OFFSET ? { kind: 'packet', name, offset: 0, low, high } : null;
}

/** What an operation makes of a number and a constant; null where it may leave what is followed. */
export function computed(insn: AluInsn, own: Origin | null, bounds: Bounds): Origin | null {
  const { op, imm } = insn;
  if (own?.kind === 'count') {
    const exact = computedCount(insn, own);
    if (exact !== null) return exact;
  }
  const most = mostOf(own, bounds);
  if (op === 'and') return imm >= 0 ? numberUpTo(most === null ? imm : Math.min(imm, most)) : null;
  if (most === null || imm < 0) return null;
  const compute = OPERATIONS[op];
  return compute === undefined ? null : numberUpTo(compute(most, imm));
}

/** Whether a sum never becomes negative. */
export function isPlainCount({ offset, terms }: Linear): boolean {
  return offset >= 0 && terms.every(({ step }) => step > 0);
}

/** In 32 bits the numbers must not be negative; that they do not grow too large is what bounds loops. */
function computedCount({ op, imm, wide }: AluInsn, own: Linear): Origin | null {
  const result =
    op === 'add'
      ? { ...own, offset: own.offset + imm }
      : op === 'sub'
        ? { ...own, offset: own.offset - imm }
        : op === 'mul' && imm >= 0
          ? linearProduct(own, imm)
          : op === 'lsh' && imm < 20
            ? linearProduct(own, 2 ** imm)
            : null;
  if (result === null || Math.abs(result.offset) > MAX_OFFSET) return null;
  return wide || (isPlainCount(own) && isPlainCount(result)) ? { kind: 'count', ...result } : null;
}

const OPERATIONS: Partial<Record<AluOp, (most: number, imm: number) => number>> = {
  add: (most, imm) => most + imm,
  mul: (most, imm) => most * imm,
  lsh: (most, imm) => (imm < 32 ? most * 2 ** imm : Infinity),
  rsh: (most, imm) => (imm < 32 ? Math.floor(most / 2 ** imm) : Infinity),
};

/** Where origins meet: at which block, and whether along an edge back to it. */
export interface Meeting {
  readonly block: number;
  readonly back: boolean;
  /** The name that addresses of the packet get that differ. */
  readonly name: number;
  readonly bounds: Bounds;
}

/** What both are; the first one itself when that is all of it. */
export function joinOrigins(a: Origin | null, b: Origin | null, meeting: Meeting): Origin | null {
  if (a === null || b === null) return null;
  if (a.kind === 'count' || b.kind === 'count') return joinCounts(a, b, meeting);
  if (b.kind !== a.kind) return null;
  if (a.kind === 'frame') {
    const joined = joinLinear(a, b as Linear, meeting.block, meeting.back);
    return joined === null ? null : joined === a ? a : { kind: 'frame', ...joined };
  }
  if (a === b || a.kind === 'packetEnd') return a;
  if (a.kind === 'map') return b.kind === 'map' && a.map === b.map ? a : null;
  if (a.kind === 'number') return b.kind === 'number' && b.most > a.most ? b : a;
  if (a.kind === 'value') return b.kind === 'value' && a.offset === b.offset ? joinValues(a, b) : null;
  return b.kind === 'packet' ? joinPackets(a, b, meeting.name) : null;
}

function joinCounts(a: Origin, b: Origin, { block, back, bounds }: Meeting): Origin | null {
  if (a.kind === 'count' && b.kind === 'count') {
    const joined = joinLinear(a, b, block, back);
    if (joined !== null) return joined === a ? a : { kind: 'count', ...joined };
  }
  const [x, y] = [mostOf(a, bounds), mostOf(b, bounds)];
  if (x === null || y === null || back) return null;
  return a.kind === 'number' && x >= y ? a : numberUpTo(Math.max(x, y));
}

type ValueOrigin = Extract<Origin, { kind: 'value' }>;

function joinValues(a: ValueOrigin, b: ValueOrigin): ValueOrigin {
  const read = Math.min(a.read, b.read);
  const write = Math.min(a.write, b.write);
  const found = a.found && b.found;
  return read === a.read && write === a.write && found === a.found ? a : { ...a, read, write, found };
}

function joinPackets(a: PacketOrigin, b: PacketOrigin, name: number): PacketOrigin {
  if (a.name === b.name && a.offset === b.offset) {
    const low = Math.min(a.low, b.low);
    const high = Math.max(a.high, b.high);
    return low === a.low && high === a.high ? a : { ...a, low, high };
  }
  const low = Math.min(a.low + a.offset, b.low + b.offset);
  const high = Math.max(a.high + a.offset, b.high + b.offset);
  const same = a.name === name && a.offset === 0 && a.low === low && a.high === high;
  return same ? a : { kind: 'packet', name, offset: 0, low, high };
}

/** Whether joining has widened an origin that a loop came back to: then it would go on doing so. */
export function hasWidened(before: Origin | null, joined: Origin | null): boolean {
  if (before?.kind === 'number' && joined?.kind === 'number') return joined.most > before.most;
  if (before?.kind !== 'packet' || joined?.kind !== 'packet') return false;
  const [low, high] = [before.low + before.offset, before.high + before.offset];
  return joined.low + joined.offset < low || joined.high + joined.offset > high;
}
