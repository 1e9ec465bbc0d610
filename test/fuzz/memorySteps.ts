/** Statements on memory, for made-up programs: spills and partial fills, map values and packets at variable offsets. */
import type { AtomicOp, Reg, Size } from '../../server/src/isa/insn.ts';
import type { Draft, Held } from './draft.ts';
import { alu, atomic, imm, load, move, reg, store } from './insns.ts';
import { bound, constant, operand } from './numberSteps.ts';

const SIZES: readonly Size[] = [1, 2, 4, 8];
const FETCHES: readonly AtomicOp[] = ['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'];

function slotOf(draft: Draft): number {
  const known = [...draft.slots];
  return known.length > 0 && !draft.chance(4) ? draft.pick(known) : -8 * (1 + draft.next(draft.chance(20) ? 64 : 6));
}

/** Numbers and pointers go to the stack, whole or in part. */
export function spill(draft: Draft): void {
  const slot = slotOf(draft);
  const size = draft.chance(2) ? 8 : draft.pick(SIZES);
  const at = draft.chance(12) ? slot + draft.next(8) : slot + draft.next(8 / size) * size;
  if (draft.chance(4)) draft.add(store(10, at, size, imm(draft.chance(2) ? 0 : constant(draft))));
  else {
    const pointer = draft.chance(6) ? draft.pointer('ctx', 'packet', 'value', 'end', 'stack') : null;
    draft.add(store(10, pointer === null ? at : slot, pointer === null ? size : 8, reg(pointer ?? draft.number())));
  }
  draft.slots.add(slot);
}

export function fill(draft: Draft): void {
  const slot = slotOf(draft);
  const size = draft.chance(2) ? 8 : draft.pick(SIZES);
  const at = slot + (draft.chance(12) ? draft.next(8) : draft.next(8 / size) * size);
  const dst = draft.free();
  draft.add(load(dst, 10, at, size, size < 8 && draft.chance(4)));
  draft.hold(dst, 'number');
}

/** The whole slot is written, all read in parts. */
export function spillAndFill(draft: Draft): void {
  const slot = -8 * (1 + draft.next(8));
  const written = draft.pick(SIZES);
  const read = draft.chance(2) ? written : draft.pick(SIZES);
  const dst = draft.free();
  draft.add(store(10, slot, written, draft.chance(6) ? imm(constant(draft)) : reg(draft.number())));
  draft.slots.add(slot);
  if (draft.chance(3)) draft.add(store(10, slot + draft.next(8), 1, draft.chance(2) ? imm(0) : reg(draft.number())));
  draft.add(
    load(dst, 10, slot + (draft.chance(3) ? draft.next(8 / read) * read : 0), read, read < 8 && draft.chance(5)),
  );
  draft.hold(dst, 'number');
}

function access(draft: Draft, base: Reg, off: number, size: Size): void {
  if (draft.chance(2)) {
    const dst = draft.free();
    draft.add(load(dst, base, off, size, size < 8 && draft.chance(5)));
    draft.hold(dst, 'number');
  } else draft.add(store(base, off, size, operand(draft)));
}

/** A pointer plus a bounded number, and an access that just fits (or just does not). */
export function variableAccess(draft: Draft): void {
  const kinds: readonly Held[] = ['value', 'value', 'packet', 'stack', 'record'];
  const base = draft.pointer(draft.pick(kinds)) ?? (draft.chance(3) ? 10 : null);
  if (base === null) return spillAndFill(draft);
  const room = base === 10 ? 64 : (draft.room.get(base) ?? 0) || 32;
  const size = draft.pick(SIZES);
  const number = draft.number();
  if (number === base) return;
  const limit = Math.max(1, room - size - draft.next(4) + 1);
  bound(draft, number, base === 10 ? Math.min(limit, 40) : limit);
  const scale = draft.chance(4) ? draft.next(4) : 0;
  if (scale > 0) draft.add(alu('lsh', number, imm(scale)));
  const dst = draft.chance(5) && base !== 10 ? base : draft.free();
  if (dst === number) return;
  if (dst !== base) draft.add(move(dst, reg(base)));
  draft.held.delete(dst);
  draft.add(alu(draft.chance(8) ? 'sub' : 'add', dst, reg(number)));
  const more = draft.chance(3) ? draft.next(8) : 0;
  if (draft.chance(4)) draft.add(alu('add', dst, imm(draft.chance(3) ? -more : more)));
  const off = base === 10 ? -64 + draft.next(4) * 8 : draft.chance(4) ? draft.next(8) - 2 : 0;
  access(draft, dst, off, size);
  if (draft.chance(3) && base !== 10) draft.hold(dst, draft.held.get(base) ?? 'number', Math.max(1, room - limit));
}

export function plainAccess(draft: Draft): void {
  const base = draft.pointer('value', 'packet', 'stack', 'record', 'meta');
  if (base === null) return fill(draft);
  const size = draft.pick(SIZES);
  const room = draft.room.get(base) ?? 0;
  const off = draft.chance(10) ? room - draft.next(2 * size) : draft.next(Math.max(1, room - size + 1));
  access(draft, base, draft.held.get(base) === 'stack' ? -8 * (1 + draft.next(4)) : off, size);
}

/** A pointer into the stack, to be passed on or used. */
export function stackPointer(draft: Draft): void {
  const dst = draft.free();
  draft.add(move(dst, reg(10)));
  if (draft.chance(2)) draft.add(alu('add', dst, imm(-8 * draft.next(6))));
  draft.hold(dst, 'stack', 0);
}

export function atomicStep(draft: Draft): void {
  const pointer = draft.chance(2) ? draft.pointer('value', 'stack') : null;
  const base = pointer ?? 10;
  const size = draft.chance(2) ? 8 : 4;
  const off = base === 10 ? slotOf(draft) : draft.next(3) * 8;
  const src = draft.number();
  if (draft.chance(6)) {
    const dst = draft.free();
    const width = draft.pick(SIZES);
    if (draft.chance(2)) draft.add(atomic('storeRelease', base, off, src, width, false));
    else {
      draft.add(atomic('loadAcquire', dst, off, base, width, false));
      draft.hold(dst, 'number');
    }
    return;
  }
  const op = draft.pick(FETCHES);
  const fetch = op === 'xchg' || op === 'cmpxchg' || draft.chance(2);
  if (op === 'cmpxchg' && draft.held.get(0) !== 'number') draft.add(move(0, imm(draft.next(4))));
  if (op === 'cmpxchg') draft.hold(0, 'number');
  draft.add(atomic(op, base, off, src, size, fetch));
}

const AHEAD = [1, 2, 4, 8, 14, 20, 34, 64] as const;

/** A check of the packet's end, the ways that compilers write it. */
export function packetCheck(draft: Draft): void {
  const [packet] = draft.registersOf('packet');
  const end = draft.pointer('end');
  if (packet === undefined || end === null) return plainAccess(draft);
  const dst = draft.free();
  const bytes = draft.pick(AHEAD);
  draft.add(move(dst, reg(packet)));
  if (draft.chance(3)) {
    const number = draft.number();
    if (number !== dst) {
      bound(draft, number, draft.pick([2, 8, 64, 256, 65536]));
      draft.add(alu('add', dst, reg(number)));
    }
  }
  draft.held.delete(dst);
  if (draft.chance(4)) {
    const moved = draft.free();
    if (moved !== dst) {
      draft.add(move(moved, reg(dst)));
      draft.hold(moved, 'packet', bytes);
    }
  }
  draft.add(alu('add', dst, imm(bytes)));
  const flipped = draft.chance(3);
  const [a, b] = flipped ? [end, dst] : [dst, end];
  const op = draft.pick(
    flipped ? (['lt', 'lt', 'le', 'ge', 'gt'] as const) : (['gt', 'gt', 'gt', 'ge', 'lt', 'le', 'eq'] as const),
  );
  draft.jumpTo(draft.chance(4) ? 1 + draft.next(8) : 'end', op, a, reg(b), !draft.chance(30));
  draft.room.set(packet, bytes);
}
