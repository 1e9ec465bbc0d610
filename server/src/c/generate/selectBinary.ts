/** Arithmetic. The machine's operations change their first operand, so a copy of it goes before. */
import type { AluOp } from '../../isa/insn.ts';
import type { BinaryOp, Instr, Value } from '../ir/ir.ts';
import { alu, aluImm, copy } from './insns.ts';
import { signExtend, zeroExtend } from './selectConvert.ts';
import {
  constantInto,
  emit,
  fitsImm,
  frameAddress,
  moveInto,
  newRegister,
  registerOf,
  type Selection,
} from './selection.ts';
import { bitsOf, isSignExtended, rootOf } from './widths.ts';

type Binary = Instr & { op: 'binary' };

const ALU: Readonly<Record<BinaryOp, AluOp>> = {
  add: 'add', sub: 'sub', mul: 'mul', udiv: 'div', sdiv: 'sdiv', umod: 'mod', smod: 'smod', and: 'and', or: 'or',
  xor: 'xor', shl: 'lsh', lshr: 'rsh', ashr: 'arsh',
}; // prettier-ignore

const COMMUTES: ReadonlySet<BinaryOp> = new Set(['add', 'mul', 'and', 'or', 'xor']);

export function selectBinary(sel: Selection, instr: Binary, dst: number): void {
  const [first, second] = instr.args;
  if (first === undefined || second === undefined) return;
  if (instr.kind === 'sdiv' || instr.kind === 'smod') return selectSignedDivision(sel, instr, dst, first, second);
  const narrow = instr.type === 'i32';
  if (narrow && sel.cpu < 3) return selectExtended(sel, instr, dst, first, second);
  const [left, right] = ordered(sel, instr, first, second);
  const negated = instr.kind === 'add' ? negatedBy(sel, right) : null;
  if (negated !== null) return combine(sel, 'sub', !narrow, dst, left, negated);
  if (!narrow && instr.kind === 'and' && right.op === 'const' && selectMask(sel, dst, left, right.value)) return;
  combine(sel, instr.kind, !narrow, dst, left, right);
}

/** Constants go to the right; otherwise the operand that is not needed afterwards goes to the left. */
function ordered(sel: Selection, instr: Binary, a: Value, b: Value): readonly [Value, Value] {
  if (!COMMUTES.has(instr.kind) || b.op === 'const' || b.op === 'core') return [a, b];
  if (a.op === 'const' || a.op === 'core') return [b, a];
  if (frameAddress(sel, rootOf(sel.widths, a)) !== null) return [a, b];
  if (isNextOf(sel, instr, a) !== isNextOf(sel, instr, b)) return isNextOf(sel, instr, a) ? [a, b] : [b, a];
  const dies = (value: Value): boolean => (sel.uses[rootOf(sel.widths, value).id] ?? 0) === 1;
  return dies(b) && !dies(a) ? [b, a] : [a, b];
}

/** `x` of `0 - x`, which is asked for here only. */
function negatedBy(sel: Selection, value: Value): Value | null {
  if (value.op !== 'binary' || value.kind !== 'sub' || (sel.uses[value.id] ?? 0) !== 1) return null;
  const [zero, negated] = value.args;
  const isNegation = zero?.op === 'const' && zero.value === 0n && (sel.regs[value.id] ?? 0) === 0;
  return isNegation && value.block === sel.irBlock ? (negated ?? null) : null;
}

/** Whether the result is the next round's value of a phi: both want the same register. */
function isNextOf(sel: Selection, instr: Binary, value: Value): boolean {
  const phi = rootOf(sel.widths, value);
  return phi.op === 'phi' && phi.args.includes(instr);
}

/** Operations whose immediate libbpf may be asked to patch. */
const PATCHABLE: ReadonlySet<BinaryOp> = new Set(['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'lshr', 'ashr']);

function combine(sel: Selection, kind: BinaryOp, wide: boolean, dst: number, left: Value, right: Value): void {
  if (right.op === 'const') {
    const value = wide ? BigInt.asIntN(64, right.value) : BigInt.asIntN(32, right.value);
    return combineConstant(sel, kind, wide, dst, left, right, value);
  }
  if (left.op === 'const' && left.value === 0n && kind === 'sub') {
    moveInto(sel, dst, right);
    emit(sel, aluImm('neg', wide, dst, 0));
    return;
  }
  if (right.op === 'core' && wide && PATCHABLE.has(kind) && fitsImm(right.value)) {
    moveInto(sel, dst, left);
    emit(sel, aluImm(ALU[kind], wide, dst, Number(BigInt.asIntN(64, right.value)))).core = right.relocation;
    return;
  }
  const src = registerOf(sel, right);
  moveInto(sel, dst, left);
  emit(sel, alu(ALU[kind], wide, dst, src));
}

function combineConstant(
  sel: Selection,
  kind: BinaryOp,
  wide: boolean,
  dst: number,
  left: Value,
  right: Value,
  value: bigint,
): void {
  const op = kind === 'sub' && value !== -0x8000_0000n ? 'add' : ALU[kind];
  const imm = op === 'add' && kind === 'sub' ? -value : value;
  if (imm >= -0x8000_0000n && imm < 0x8000_0000n) {
    moveInto(sel, dst, left);
    emit(sel, aluImm(op, wide, dst, Number(isShift(kind) ? imm & (wide ? 63n : 31n) : imm)));
    return;
  }
  const src = registerOf(sel, right);
  moveInto(sel, dst, left);
  emit(sel, alu(ALU[kind], wide, dst, src));
}

function isShift(kind: BinaryOp): boolean {
  return kind === 'shl' || kind === 'lshr' || kind === 'ashr';
}

/** Masks that no immediate holds, since immediates are sign-extended. */
function selectMask(sel: Selection, dst: number, left: Value, mask: bigint): boolean {
  if (fitsImm(mask) || mask >= 0x1_0000_0000n) return false;
  if (mask === 0xffff_ffffn) {
    zeroExtend(sel, dst, registerOf(sel, left));
    return true;
  }
  if (sel.cpu < 3) return false;
  moveInto(sel, dst, left);
  emit(sel, aluImm('and', false, dst, Number(BigInt.asIntN(32, mask))));
  return true;
}

/** i32 in whole registers: the upper half matters to divisions and shifts to the right only. */
function selectExtended(sel: Selection, instr: Binary, dst: number, first: Value, second: Value): void {
  const { kind } = instr;
  if ((kind === 'lshr' || kind === 'ashr') && second.op === 'const')
    return shiftRight(sel, kind, dst, first, second.value);
  if (kind === 'udiv' || kind === 'umod' || kind === 'lshr' || kind === 'ashr') {
    const how = kind === 'ashr' ? 'sign' : 'zero';
    const src = extended(sel, second, kind === 'ashr' || kind === 'lshr' ? 'zero' : how);
    const from = extended(sel, first, how);
    emit(sel, copy(dst, from));
    emit(sel, alu(ALU[kind], true, dst, src));
    return;
  }
  const [left, right] = ordered(sel, instr, first, second);
  if (right.op === 'const') {
    const value = BigInt.asIntN(32, right.value);
    return combineConstant(sel, kind, true, dst, left, right, isShift(kind) ? value & 31n : value);
  }
  combine(sel, kind, true, dst, left, right);
}

function shiftRight(sel: Selection, kind: 'lshr' | 'ashr', dst: number, value: Value, amount: bigint): void {
  const by = Number(amount & 31n);
  const op = ALU[kind];
  const ready = kind === 'lshr' ? bitsOf(sel.widths, value) <= 32 : isSignExtended(sel.widths, value);
  moveInto(sel, dst, value);
  if (ready) {
    emit(sel, aluImm(op, true, dst, by));
    return;
  }
  emit(sel, aluImm('lsh', true, dst, 32));
  emit(sel, aluImm(op, true, dst, 32 + by));
}

/** A register that holds an i32 with its upper half as wanted; for machines without 32-bit operations. */
export function extended(sel: Selection, value: Value, how: 'zero' | 'sign'): number {
  if (value.op === 'const') {
    const reg = newRegister(sel);
    const wide = how === 'zero' ? value.value : BigInt.asUintN(64, BigInt.asIntN(32, value.value));
    emit(sel, constantInto(sel.cpu, reg, wide, false));
    return reg;
  }
  const ready = how === 'zero' ? bitsOf(sel.widths, value) <= 32 : isSignExtended(sel.widths, value);
  const src = registerOf(sel, value);
  if (ready) return src;
  const reg = newRegister(sel);
  if (how === 'zero') zeroExtend(sel, reg, src);
  else signExtend(sel, reg, src, 32, false);
  return reg;
}

/** Before v4: divides the magnitudes and gives the result its sign, without a branch. */
function selectSignedDivision(sel: Selection, instr: Binary, dst: number, first: Value, second: Value): void {
  const wide = instr.type !== 'i32' || sel.cpu < 3;
  const narrow = instr.type === 'i32';
  if (sel.cpu === 4) return combine(sel, instr.kind, !narrow, dst, first, second);
  const dividend = magnitude(sel, first, narrow, wide);
  const divisor = magnitude(sel, second, narrow, wide);
  const remainder = instr.kind === 'smod';
  emit(sel, copy(dst, dividend.reg));
  emit(sel, alu(remainder ? 'mod' : 'div', wide, dst, divisor.reg));
  const signs = [dividend.sign, remainder ? -1 : divisor.sign].filter((reg) => reg !== -1);
  if (signs.length === 0) return;
  const sign = newRegister(sel);
  emit(sel, copy(sign, signs[0] ?? 0));
  if (signs[1] !== undefined) emit(sel, alu('xor', wide, sign, signs[1]));
  emit(sel, alu('xor', wide, dst, sign));
  emit(sel, alu('sub', wide, dst, sign));
}

/** `sign` is all ones for a negative number, -1 (no register) where that cannot be. */
function magnitude(sel: Selection, value: Value, narrow: boolean, wide: boolean): { reg: number; sign: number } {
  if (isNonNegative(sel, value, narrow)) return { reg: extendedIfNarrow(sel, value, narrow, wide), sign: -1 };
  const src = extendedIfNarrow(sel, value, narrow, wide);
  const sign = newRegister(sel);
  emit(sel, copy(sign, src));
  emit(sel, aluImm('arsh', wide, sign, wide ? 63 : 31));
  const reg = newRegister(sel);
  emit(sel, copy(reg, src));
  emit(sel, alu('xor', wide, reg, sign));
  emit(sel, alu('sub', wide, reg, sign));
  return { reg, sign };
}

function extendedIfNarrow(sel: Selection, value: Value, narrow: boolean, wide: boolean): number {
  return narrow && wide ? extended(sel, value, 'sign') : registerOf(sel, value);
}

function isNonNegative(sel: Selection, value: Value, narrow: boolean): boolean {
  if (value.op === 'const') return value.value < (narrow ? 0x8000_0000n : 0x8000_0000_0000_0000n);
  return bitsOf(sel.widths, value) < (narrow ? 32 : 64);
}
