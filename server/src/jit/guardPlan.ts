/** What safe mode must check before an access, once it has looked at what is certain there. */
import type { Insn, Reg } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import { type Fact, type Facts, factOf, type Place, type Range, type Scene, setFact } from './facts.ts';
import { HINT, hintOf, type Hints } from './hints.ts';
import { losesArguments } from './initialized.ts';
import { extentOf } from './linear.ts';
import { MAX_OFFSET, type Origin, PACKET_START } from './origins.ts';

export interface Access {
  readonly reg: Reg;
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
}

export type Guard =
  /** The access is certainly allowed. */
  | { readonly kind: 'none' }
  /** It is, unless the register is null. */
  | { readonly kind: 'found' }
  /** `parts` must lie in the window of `range`, and then all of it does. */
  | { readonly kind: 'window'; readonly range: Range; readonly parts: readonly Part[] }
  /** Nothing is known: the machine must be asked. */
  | { readonly kind: 'ask' };

/** Offsets from the register's value. */
export interface Part {
  readonly low: number;
  readonly high: number;
}

/** Instructions that are searched for further accesses through the same pointer. */
const LOOK_AHEAD = 64;

/** What a load, store or atomic touches; null for other instructions. */
export function accessOf(insn: Insn): Access | null {
  if (insn.kind === 'load') return { reg: insn.src, off: insn.off, size: insn.size, write: false };
  if (insn.kind === 'store') return { reg: insn.dst, off: insn.off, size: insn.size, write: true };
  if (insn.kind !== 'atomic') return null;
  const write = insn.op !== 'loadAcquire';
  return { reg: write ? insn.dst : insn.src, off: insn.off, size: insn.size, write };
}

/** What must be checked before an access. */
export function guardOf(scene: Scene, facts: Facts, hints: Hints, access: Access, place: Place): Guard {
  const { reg, off, size, write } = access;
  const fact = factOf(facts, reg);
  const certain = guardByOrigin(scene, facts, fact?.origin ?? null, access);
  if (certain !== null) return certain;
  const range = fact?.range ?? null;
  if (range !== null && off >= range.low && off + size <= range.high && (range.write || !write))
    return { kind: 'none' };
  const window = fact?.origin?.kind === 'packet' ? HINT.packet : hintOf(hints, reg);
  if (window !== HINT.packet && window !== HINT.stack && window !== HINT.ctx) return { kind: 'ask' };
  // Which bytes of a context may be written is another matter.
  if (window === HINT.ctx && write) return { kind: 'ask' };
  const found = rangeAhead(scene.insns, access, place);
  // All of a stack frame may be written.
  const ahead = { window, ...found, write: found.write || window === HINT.stack };
  const joins = range !== null && range.window === window && (range.write || !ahead.write);
  return joins ? growing(range, ahead) : { kind: 'window', range: ahead, parts: [ahead] };
}

/** A window has no holes, so only what goes beyond the known range must be compared. */
function growing(known: Range, { low, high }: Range): Guard {
  const parts: Part[] = [];
  if (low < known.low) parts.push({ low, high: known.low });
  if (high > known.high) parts.push({ low: known.high, high });
  const range = { ...known, low: Math.min(low, known.low), high: Math.max(high, known.high) };
  return { kind: 'window', range, parts };
}

function guardByOrigin(
  scene: Scene,
  { rooms }: Facts,
  origin: Origin | null,
  { off, size, write }: Access,
): Guard | null {
  if (origin?.kind === 'frame') {
    const extent = extentOf(origin, scene.bounds);
    if (extent === null) return null;
    const [low, high] = extent;
    return LAYOUT.frameBytes + low + off >= 0 && high + off + size <= 0 ? { kind: 'none' } : null;
  }
  if (origin?.kind !== 'value' && origin?.kind !== 'packet') return null;
  const start = origin.offset + off;
  if (origin.kind === 'value') {
    if (start < 0 || start + size > (write ? origin.write : origin.read)) return null;
    return { kind: origin.found ? 'none' : 'found' };
  }
  if ((write && !scene.writesPacket) || origin.low + start < 0) return null;
  const near = start + size <= (rooms.get(origin.name) ?? 0);
  return near || origin.high + start + size <= (rooms.get(PACKET_START) ?? 0) ? { kind: 'none' } : null;
}

/** What is certain once the guard before an access has let it pass. */
export function factsWithGuard(facts: Facts, access: Access, guard: Guard): Facts {
  const fact = factOf(facts, access.reg);
  if (guard.kind === 'found' && fact?.origin?.kind === 'value')
    return setFact(facts, access.reg, { origin: { ...fact.origin, found: true }, range: null });
  if (guard.kind !== 'window') return facts;
  const known = setFact(facts, access.reg, { origin: fact?.origin ?? null, range: guard.range });
  return guard.range.window === HINT.packet ? withRoom(known, fact, guard.range) : known;
}

/** All copies of an address of the packet profit from what was compared through one of them. */
function withRoom(facts: Facts, fact: Fact | null, { high }: Range): Facts {
  const origin = fact?.origin;
  if (origin?.kind !== 'packet') return facts;
  const room = origin.offset + high;
  if (room <= (facts.rooms.get(origin.name) ?? 0)) return facts;
  return { ...facts, rooms: new Map(facts.rooms).set(origin.name, room) };
}

/**
 * The bytes that accesses through the same pointer touch from here to the next call or the block's end: they happen,
 * or the run ends before.
 */
function rangeAhead(insns: readonly Insn[], first: Access, place: Place): Part & { readonly write: boolean } {
  const ahead = { low: first.off, high: first.off + first.size, write: first.write };
  /** By register: what it holds is the pointer plus this. */
  const offsets = new Map<Reg, number>([[first.reg, 0]]);
  const last = Math.min(place.end, place.pc + LOOK_AHEAD);
  for (let pc = place.pc; pc < last && offsets.size > 0;) {
    const insn = insns[pc];
    if (insn === undefined || losesArguments(insn)) break;
    const access = accessOf(insn);
    const at = access === null ? undefined : offsets.get(access.reg);
    if (access !== null && at !== undefined && mayJoin(ahead, at + access.off, access.size)) {
      ahead.low = Math.min(ahead.low, at + access.off);
      ahead.high = Math.max(ahead.high, at + access.off + access.size);
      ahead.write ||= access.write;
    }
    follow(offsets, insn);
    pc += slots(insn);
  }
  return ahead;
}

/** A range may not grow without bound. */
function mayJoin(ahead: Part, start: number, size: number): boolean {
  return Math.max(ahead.high, start + size) - Math.min(ahead.low, start) <= MAX_OFFSET;
}

function follow(offsets: Map<Reg, number>, insn: Insn): void {
  if (insn.kind === 'alu' && insn.wide && insn.op === 'mov' && insn.source === 'reg' && insn.signExtendBits === 0) {
    const at = offsets.get(insn.src);
    if (at === undefined) offsets.delete(insn.dst);
    else offsets.set(insn.dst, at);
  } else if (insn.kind === 'alu' && insn.wide && insn.source === 'imm' && (insn.op === 'add' || insn.op === 'sub')) {
    const at = offsets.get(insn.dst);
    if (at !== undefined) offsets.set(insn.dst, at + (insn.op === 'add' ? insn.imm : -insn.imm));
  } else if (insn.kind === 'atomic') {
    for (const reg of [0, insn.dst, insn.src]) if (insn.fetch || insn.op === 'loadAcquire') offsets.delete(reg);
  } else if ('dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump') offsets.delete(insn.dst);
}
