import type { AluOp, AtomicOp, Insn, JumpOp, Operand, Reg, Size } from '../../server/src/isa/insn.ts';
import { randomNumbers } from '../support/random.ts';

const ALU: readonly AluOp[] = [
  'add', 'sub', 'mul', 'div', 'sdiv', 'mod', 'smod', 'or', 'and', 'xor', 'lsh', 'rsh', 'arsh', 'mov', 'neg',
]; // prettier-ignore
const JUMPS: readonly JumpOp[] = ['eq', 'ne', 'set', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle'];
const ATOMICS: readonly AtomicOp[] = [
  'add', 'or', 'and', 'xor', 'xchg', 'cmpxchg', 'loadAcquire', 'storeRelease',
]; // prettier-ignore
const CONSTANTS = [0, 1, -1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 255, 65535, 0x7fffffff, -0x80000000, -2];

type Next = (below: number) => number;

/** Register that holds the packet's end in programs with a context, until something else is stored there. */
const PACKET_END: Reg = 8;

/** Register that holds the address of the packet in most programs; nothing else is stored there on purpose. */
const PACKET: Reg = 9;

/**
 * A program that uses everything the two engines share, mostly well and sometimes badly: wild addresses, registers
 * without values, jumps to nowhere, endless loops, deep recursion. The same seed gives the same program. r1 is the address
 * of the packet, or of a context whose first field is.
 */
export function randomProgram(seed: number, through: 'argument' | 'context' = 'argument'): Insn[] {
  const next = randomNumbers(seed);
  const sizes = Array.from({ length: 1 + next(4) }, () => 4 + next(next(3) === 0 ? 60 : 20));
  const bodies: Insn[][] = [];
  const starts: number[] = [];
  let at = 0;
  for (const [i, size] of sizes.entries()) {
    starts.push(at);
    const body = i === 0 ? [...prologue(next, next(8) > 0, through)] : [...calleePrologue(next)];
    while (body.length < size) body.push(...randomInsn(next, i === 0));
    body.push(...exit(next));
    bodies.push(body);
    at += body.length;
  }
  return bodies.flatMap((body, i) => link(body, starts, i, next));
}

function immediate(next: Next): number {
  const wide = (next(0x1_0000) << 16) | next(0x1_0000);
  return next(3) === 0 ? wide : next(2) === 0 ? next(64) - 16 : (CONSTANTS[next(CONSTANTS.length)] ?? 0);
}

function imm(value: number): Operand {
  return { source: 'imm', src: 0, imm: value };
}

function operand(next: Next): Operand {
  return next(2) === 0 ? imm(immediate(next)) : { source: 'reg', src: anyReg(next), imm: 0 };
}

function anyReg(next: Next): Reg {
  return next(10);
}

/** A register to write: rarely the one with the packet's address. */
function target(next: Next): Reg {
  return next(40) === 0 ? PACKET : next(9);
}

function move(dst: Reg, value: Operand, wide = true): Insn {
  return { kind: 'alu', op: 'mov', wide, dst, signExtendBits: 0, ...value };
}

function* wideLoad(next: Next, dst: Reg): Iterable<Insn> {
  yield { kind: 'loadImm64', dst, lo: immediate(next), hi: immediate(next) };
  yield { kind: 'wideSlot' };
}

function* prologue(next: Next, all: boolean, through: 'argument' | 'context'): Iterable<Insn> {
  if (through === 'context') {
    yield { kind: 'load', dst: PACKET, src: 1, off: 0, size: 4, signed: false };
    yield { kind: 'load', dst: PACKET_END, src: 1, off: 4, size: 4, signed: false };
  } else yield move(PACKET, { source: 'reg', src: 1, imm: 0 });
  for (let reg = 0; reg < 9; reg++) {
    if (through === 'context' && reg === PACKET_END) continue;
    if (!all && next(3) === 0) continue;
    if (next(3) === 0) yield* wideLoad(next, reg);
    else yield move(reg, imm(immediate(next)), next(2) === 0);
  }
}

/** r6-r9 hold nothing in a callee; r9 becomes a stack pointer there. */
function* calleePrologue(next: Next): Iterable<Insn> {
  yield move(PACKET, { source: 'reg', src: 10, imm: 0 });
  yield { kind: 'alu', op: 'add', wide: true, dst: PACKET, signExtendBits: 0, ...imm(-64) };
  for (const reg of [0, 6, 7, 8])
    if (next(12) > 0) yield move(reg, operand(next).source === 'imm' ? imm(immediate(next)) : imm(next(99)));
}

function* exit(next: Next): Iterable<Insn> {
  if (next(30) > 0) yield { kind: 'exit' };
}

function* randomInsn(next: Next, entry: boolean): Iterable<Insn> {
  switch (next(24)) {
    case 0:
      return yield* next(2) === 0 ? testedAccess(next) : memory(next);
    case 1:
      return yield* memory(next);
    case 2:
      return yield* stackAccess(next);
    case 3:
    case 4:
    case 5:
      return yield jump(next);
    case 6:
      return yield* next(2) === 0 ? boundedLoop(next) : countedLoop(next);
    case 7:
      return yield atomic(next);
    case 8:
      return yield* call(next);
    case 9:
      return yield* rare(next, entry);
    case 10:
      return yield bswap(next);
    case 11:
      return yield* wideLoad(next, target(next));
    case 12:
      return yield movsx(next);
    default:
      return yield alu(next);
  }
}

function alu(next: Next): Insn {
  const op = ALU[next(ALU.length)] ?? 'add';
  const second = op === 'neg' ? imm(0) : operand(next);
  return { kind: 'alu', op, wide: next(2) === 0, dst: target(next), signExtendBits: 0, ...second };
}

function movsx(next: Next): Insn {
  const wide = next(2) === 0;
  const bits = ([8, 16, 32] as const)[next(wide ? 3 : 2)] ?? 8;
  return {
    kind: 'alu',
    op: 'mov',
    wide,
    dst: target(next),
    signExtendBits: bits,
    source: 'reg',
    src: anyReg(next),
    imm: 0,
  };
}

function bswap(next: Next): Insn {
  const bits = ([16, 32, 64] as const)[next(3)] ?? 16;
  return { kind: 'bswap', mode: (['le', 'be', 'swap'] as const)[next(3)] ?? 'le', bits, dst: target(next) };
}

function size(next: Next): Size {
  return ([1, 2, 4, 8] as const)[next(4)] ?? 1;
}

/** Through the packet's address, near its ends too; rarely through any register. */
function* memory(next: Next): Iterable<Insn> {
  const base = next(30) === 0 ? anyReg(next) : PACKET;
  const off = next(20) === 0 ? next(90) - 12 : next(56);
  if (next(2) === 0) {
    const width = size(next);
    yield { kind: 'load', dst: target(next), src: base, off, size: width, signed: width < 8 && next(2) === 0 };
  } else yield { kind: 'store', dst: base, off, size: size(next), ...operand(next) };
}

/** Compares an address in the packet with its end, as programs must, mostly rightly, and goes on to use it. */
function* testedAccess(next: Next): Iterable<Insn> {
  const [pointer, tested, index] = [next(4), 4 + next(2), 6 + next(2)];
  const bytes = next(70);
  yield move(pointer, { source: 'reg', src: PACKET, imm: 0 });
  if (next(2) === 0) {
    yield { kind: 'load', dst: index, src: PACKET, off: next(40), size: 1, signed: false };
    yield { kind: 'alu', op: 'and', wide: next(2) === 0, dst: index, signExtendBits: 0, ...imm(next(64)) };
    yield { kind: 'alu', op: 'add', wide: true, dst: pointer, signExtendBits: 0, source: 'reg', src: index, imm: 0 };
  }
  yield move(tested, { source: 'reg', src: pointer, imm: 0 });
  yield shift(tested, bytes, next);
  const op = (['gt', 'ge', 'lt', 'le'] as const)[next(4)] ?? 'gt';
  yield { kind: 'jump', op, wide: true, dst: tested, off: 1 + next(4), source: 'reg', src: PACKET_END, imm: 0 };
  const off = Math.max(0, bytes - next(12));
  if (next(2) === 0) yield { kind: 'load', dst: next(8), src: pointer, off, size: size(next), signed: false };
  else yield { kind: 'store', dst: pointer, off, size: size(next), ...operand(next) };
}

function* stackAccess(next: Next): Iterable<Insn> {
  const off = next(40) === 0 ? next(1200) - 700 : -8 * (1 + next(8)) + next(2);
  if (next(3) === 0) yield { kind: 'load', dst: target(next), src: 10, off, size: size(next), signed: false };
  else if (next(2) === 0) yield { kind: 'store', dst: 10, off, size: size(next), ...operand(next) };
  else {
    const pointer = next(9);
    yield move(pointer, { source: 'reg', src: 10, imm: 0 });
    if (next(2) === 0) yield shift(pointer, next(30) === 0 ? next(1200) - 600 : 8 - 8 * next(12), next);
    if (next(6) === 0) yield jump(next);
    yield { kind: 'load', dst: next(9), src: pointer, off: off - 8, size: size(next), signed: false };
    yield { kind: 'store', dst: pointer, off, size: size(next), ...operand(next) };
  }
}

function shift(dst: Reg, by: number, next: Next): Insn {
  const [op, imm] = next(2) === 0 ? (['add', by] as const) : (['sub', -by] as const);
  return { kind: 'alu', op, wide: next(30) > 0, dst, signExtendBits: 0, source: 'imm', src: 0, imm };
}

function atomic(next: Next): Insn {
  const op = ATOMICS[next(ATOMICS.length)] ?? 'add';
  const ordered = op === 'loadAcquire' || op === 'storeRelease';
  const width = ordered ? size(next) : next(2) === 0 ? 4 : 8;
  const fetch = !ordered && (op === 'xchg' || op === 'cmpxchg' || next(2) === 0);
  const base = next(3) === 0 ? 10 : PACKET;
  const off = base === 10 ? -8 * (1 + next(8)) : next(56);
  const other = next(9);
  if (op === 'loadAcquire') return { kind: 'atomic', op, fetch, size: width, dst: other, src: base, off };
  return { kind: 'atomic', op, fetch, size: width, dst: base, src: other, off };
}

/** Offsets of jumps are placeholders that `link` replaces; a positive one is kept when it fits. */
function jump(next: Next): Insn {
  if (next(6) === 0) return { kind: 'goto', off: 1 + next(8), long: next(2) === 0 };
  const off = next(12) === 0 ? -1 - next(12) : 1 + next(10);
  return {
    kind: 'jump',
    op: JUMPS[next(JUMPS.length)] ?? 'eq',
    wide: next(2) === 0,
    dst: anyReg(next),
    off,
    ...operand(next),
  };
}

/** Counts a stack slot down: a loop that ends. */
function* boundedLoop(next: Next): Iterable<Insn> {
  const body = Array.from({ length: 1 + next(4) }, () => alu(next));
  const slot = -72 - 8 * next(3);
  const counter = next(9);
  yield { kind: 'store', dst: 10, off: slot, size: 8, ...imm(1 + next(20)) };
  yield* body;
  yield { kind: 'load', dst: counter, src: 10, off: slot, size: 8, signed: false };
  yield { kind: 'alu', op: 'sub', wide: true, dst: counter, signExtendBits: 0, ...imm(1) };
  yield { kind: 'store', dst: 10, off: slot, size: 8, source: 'reg', src: counter, imm: 0 };
  yield { kind: 'jump', op: 'ne', wide: true, dst: counter, off: -(body.length + 4), ...imm(0) };
}

/** Counts a register up or down and goes through a part of the stack or the packet, nearly always inside. */
function* countedLoop(next: Next): Iterable<Insn> {
  const [counter, pointer, value] = [next(3), 3 + next(2), 5 + next(2)];
  const step = [1, 2, 4, 8, -1, -2][next(6)] ?? 1;
  const rounds = 1 + next(9);
  const down = step < 0;
  const first = down ? -step * rounds : next(3) === 0 ? next(5) : 0;
  const last = down ? 0 : first + step * rounds;
  const base = next(2) === 0 ? 10 : PACKET;
  const start = base === 10 ? -8 * (1 + next(12)) : next(12) === 0 ? 60 : next(24);
  yield move(counter, imm(first), next(4) > 0);
  const body: Insn[] = [
    move(pointer, { source: 'reg', src: base, imm: 0 }),
    shift(pointer, start, next),
    { kind: 'alu', op: 'add', wide: true, dst: pointer, signExtendBits: 0, source: 'reg', src: counter, imm: 0 },
    next(2) === 0
      ? { kind: 'load', dst: value, src: pointer, off: 0, size: size(next), signed: false }
      : { kind: 'store', dst: pointer, off: 0, size: size(next), ...operand(next) },
    ...(next(3) === 0 ? [alu(next)] : []),
    { kind: 'alu', op: 'add', wide: next(4) > 0, dst: counter, signExtendBits: 0, ...imm(step) },
  ];
  yield* body;
  const op = next(2) === 0 ? 'ne' : down ? 'gt' : ((['lt', 'slt', 'le'] as const)[next(3)] ?? 'lt');
  const off = -(body.length + 1);
  yield { kind: 'jump', op, wide: next(3) > 0, dst: counter, off, ...imm(last) };
}

/** The callee is a placeholder: `link` puts in one of the program's functions. Arguments get values afterwards. */
function* call(next: Next): Iterable<Insn> {
  if (next(4) === 0) yield { kind: 'call', target: 'helper', imm: next(12) === 0 ? 1 : 5, off: 0 };
  else if (next(3) === 0) {
    yield { kind: 'loadFunc', dst: 8, off: 0 };
    yield { kind: 'wideSlot' };
    yield { kind: 'callx', reg: next(15) === 0 ? anyReg(next) : 8 };
  } else yield { kind: 'call', target: 'subprog', imm: 0, off: 0 };
  for (let reg = 1; reg <= 5; reg++)
    if (next(20) > 0) yield move(reg, { source: 'reg', src: reg === 1 ? 0 : 10, imm: 0 });
}

function* rare(next: Next, entry: boolean): Iterable<Insn> {
  const kind = next(60);
  if (kind === 0)
    yield { kind: 'invalid', opcode: 0xff, regs: 0, off: 0, imm: 0, reason: 'no such opcode', kernelMessage: '' };
  else if (kind === 1) yield { kind: 'addrSpaceCast', dst: 1, src: 2, dstSpace: 0, srcSpace: 1 };
  else if (kind === 2) yield { kind: 'call', target: 'kfunc', imm: 1, off: 0 };
  else if (kind === 3) yield { kind: 'goto', off: 4000, long: true };
  else if (kind === 4) yield { kind: 'wideSlot' };
  else if (kind < 12) yield { kind: 'mayGoto', off: 1 + next(5) };
  else if (kind < 24 && entry) yield* packet(next);
  else if (kind < 30) yield { kind: 'exit' };
  else yield alu(next);
}

function* packet(next: Next): Iterable<Insn> {
  const width = ([1, 2, 4] as const)[next(3)] ?? 1;
  const indirect = next(2) === 0;
  yield {
    kind: 'packet',
    mode: indirect ? 'ind' : 'abs',
    size: width,
    src: indirect ? anyReg(next) : 0,
    imm: next(66) - 2,
  };
  for (let reg = 1; reg <= 5; reg++) yield move(reg, imm(next(100)));
}

/** Makes jumps end inside their function, mostly, and calls reach functions. */
function link(body: readonly Insn[], starts: readonly number[], index: number, next: Next): Insn[] {
  const start = starts[index] ?? 0;
  return body.map((insn, i) => {
    const pc = start + i;
    // Recursion is rare, so most programs come to an end.
    const callee = starts[next(10) === 0 ? next(starts.length) : Math.min(starts.length - 1, index + 1)] ?? 0;
    if (insn.kind === 'call' && insn.target === 'subprog') return { ...insn, imm: callee - pc - 1 };
    if (insn.kind === 'loadFunc') return { ...insn, off: callee - pc - 1 };
    if (insn.kind !== 'jump' && insn.kind !== 'goto' && insn.kind !== 'mayGoto') return insn;
    const to = i + 1 + insn.off;
    if (insn.off > 1000 || next(200) === 0) return insn;
    const inside = to >= 0 && to < body.length && body[to]?.kind !== 'wideSlot';
    return inside ? insn : { ...insn, off: body.length - 1 - (i + 1) };
  });
}
