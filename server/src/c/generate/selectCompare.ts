/** Conditions of jumps, and comparisons whose answer is wanted as a number. */
import type { JumpInsn, JumpOp } from '../../isa/insn.ts';
import { NEGATED, SWAPPED } from '../ir/compute.ts';
import type { CompareOp, Instr, Value } from '../ir/ir.ts';
import type { CodeBlock } from './code.ts';
import { aluImm, GOTO } from './insns.ts';
import { extended } from './selectBinary.ts';
import { cutBelow, emit, emitBlock, fitsImm, registerOf, type Selection } from './selection.ts';
import { bitsOf, isSignExtended, rootOf } from './widths.ts';

const JUMPS: Readonly<Record<CompareOp, JumpOp>> = {
  eq: 'eq', ne: 'ne', ult: 'lt', ule: 'le', ugt: 'gt', uge: 'ge', slt: 'slt', sle: 'sle', sgt: 'sgt', sge: 'sge',
}; // prettier-ignore

/** v1 has only the jumps for greater. */
const SINCE_V2: ReadonlySet<CompareOp> = new Set(['ult', 'ule', 'slt', 'sle']);

export interface Condition {
  readonly insn: JumpInsn;
  /** The jump is taken when the comparison does not hold. */
  readonly negated: boolean;
}

/** Emits what brings the operands into place. */
export function conditionOf(sel: Selection, kind: CompareOp, left: Value, right: Value): Condition {
  if (left.op === 'const' && right.op !== 'const') return conditionOf(sel, SWAPPED[kind], right, left);
  const bits = bitTest(sel, kind, left, right);
  if (bits !== null) return bits;
  const immediate = right.op === 'const' ? immediateOf(sel, kind, left, right) : null;
  if (immediate !== null) return immediate;
  if (sel.cpu < 2 && SINCE_V2.has(kind)) return registers(sel, SWAPPED[kind], right, left);
  return registers(sel, kind, left, right);
}

function registers(sel: Selection, kind: CompareOp, left: Value, right: Value): Condition {
  const narrow = left.type === 'i32' && sel.cpu < 3;
  const how = narrow ? extensionFor(sel, kind, left, right) : 'zero';
  const src = narrow ? extended(sel, right, how) : registerOf(sel, right);
  const dst = narrow ? extended(sel, left, how) : registerOf(sel, left);
  const wide = left.type !== 'i32' || sel.cpu < 3;
  return { insn: { kind: 'jump', op: JUMPS[kind], wide, dst, source: 'reg', src, imm: 0, off: 0 }, negated: false };
}

function immediateOf(sel: Selection, kind: CompareOp, left: Value, right: Value & { op: 'const' }): Condition | null {
  const narrow = left.type === 'i32' && sel.cpu < 3;
  const how = narrow ? extensionFor(sel, kind, left, right) : 'zero';
  const value =
    left.type !== 'i32' || how === 'zero' ? right.value : BigInt.asUintN(64, BigInt.asIntN(32, right.value));
  const wide = left.type !== 'i32' || sel.cpu < 3;
  if (wide && !fitsImm(value)) return null;
  const dst = narrow ? extended(sel, left, how) : registerOf(sel, left);
  const negated = sel.cpu < 2 && SINCE_V2.has(kind);
  const op = JUMPS[negated ? NEGATED[kind] : kind];
  const imm = Number(BigInt.asIntN(32, value));
  return { insn: { kind: 'jump', op, wide, dst, source: 'imm', src: 0, imm, off: 0 }, negated };
}

/** How to bring i32 operands to 64 bits so that they compare as they should, at the least cost. */
function extensionFor(sel: Selection, kind: CompareOp, left: Value, right: Value): 'zero' | 'sign' {
  if (kind.startsWith('s')) return 'sign';
  if (kind !== 'eq' && kind !== 'ne') return 'zero';
  const cost = (value: Value): number => (value.op === 'const' || isSignExtended(sel.widths, value) ? 0 : 1);
  const costZero = (value: Value): number => {
    if (value.op === 'const') return value.value < 0x8000_0000n ? 0 : 1;
    return bitsOf(sel.widths, value) <= 32 ? 0 : 1;
  };
  return cost(left) + cost(right) < costZero(left) + costZero(right) ? 'sign' : 'zero';
}

/** `(x & 5) != 0` is one jump. It has no opposite, so `== 0` is the jump past it. */
function bitTest(sel: Selection, kind: CompareOp, left: Value, right: Value): Condition | null {
  if ((kind !== 'eq' && kind !== 'ne') || right.op !== 'const' || right.value !== 0n) return null;
  const and = rootOf(sel.widths, left);
  if (and.op !== 'binary' || and.kind !== 'and' || and.block !== sel.irBlock) return null;
  if ((sel.uses[left.id] ?? 0) !== 1 || (sel.uses[and.id] ?? 0) !== 1 || (sel.regs[and.id] ?? 0) !== 0) return null;
  const [value, mask] = and.args;
  if (value === undefined || mask?.op !== 'const' || left.type !== and.type) return null;
  const wide = and.type !== 'i32' || sel.cpu < 3;
  const imm = BigInt.asIntN(32, mask.value);
  // An immediate with its sign set would test the upper half, too.
  if (and.type === 'i32' ? wide && imm < 0n : !fitsImm(mask.value)) return null;
  const dst = registerOf(sel, value);
  const insn: JumpInsn = { kind: 'jump', op: 'set', wide, dst, source: 'imm', src: 0, imm: Number(imm), off: 0 };
  return { insn, negated: kind === 'eq' };
}

/** `dst = 1; if (left kind right) goto below; dst = 0`. */
export function selectCompare(sel: Selection, instr: Instr & { op: 'compare' }, dst: number): void {
  const [left, right] = instr.args;
  if (left === undefined || right === undefined) return;
  const below = cutBelow(sel);
  const { insn, negated } = conditionOf(sel, instr.kind, left, right);
  const other = emitBlock(sel, () => {
    emit(sel, aluImm('mov', sel.cpu < 3, dst, negated ? 1 : 0));
    emit(sel, GOTO);
  });
  other.succs = [below];
  emit(sel, aluImm('mov', sel.cpu < 3, dst, negated ? 0 : 1));
  emit(sel, insn);
  setBranch(sel.block, below, other, null);
}

export function setBranch(block: CodeBlock, then: CodeBlock, otherwise: CodeBlock, likely: boolean | null): void {
  block.succs = [then, otherwise];
  block.likely = likely;
}
