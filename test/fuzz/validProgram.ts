/** Random programs that the kernel accepts by construction, for comparing what they compute. */
import type { AluOp, AtomicOp, Insn, JumpOp, Operand, Reg, Size } from '../../server/src/isa/insn.ts';
import type { MapSpec, Program, Subprog } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';

/** Bytes of the packet that programs may touch; packets have at least as many. */
export const PACKET_WINDOW = 64;

/** r6 holds the context, r7 the packet, r9 a value of the array map; the rest are numbers. */
const CTX: Reg = 6;
const PACKET: Reg = 7;
const VALUE: Reg = 9;
const NUMBERS: readonly Reg[] = [0, 1, 2, 3, 4, 5, 8];
const VALUE_BYTES = 96;
/** Initialised stack: [r10 - 64, r10). Keys and values for helpers, and counters of loops, lie below. */
const STACK_BYTES = 64;
const KEY = -80;
const NEW_VALUE = -96;
const COUNTERS = -104;

const ALU: readonly AluOp[] = [
  'add', 'sub', 'mul', 'div', 'sdiv', 'mod', 'smod', 'or', 'and', 'xor', 'lsh', 'rsh', 'arsh', 'mov', 'neg',
]; // prettier-ignore
const JUMPS: readonly JumpOp[] = ['eq', 'ne', 'set', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle'];
const FETCHES: readonly AtomicOp[] = ['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'];
const CONSTANTS = [0, 1, -1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 255, 256, 65535, 0x7fffffff, -0x80000000, -2];

type Next = (below: number) => number;

interface Draft {
  readonly next: Next;
  readonly insns: Insn[];
  /** Calls to be pointed at one of the functions behind the program, by place. */
  readonly calls: { readonly at: number; readonly callee: number }[];
  /** How deep in blocks and loops. */
  depth: number;
  /** Whether this is a function, which has neither packet nor map value. */
  readonly isFunction: boolean;
}

const FUNCTIONS = 2;

/** The same seed gives the same program: sched_cls, with an array and a hash map. `size` is its statements at most. */
export function validProgram(seed: number, size = 46): Program {
  const next = randomNumbers(seed);
  const drafts = [entryDraft(next, size), ...Array.from({ length: FUNCTIONS }, () => functionDraft(next))];
  const used = usedDrafts(drafts);
  const starts = new Map<Draft, number>();
  let at = 0;
  for (const draft of used) {
    starts.set(draft, at);
    at += draft.insns.length;
  }
  const insns = used.flatMap((draft) => {
    const start = starts.get(draft) ?? 0;
    for (const { at: place, callee } of draft.calls) {
      const target = starts.get(drafts[callee] ?? draft) ?? 0;
      draft.insns[place] = { kind: 'call', target: 'subprog', imm: target - (start + place + 1), off: 0 };
    }
    return draft.insns;
  });
  const subprogs = used.map((draft, i) => subprog(i, starts.get(draft) ?? 0, draft.insns.length));
  return {
    name: 'main', type: 'sched_cls', attachType: null, section: 'tc', insns, subprogs, maps: MAPS, lines: [],
    labels: new Map(), license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
}

function subprog(index: number, start: number, length: number): Subprog {
  return { name: index === 0 ? 'main' : `f${index}`, start, end: start + length, global: false, typeId: 0 };
}

/** The kernel refuses functions that nothing calls. */
function usedDrafts(drafts: readonly Draft[]): Draft[] {
  const used = new Set<Draft>();
  const visit = (draft: Draft | undefined): void => {
    if (draft === undefined || used.has(draft)) return;
    used.add(draft);
    for (const { callee } of draft.calls) visit(drafts[callee]);
  };
  visit(drafts[0]);
  return drafts.filter((draft) => used.has(draft));
}

function map(name: string, type: MapSpec['type'], keySize: number, valueSize: number, maxEntries: number): MapSpec {
  return {
    name, type, keySize, valueSize, maxEntries, flags: 0, inner: null, slots: [], initial: null, frozen: false,
    keyTypeId: 0, valueTypeId: 0, span: null,
  }; // prettier-ignore
}

export const MAPS: readonly MapSpec[] = [map('values', 'array', 4, VALUE_BYTES, 2), map('table', 'hash', 8, 16, 8)];

function entryDraft(next: Next, size: number): Draft {
  const draft: Draft = { next, insns: [], calls: [], depth: 0, isFunction: false };
  const { insns } = draft;
  insns.push(
    move(CTX, reg(1)),
    load(PACKET, CTX, 76, 4),
    load(8, CTX, 80, 4),
    move(1, reg(PACKET)),
    add(1, PACKET_WINDOW),
  );
  insns.push({ kind: 'jump', op: 'le', wide: true, dst: 1, ...reg(8), off: 2 }, move(0, imm(0)), exit());
  insns.push(store(10, -4, 4, imm(0)), ...loadMap(1, 0), move(2, reg(10)), add(2, -4), helper(1));
  insns.push(
    { kind: 'jump', op: 'ne', wide: true, dst: 0, ...imm(0), off: 2 },
    move(0, imm(0)),
    exit(),
    move(VALUE, reg(0)),
  );
  for (let at = 8; at <= STACK_BYTES; at += 8) insns.push(store(10, -at, 8, imm(constant(next))));
  for (const number of NUMBERS) insns.push(...fresh(draft, number));
  statements(draft, 6 + next(size - 5));
  finish(draft);
  return draft;
}

/** Everything that a program computed goes where it can be seen. */
function finish({ insns }: Draft): void {
  NUMBERS.forEach((number, i) => insns.push(store(VALUE, 8 * i, 8, reg(number))));
  for (const number of NUMBERS.slice(1)) {
    insns.push(alu('mul', true, 0, imm(0x01000193)), alu('xor', true, 0, reg(number)));
  }
  insns.push(exit());
}

function functionDraft(next: Next): Draft {
  const draft: Draft = { next, insns: [], calls: [], depth: 0, isFunction: true };
  for (let at = 8; at <= STACK_BYTES; at += 8) draft.insns.push(store(10, -at, 8, imm(constant(next))));
  for (const number of [0, 8]) draft.insns.push(...fresh(draft, number));
  statements(draft, 3 + next(12));
  draft.insns.push(alu('xor', true, 0, reg(1 + next(5))), exit());
  return draft;
}

function statements(draft: Draft, count: number): void {
  for (let i = 0; i < count; i++) statement(draft);
}

function statement(draft: Draft): void {
  const { next, insns } = draft;
  switch (next(draft.isFunction ? 14 : 20)) {
    case 0:
      return stackAccess(draft);
    case 1:
      return block(draft);
    case 2:
      return loop(draft);
    case 3:
      return void insns.push(swap(next));
    case 4:
      return void insns.push(...wide(number(next), next));
    case 5:
      return void insns.push(signExtend(next));
    case 6:
      return recombine(draft);
    case 7:
      return stackAtomic(draft);
    case 14:
      return packetAccess(draft);
    case 15:
      return valueAccess(draft);
    case 16:
      return call(draft);
    case 17:
      return mapCall(draft);
    case 18:
      return void insns.push(...rotate(next));
    case 19:
      return bytesOfPacket(draft);
    default:
      return void insns.push(arithmetic(next));
  }
}

function arithmetic(next: Next): Insn {
  const op = ALU[next(ALU.length)] ?? 'add';
  const isWide = next(2) === 0;
  if (op === 'neg') return alu('neg', isWide, number(next), imm(0));
  if (next(2) === 0) return alu(op, isWide, number(next), reg(number(next)));
  return alu(op, isWide, number(next), imm(allowed(op, isWide, constant(next))));
}

/** The kernel refuses constants that divide by zero or shift too far. */
function allowed(op: AluOp, isWide: boolean, value: number): number {
  if (op === 'lsh' || op === 'rsh' || op === 'arsh') return value & (isWide ? 63 : 31);
  const divides = op === 'div' || op === 'sdiv' || op === 'mod' || op === 'smod';
  return divides && value === 0 ? 3 : value;
}

function signExtend(next: Next): Insn {
  const isWide = next(2) === 0;
  const bits = ([8, 16, 32] as const)[next(isWide ? 3 : 2)] ?? 8;
  return { kind: 'alu', op: 'mov', wide: isWide, dst: number(next), signExtendBits: bits, ...reg(number(next)) };
}

function swap(next: Next): Insn {
  const bits = ([16, 32, 64] as const)[next(3)] ?? 16;
  return { kind: 'bswap', mode: (['le', 'be', 'swap'] as const)[next(3)] ?? 'le', bits, dst: number(next) };
}

/** x << k | x >> (bits - k), as compilers write rotations. */
function* rotate(next: Next): Iterable<Insn> {
  const isWide = next(2) === 0;
  const bits = isWide ? 64 : 32;
  const by = 1 + next(bits - 1);
  const [from, to] = [number(next), number(next)];
  yield alu('mov', isWide, to, reg(from));
  yield alu('lsh', isWide, to, imm(by));
  yield alu('rsh', isWide, from, imm(next(8) === 0 ? next(bits) : bits - by));
  yield alu(next(4) === 0 ? 'add' : 'or', isWide, to, reg(from));
}

/** Bytes of the stack put together by shifts, as compilers load what may be unaligned. */
function recombine({ next, insns }: Draft): void {
  bytesFrom(next, insns, 10, -STACK_BYTES + next(STACK_BYTES - 8), number(next), number(next));
}

function bytesOfPacket({ next, insns }: Draft): void {
  bytesFrom(next, insns, PACKET, next(PACKET_WINDOW - 8), number(next), number(next));
}

function bytesFrom(next: Next, insns: Insn[], base: Reg, off: number, sum: Reg, part: Reg): void {
  const count = 2 + next(7);
  const reversed = next(2) === 0;
  insns.push(load(sum, base, off + (reversed ? count - 1 : 0), 1));
  for (let i = 1; i < count; i++) {
    if (next(12) === 0) insns.push(arithmetic(next));
    insns.push(load(part, base, off + (reversed ? count - 1 - i : i), 1));
    insns.push(
      alu('lsh', true, part, imm(next(20) === 0 ? 4 : 8 * i)),
      alu(next(10) === 0 ? 'add' : 'or', true, sum, reg(part)),
    );
  }
}

function stackAccess({ next, insns }: Draft): void {
  const width = size(next);
  access(next, insns, 10, -STACK_BYTES + width * next(STACK_BYTES / width), width);
}

function packetAccess({ next, insns }: Draft): void {
  const width = size(next);
  access(next, insns, PACKET, next(PACKET_WINDOW - width + 1), width);
}

function valueAccess({ next, insns }: Draft): void {
  if (next(3) === 0) return atomic(next, insns, VALUE, 8 * next(VALUE_BYTES / 8));
  const width = size(next);
  access(next, insns, VALUE, next(VALUE_BYTES - width + 1), width);
}

function access(next: Next, insns: Insn[], base: Reg, off: number, width: Size): void {
  const kind = next(3);
  if (kind === 0) insns.push({ ...load(number(next), base, off, width), signed: width < 8 && next(2) === 0 });
  else insns.push(store(base, off, width, kind === 1 ? reg(number(next)) : imm(constant(next))));
}

/**
 * Linux 6.18.44 on x86-64 does not always clear the upper half of r0 when a 32-bit cmpxchg stores: the verifier forgets
 * that it must, where the path behind the instruction was pruned. RFC 9669 and older kernels clear it.
 */
const LOW_HALF_OF_R0: Insn = alu('mov', false, 0, reg(0));

function stackAtomic({ next, insns }: Draft): void {
  atomic(next, insns, 10, -8 * (1 + next(STACK_BYTES / 8)));
}

function atomic(next: Next, insns: Insn[], dst: Reg, off: number): void {
  const other = number(next);
  const kind = next(8);
  if (kind === 0) insns.push({ kind: 'atomic', op: 'loadAcquire', fetch: false, size: 8, dst: other, src: dst, off });
  else if (kind === 1) insns.push({ kind: 'atomic', op: 'storeRelease', fetch: false, size: 8, dst, src: other, off });
  else {
    const op = FETCHES[next(FETCHES.length)] ?? 'add';
    const fetch = op === 'xchg' || op === 'cmpxchg' || next(2) === 0;
    const size = next(2) === 0 ? 4 : 8;
    insns.push({ kind: 'atomic', op, fetch, size, dst, src: other, off });
    if (op === 'cmpxchg' && size === 4) insns.push(LOW_HALF_OF_R0);
  }
}

/** Statements that a condition may skip, with or without others in their place. */
function block(draft: Draft): void {
  const { next, insns } = draft;
  if (draft.depth > 3) return void insns.push(arithmetic(next));
  draft.depth++;
  const branch = insns.length;
  insns.push(exit());
  statements(draft, 1 + next(4));
  const join = insns.length;
  const hasElse = next(2) === 0;
  if (hasElse) {
    insns.push(exit());
    statements(draft, 1 + next(3));
    insns[join] = { kind: 'goto', off: insns.length - join - 1, long: next(4) === 0 };
  }
  const second = next(2) === 0 ? reg(number(next)) : imm(constant(next));
  const off = (hasElse ? join + 1 : join) - branch - 1;
  const op = JUMPS[next(JUMPS.length)] ?? 'eq';
  insns[branch] = { kind: 'jump', op, wide: next(2) === 0, dst: number(next), ...second, off };
  draft.depth--;
}

/** A counter on the stack, which the kernel can follow. */
function loop(draft: Draft): void {
  const { next, insns } = draft;
  if (draft.depth > 1) return void insns.push(arithmetic(next));
  const slot = COUNTERS - 8 * draft.depth;
  draft.depth += 2;
  insns.push(store(10, slot, 8, imm(1 + next(6))));
  const top = insns.length;
  statements(draft, 1 + next(3));
  const counter = number(next);
  insns.push(load(counter, 10, slot, 8), add(counter, -1), store(10, slot, 8, reg(counter)));
  insns.push({ kind: 'jump', op: 'ne', wide: true, dst: counter, ...imm(0), off: top - insns.length - 1 });
  draft.depth -= 2;
}

/** Arguments are what the registers hold; afterwards they hold nothing. */
function call(draft: Draft): void {
  const { next, insns, calls } = draft;
  calls.push({ at: insns.length, callee: 1 + next(FUNCTIONS) });
  insns.push(exit());
  refill(draft);
}

function refill(draft: Draft): void {
  for (const number of [1, 2, 3, 4, 5]) draft.insns.push(...fresh(draft, number));
}

/** Looks up, stores or deletes in one of the maps, with a key of few values. */
function mapCall(draft: Draft): void {
  const { next, insns } = draft;
  const index = next(2);
  insns.push(store(10, KEY, 8, imm(next(index === 0 ? 3 : 12))));
  const what = next(3);
  if (what === 1) for (let at = 0; at < 2; at++) insns.push(store(10, NEW_VALUE + 8 * at, 8, reg(number(next))));
  if (what === 1 && index === 0) return void insns.push(arithmetic(next));
  insns.push(...loadMap(1, index), move(2, reg(10)), add(2, KEY));
  if (what === 1) insns.push(move(3, reg(10)), add(3, NEW_VALUE), move(4, imm(next(4))));
  insns.push(helper(what === 0 ? 1 : what === 1 ? 2 : 3));
  if (what === 0) {
    const width = size(next);
    const off = next(16 / width) * width;
    const skip: Insn[] = [load(8, 0, off, width)];
    if (next(2) === 0) skip.push(store(0, off, width, reg(8)));
    insns.push({ kind: 'jump', op: 'eq', wide: true, dst: 0, ...imm(0), off: skip.length }, ...skip);
    insns.push(move(0, imm(constant(next))));
  }
  refill(draft);
}

/** A number for a register: a constant, or what lies in memory. */
function* fresh({ next, isFunction }: Draft, dst: Reg): Iterable<Insn> {
  const kind = next(isFunction ? 3 : 5);
  if (kind === 0) yield* wide(dst, next);
  else if (kind === 1) yield move(dst, imm(constant(next)));
  else if (kind === 2) yield load(dst, 10, -8 * (1 + next(STACK_BYTES / 8)), 8);
  else yield load(dst, PACKET, next(PACKET_WINDOW - 7), size(next));
}

function* wide(dst: Reg, next: Next): Iterable<Insn> {
  yield { kind: 'loadImm64', dst, lo: constant(next), hi: constant(next) };
  yield { kind: 'wideSlot' };
}

function* loadMap(dst: Reg, map: number): Iterable<Insn> {
  yield { kind: 'loadMap', dst, by: 'fd', map, off: 0 };
  yield { kind: 'wideSlot' };
}

function constant(next: Next): number {
  const kind = next(3);
  if (kind === 0) return (next(0x1_0000) << 16) | next(0x1_0000);
  return kind === 1 ? next(64) - 16 : (CONSTANTS[next(CONSTANTS.length)] ?? 0);
}

function number(next: Next): Reg {
  return NUMBERS[next(NUMBERS.length)] ?? 0;
}

function size(next: Next): Size {
  return ([1, 2, 4, 8] as const)[next(4)] ?? 1;
}

function imm(value: number): Operand {
  return { source: 'imm', src: 0, imm: value };
}

function reg(src: Reg): Operand {
  return { source: 'reg', src, imm: 0 };
}

function alu(op: AluOp, isWide: boolean, dst: Reg, operand: Operand): Insn {
  return { kind: 'alu', op, wide: isWide, dst, signExtendBits: 0, ...operand };
}

function move(dst: Reg, operand: Operand): Insn {
  return alu('mov', true, dst, operand);
}

function add(dst: Reg, value: number): Insn {
  return alu('add', true, dst, imm(value));
}

function load(dst: Reg, src: Reg, off: number, width: Size): Extract<Insn, { kind: 'load' }> {
  return { kind: 'load', dst, src, off, size: width, signed: false };
}

function store(dst: Reg, off: number, width: Size, operand: Operand): Insn {
  return { kind: 'store', dst, off, size: width, ...operand };
}

function helper(id: number): Insn {
  return { kind: 'call', target: 'helper', imm: id, off: 0 };
}

function exit(): Insn {
  return { kind: 'exit' };
}
