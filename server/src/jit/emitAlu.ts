/** Arithmetic, byte order and comparisons, as RFC 9669 defines them. */
import type { AluInsn, AluOp, BswapInsn, JumpInsn, JumpOp, Operand } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { FunctionContext } from './context.ts';
import { OP, SIMD } from './opcodes.ts';

type Width = 32 | 64;

/** Opcodes for operations that mean the same in both machines; shift counts are masked alike. */
const SAME: Partial<Record<AluOp, Readonly<Record<Width, number>>>> = {
  add: { 32: 0x6a, 64: 0x7c },
  sub: { 32: 0x6b, 64: 0x7d },
  mul: { 32: 0x6c, 64: 0x7e },
  and: { 32: 0x71, 64: 0x83 },
  or: { 32: 0x72, 64: 0x84 },
  xor: { 32: 0x73, 64: 0x85 },
  lsh: { 32: 0x74, 64: 0x86 },
  arsh: { 32: 0x75, 64: 0x87 },
  rsh: { 32: 0x76, 64: 0x88 },
};

/** WebAssembly's divisions trap where BPF's do not. */
const DIVIDE: Partial<Record<AluOp, Readonly<Record<Width, number>>>> = {
  sdiv: { 32: 0x6d, 64: 0x7f },
  div: { 32: 0x6e, 64: 0x80 },
  smod: { 32: 0x6f, 64: 0x81 },
  mod: { 32: 0x70, 64: 0x82 },
};

const COMPARE: Readonly<Record<Exclude<JumpOp, 'set'>, Readonly<Record<Width, number>>>> = {
  eq: { 32: 0x46, 64: 0x51 },
  ne: { 32: 0x47, 64: 0x52 },
  slt: { 32: 0x48, 64: 0x53 },
  lt: { 32: 0x49, 64: 0x54 },
  sgt: { 32: 0x4a, 64: 0x55 },
  gt: { 32: 0x4b, 64: 0x56 },
  sle: { 32: 0x4c, 64: 0x57 },
  le: { 32: 0x4d, 64: 0x58 },
  sge: { 32: 0x4e, 64: 0x59 },
  ge: { 32: 0x4f, 64: 0x5a },
};

export function emitAlu(f: FunctionContext, insn: AluInsn): void {
  if (!f.safe && insn.op === 'add' && insn.wide && insn.source === 'reg' && f.narrowResult && indexFrame(f, insn))
    return;
  const width = insn.wide && !fitsNarrow(f, insn) ? 64 : 32;
  const same = SAME[insn.op];
  const divide = DIVIDE[insn.op];
  if (same !== undefined) {
    pushReg(f, insn.dst, width);
    pushOperand(f, insn, width);
    f.code.u8(same[width]);
  } else if (divide !== undefined) pushDivision(f, insn, width, divide[width]);
  else if (insn.op === 'neg') pushNegated(f, insn.dst, width);
  else pushMove(f, insn, width);
  popReg(f, insn.dst, width);
}

/**
 * An index added to an address of the frame: the constant part of the sum is left to the accesses, which add constants
 * for nothing. Processors take longer for sums of three.
 */
function indexFrame(f: FunctionContext, { dst, src }: AluInsn): boolean {
  const { code } = f;
  const known = f.known.of(dst);
  if (known?.kind !== 'frame' || dst === 10) return false;
  const offset = LAYOUT.frameBytes + known.offset;
  const local = code.local('i32');
  code.get(f.frame);
  f.push32(src);
  code.u8(OP.i32Add);
  code.tee(local);
  code.i32(offset);
  code.u8(OP.i32Add);
  f.pop32(dst);
  f.noted = { kind: 'indexed', local, offset };
  return true;
}

/** Whether a 64-bit operation comes to the same in 32 bits, because of what is narrow. */
function fitsNarrow(f: FunctionContext, { op, dst, source, src, imm, signExtendBits }: AluInsn): boolean {
  if (op === 'rsh') return f.isNarrow(dst) && source === 'imm' && imm >= 0 && imm < 32;
  if (op === 'div' || op === 'mod') return f.isNarrow(dst) && (source === 'imm' ? imm >= 0 : f.isNarrow(src));
  if (!f.narrowResult) return false;
  if (op === 'lsh') return source === 'imm' && imm >= 0 && imm < 32;
  return op !== 'arsh' && op !== 'sdiv' && op !== 'smod' && signExtendBits === 0;
}

function pushReg(f: FunctionContext, reg: number, width: Width): void {
  if (width === 64) f.push(reg);
  else f.push32(reg);
}

function popReg(f: FunctionContext, reg: number, width: Width): void {
  if (width === 64) f.pop(reg);
  else f.pop32(reg);
}

function pushConst(f: FunctionContext, value: number, width: Width): void {
  if (width === 64) f.code.i64(value);
  else f.code.i32(value);
}

function pushOperand(f: FunctionContext, operand: Operand, width: Width): void {
  if (operand.source === 'reg') pushReg(f, operand.src, width);
  else pushConst(f, operand.imm, width);
}

function pushNegated(f: FunctionContext, reg: number, width: Width): void {
  pushConst(f, 0, width);
  pushReg(f, reg, width);
  f.code.u8(width === 64 ? OP.i64Sub : OP.i32Sub);
}

const EXTEND: Readonly<Record<Width, Readonly<Record<8 | 16, number>>>> = {
  32: { 8: 0xc0, 16: 0xc1 },
  64: { 8: 0xc2, 16: 0xc3 },
};

function pushMove(f: FunctionContext, insn: AluInsn, width: Width): void {
  pushOperand(f, insn, width);
  const bits = insn.signExtendBits;
  if (bits === 8 || bits === 16) f.code.u8(EXTEND[width][bits]);
  else if (bits === 32 && width === 64) f.code.u8(OP.i64Extend32S);
}

/** x / 0 is 0, x % 0 is x, and the smallest number divided by -1 is itself, with remainder 0. */
function pushDivision(f: FunctionContext, insn: AluInsn, width: Width, op: number): void {
  const { code } = f;
  const constant = insn.source === 'imm' ? insn.imm : null;
  if (constant === 0) {
    pushDividedByZero(f, insn, width);
    return;
  }
  if (constant === -1 && insn.op === 'sdiv') {
    pushNegated(f, insn.dst, width);
    return;
  }
  if (constant === null) {
    pushIsSpecial(f, insn, width);
    code.if(width === 64 ? 'i64' : 'i32');
    pushSpecial(f, insn, width);
    code.else();
  }
  pushReg(f, insn.dst, width);
  pushOperand(f, insn, width);
  code.u8(op);
  if (constant === null) code.end();
}

function pushDividedByZero(f: FunctionContext, insn: AluInsn, width: Width): void {
  if (insn.op === 'div' || insn.op === 'sdiv') pushConst(f, 0, width);
  else pushReg(f, insn.dst, width);
}

/** Whether the divisor is 0, or for sdiv 0 or -1. (WebAssembly's signed remainder by -1 is 0, as BPF's is.) */
function pushIsSpecial(f: FunctionContext, insn: AluInsn, width: Width): void {
  const { code } = f;
  pushOperand(f, insn, width);
  if (insn.op !== 'sdiv') {
    code.u8(width === 64 ? OP.i64Eqz : OP.i32Eqz);
    return;
  }
  pushConst(f, 1, width);
  code.u8(width === 64 ? OP.i64Add : OP.i32Add);
  pushConst(f, 1, width);
  code.u8(width === 64 ? OP.i64LeU : OP.i32LeU);
}

function pushSpecial(f: FunctionContext, insn: AluInsn, width: Width): void {
  pushDividedByZero(f, insn, width);
  if (insn.op !== 'sdiv') return;
  pushNegated(f, insn.dst, width);
  pushOperand(f, insn, width);
  f.code.u8(width === 64 ? OP.i64Eqz : OP.i32Eqz);
  f.code.u8(OP.select);
}

/** The machine is little-endian, so `le` only cuts off what lies above. */
export function emitBswap(f: FunctionContext, insn: BswapInsn): void {
  const { bits, dst } = insn;
  if (bits === 64) {
    f.push(dst);
    if (insn.mode !== 'le') pushReversed(f);
    f.pop(dst);
    return;
  }
  f.push32(dst);
  if (insn.mode !== 'le') pushSwapped32(f, bits);
  else if (bits === 16) {
    f.code.i32(0xffff);
    f.code.u8(OP.i32And);
  }
  f.pop32(dst);
}

/** Swaps the low bytes of an i32; the others become zero. */
export function pushSwapped32(f: FunctionContext, bits: 16 | 32): void {
  if (bits === 16) pushSwapped16(f);
  else pushSwappedWord(f);
}

/** The bytes b0 b1, times 0x10001, are b0 b1 b0 b1, whose middle is what is wanted. */
function pushSwapped16({ code }: FunctionContext): void {
  code.i32(0xffff);
  code.u8(OP.i32And);
  code.i32(0x1_0001);
  code.u8(OP.i32Mul);
  code.i32(8);
  code.u8(OP.i32ShrU);
  code.i32(0xffff);
  code.u8(OP.i32And);
}

/** Two masked rotates: b0 b1 b2 b3 -> b3 b2 b1 b0. */
function pushSwappedWord({ code, address }: FunctionContext): void {
  code.tee(address);
  code.i32(8);
  code.u8(OP.i32Rotl);
  code.i32(0x00ff_00ff);
  code.u8(OP.i32And);
  code.get(address);
  code.i32(24);
  code.u8(OP.i32Rotl);
  code.i32(0xff00_ff00);
  code.u8(OP.i32And);
  code.u8(OP.i32Or);
}

/**
 * Reverses the eight bytes of an i64 with one shuffle of a vector. The order stands in a local that is set once per
 * function, so that loops need not make it again.
 */
export function pushReversed(f: FunctionContext): void {
  const { code } = f;
  code.simd(SIMD.i64x2Splat);
  f.pushReversal();
  code.simd(SIMD.swizzle);
  code.simd(SIMD.i64x2ExtractLane);
  code.u8(0);
}

/** Numbers with a zero upper half are not negative, so that signed comparisons of 64 bits are unsigned ones of 32. */
const UNSIGNED: Readonly<Record<Exclude<JumpOp, 'set'>, Exclude<JumpOp, 'set'>>> = {
  eq: 'eq', ne: 'ne', gt: 'gt', ge: 'ge', lt: 'lt', le: 'le', sgt: 'gt', sge: 'ge', slt: 'lt', sle: 'le',
}; // prettier-ignore

function comparesNarrow(f: FunctionContext, { dst, source, src, imm }: JumpInsn): boolean {
  return f.isNarrow(dst) && (source === 'imm' ? imm >= 0 : f.isNarrow(src));
}

/** Pushes 1 when the jump is taken. */
export function pushCondition(f: FunctionContext, insn: JumpInsn): void {
  const narrow = insn.wide && comparesNarrow(f, insn);
  const width = insn.wide && !narrow ? 64 : 32;
  pushReg(f, insn.dst, width);
  pushOperand(f, insn, width);
  if (insn.op !== 'set') {
    f.code.u8(COMPARE[narrow ? UNSIGNED[insn.op] : insn.op][width]);
    return;
  }
  f.code.u8(width === 64 ? OP.i64And : OP.i32And);
  if (width === 64) f.code.i64(0);
  else f.code.i32(0);
  f.code.u8(COMPARE.ne[width]);
}
