/** Calls of helpers and functions, for made-up programs: arguments and sizes that just fit or just do not. */
import type { Reg } from '../../server/src/isa/insn.ts';
import type { MapSpec } from '../../server/src/program/program.ts';
import type { Draft } from './draft.ts';
import { alu, helper, imm, loadMap, move, reg, store } from './insns.ts';
import { bound, operand } from './numberSteps.ts';
import { spill } from './memorySteps.ts';

function map(
  name: string,
  type: MapSpec['type'],
  keySize: number,
  valueSize: number,
  maxEntries: number,
  inner: MapSpec | null = null,
): MapSpec {
  return {
    name, type, keySize, valueSize, maxEntries, flags: 0, inner, slots: [], initial: null, frozen: false,
    keyTypeId: 0, valueTypeId: 0, span: null,
  }; // prettier-ignore
}

const ARRAY = 0;
const HASH = 1;
const PERCPU = 2;
const JUMPS = 3;
const RING = 4;
const OUTER = 5;
const EVENTS = 6;
const SMALL = 7;
const LRU = 8;
const GLOBAL = 9;

export const MADE_MAPS: readonly MapSpec[] = [
  map('values', 'array', 4, 48, 4),
  map('table', 'hash', 8, 24, 16),
  map('percpu', 'percpu_array', 4, 40, 1),
  map('jumps', 'prog_array', 4, 4, 2),
  map('ring', 'ringbuf', 0, 0, 4096),
  map('outer', 'array_of_maps', 4, 4, 2, map('inner', 'array', 4, 16, 2)),
  map('events', 'perf_event_array', 4, 4, 2),
  map('small', 'array', 4, 1, 1),
  map('recent', 'lru_hash', 4, 64, 8),
  map('global', 'array', 4, 56, 1),
];

/** A key on the stack, a look-up, and mostly the check for null. */
export function lookup(draft: Draft): void {
  const which = draft.chance(40) ? JUMPS : draft.pick([ARRAY, ARRAY, HASH, HASH, PERCPU, SMALL, LRU, OUTER]);
  key(draft);
  draft.add(...loadMap(1, which), helper(1));
  draft.clobber();
  draft.held.delete(0);
  if (which === OUTER && !draft.chance(10)) {
    draft.jumpTo('end', 'eq', 0, imm(0));
    key(draft);
    draft.add(move(1, reg(0)), helper(1));
    draft.clobber();
    draft.held.delete(0);
  }
  const kept: Reg = draft.chance(3) ? 0 : draft.pick([6, 7, 8, 9]);
  if (kept !== 0) draft.add(move(kept, reg(0)));
  const room = which === OUTER ? 16 : (MADE_MAPS[which]?.valueSize ?? 8);
  if (!draft.chance(20)) {
    const other = draft.chance(3) && kept !== 0 ? 0 : kept;
    if (draft.chance(8)) draft.jumpTo(1 + draft.next(6), 'ne', other, imm(0));
    else draft.jumpTo(draft.chance(6) ? 1 + draft.next(8) : 'end', 'eq', other, imm(0));
  }
  draft.hold(kept, 'value', room);
}

/** r2 points to a key. */
function key(draft: Draft): void {
  const at = draft.chance(12) ? -4 : -8 * (1 + draft.next(4));
  const size = at === -4 ? 4 : 8;
  draft.add(store(10, at, size, draft.chance(3) ? reg(draft.number()) : imm(draft.next(6))));
  draft.slots.add(at & ~7);
  draft.add(move(2, reg(10)), alu('add', 2, imm(at)));
}

/** The address of a value without a look-up. */
export function directValue(draft: Draft): void {
  const dst = draft.free();
  const off = draft.next(draft.chance(20) ? 60 : 40);
  draft.add(...loadMap(dst, draft.chance(200) ? ARRAY : GLOBAL, 'value', off));
  draft.hold(dst, 'value', Math.max(1, 56 - off));
}

/** A buffer in r`at` of about `room` bytes: on the stack, in a map's value or in the packet. */
function buffer(draft: Draft, at: Reg, room: number): void {
  const base = draft.chance(2) ? draft.pointer('value', 'packet', 'record') : null;
  if (base !== null && base !== at) return draft.add(move(at, reg(base)));
  const start = -8 * Math.ceil(room / 8);
  draft.add(move(at, reg(10)), alu('add', at, imm(draft.chance(8) ? start + draft.next(8) : start)));
  for (let slot = start; slot < 0 && !draft.chance(12); slot += 8) {
    if (draft.slots.has(slot)) continue;
    draft.add(store(10, slot, 8, imm(0)));
    draft.slots.add(slot);
  }
}

/** A size in r`at`: constant or bounded, about `room`. */
function size(draft: Draft, at: Reg, room: number): void {
  if (draft.chance(3))
    return draft.add(move(at, imm(draft.chance(6) ? room + 1 - draft.next(3) : 1 + draft.next(room))));
  const number = draft.number();
  draft.add(move(at, reg(number)));
  draft.held.delete(at);
  bound(draft, at, room + 1);
  if (draft.chance(3)) draft.add(alu('add', at, imm(draft.chance(2) ? 1 : -1)));
}

/** Helpers that read or write a buffer of a size. */
export function bufferHelper(draft: Draft): void {
  const room = draft.pick([1, 4, 8, 16, 24, 40]);
  const ctx = draft.pointer('ctx');
  const { type } = draft;
  const packets = type === 'sched_cls' || type === 'socket_filter' || type === 'cgroup_skb';
  switch (draft.next(6)) {
    case 0:
      size(draft, 2, room);
      buffer(draft, 1, room);
      draft.add(helper(16));
      break;
    case 1:
      if (ctx === null || !packets) return lookup(draft);
      size(draft, 4, room);
      buffer(draft, 3, room);
      draft.add(move(1, reg(ctx)), move(2, operand(draft)), helper(26));
      break;
    case 2:
      if (type !== 'kprobe' && type !== 'tracepoint' && type !== 'perf_event') return directValue(draft);
      size(draft, 2, room);
      buffer(draft, 1, room);
      draft.add(move(3, reg(draft.number())), helper(113));
      break;
    case 3:
      if (ctx === null) return lookup(draft);
      size(draft, 5, room);
      buffer(draft, 4, room);
      draft.add(move(1, reg(ctx)), ...loadMap(2, EVENTS), move(3, imm(draft.chance(4) ? -1 : 0)), helper(25));
      break;
    case 4:
      size(draft, 2, room);
      buffer(draft, 1, room);
      if (type !== 'sched_cls' && type !== 'cgroup_skb' && type !== 'xdp') return updateMap(draft);
      draft.add(move(3, reg(1)), move(4, reg(2)), move(5, imm(0)), helper(28));
      break;
    default:
      size(draft, 3, room);
      buffer(draft, 2, room);
      draft.add(...loadMap(1, RING), move(4, imm(0)), helper(130));
  }
  draft.clobber();
}

export function updateMap(draft: Draft): void {
  const which = draft.pick([ARRAY, HASH, SMALL, LRU]);
  key(draft);
  buffer(draft, 3, MADE_MAPS[which]?.valueSize ?? 8);
  draft.add(...loadMap(1, which), move(4, imm(draft.next(3))), helper(draft.chance(5) ? 3 : 2));
  draft.clobber();
}

/** A record of the ring is reserved, used and given back; seldom forgotten. */
export function record(draft: Draft): void {
  const room = draft.pick([8, 16, 48]);
  draft.add(...loadMap(1, RING), move(2, imm(room)), move(3, imm(0)), helper(131));
  draft.clobber();
  draft.held.delete(0);
  if (!draft.chance(20)) draft.jumpTo('end', 'eq', 0, imm(0));
  const kept = draft.pick([6, 7, 8, 9]);
  draft.add(move(kept, reg(0)));
  draft.hold(kept, 'record', room);
  if (draft.chance(2)) draft.add(store(kept, draft.next(room - 7), 8, operand(draft)));
  if (draft.chance(4)) spill(draft);
  if (draft.chance(20)) return;
  draft.add(move(1, reg(kept)), move(2, imm(0)), helper(draft.pick([132, 133])));
  draft.clobber();
  draft.held.delete(kept);
}

/** Helpers that move the packet: its pointers end. */
export function movePacket(draft: Draft): void {
  const ctx = draft.pointer('ctx');
  if (ctx === null || (draft.type !== 'xdp' && draft.type !== 'sched_cls')) return bufferHelper(draft);
  draft.add(move(1, reg(ctx)), move(2, imm(draft.next(3) * 4)));
  if (draft.type === 'xdp') draft.add(helper(draft.pick([44, 65])));
  else draft.add(move(3, imm(0)), helper(draft.pick([38, 39])));
  draft.clobber();
  if (draft.chance(10)) return;
  for (const held of ['packet', 'end', 'meta'] as const)
    for (const number of draft.registersOf(held)) draft.held.delete(number);
}

export function tailCall(draft: Draft): void {
  const ctx = draft.pointer('ctx');
  if (ctx === null) return lookup(draft);
  draft.add(move(1, reg(ctx)), ...loadMap(2, JUMPS), move(3, operand(draft)), helper(12));
  draft.clobber();
}

/** Another function of the program, with numbers or pointers. */
export function callFunction(draft: Draft): void {
  if (draft.functions === 0) return bufferHelper(draft);
  for (const at of [1, 2]) {
    const pointer = draft.chance(2) ? draft.pointer('stack', 'value', 'packet', 'ctx') : null;
    draft.add(move(at, reg(pointer ?? draft.number())));
    draft.hold(at, pointer === null ? 'number' : (draft.held.get(pointer) ?? 'number'), 8);
  }
  draft.calls.push({ at: draft.insns.length, callee: 1 + draft.next(draft.functions) });
  draft.add({ kind: 'call', target: 'subprog', imm: 0, off: 0 });
  draft.clobber();
}
