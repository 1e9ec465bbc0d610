/** Arithmetic and moves. Mirrors `check_alu_op` and `adjust_reg_min_max_vals`, v6.18. */
import type { AluInsn, BswapInsn } from '../isa/insn.ts';
import { recalled, remember } from './memo.ts';
import { addToArenaPointer } from './arena.ts';
import type { Env } from './env.ts';
import { pushPath } from './paths.ts';
import { aluSymbol } from './insnText.ts';
import { markPrecise } from './precision.ts';
import { checkRead, checkWritable, getReg, immediateReg, setReg } from './registers.ts';
import { isSecret } from './rights.ts';
import { noteNumbers } from './speculation.ts';
import { reject, rejectReg } from './rejection.ts';
import { assignScalarId } from './scalarIds.ts';
import { aluBounds, bswapBounds, forkScalar, isRangeComputable } from './state/aluBounds.ts';
import type { Bounds } from './state/bounds.ts';
import { isConst, isConst32, signExtendBounds, syncBounds, zeroExtend32 } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import {
  ADD_CONST32,
  ADD_CONST64,
  change,
  fitsBits,
  isPointer,
  linkMarks,
  unlinked,
  UNKNOWN_SCALAR,
  withBounds,
  withOwnBounds,
} from './state/register.ts';
import { tnumMul } from './state/tnum.ts';
import { addToPointer } from './transferPointer.ts';
import { currentFrame } from './walkState.ts';
import { setRegister } from './state/frame.ts';

export function doAlu(env: Env, insn: AluInsn): void {
  if (insn.op === 'mov') doMove(env, insn);
  else if (insn.op === 'neg') doNegate(env, insn);
  else doBinary(env, insn);
}

export function doBswap(env: Env, insn: BswapInsn): void {
  const reg = checkRead(env, insn.dst);
  refuseSecret(env, insn.dst, 'pointer arithmetic prohibited');
  checkWritable(env, insn.dst);
  if (isPointer(reg)) setReg(env, insn.dst, UNKNOWN_SCALAR);
  else {
    // A 64-bit conversion to the machine's own order changes nothing.
    const kept = insn.mode === 'le' && insn.bits === 64 ? reg : unlinked(reg);
    setReg(env, insn.dst, withBounds(kept, bswapBounds(insn.mode, insn.bits, reg.bounds)));
  }
}

function doNegate(env: Env, insn: AluInsn): void {
  const reg = checkRead(env, insn.dst);
  refuseSecret(env, insn.dst, 'pointer arithmetic prohibited');
  checkWritable(env, insn.dst);
  if (isPointer(reg)) setReg(env, insn.dst, UNKNOWN_SCALAR);
  else if (!env.can.negates) setReg(env, insn.dst, UNKNOWN_SCALAR);
  // The kernel computes with a fresh zero here, which has no id.
  else
    setReg(env, insn.dst, change(reg, { bounds: aluBounds('neg', insn.wide, reg.bounds, reg.bounds), id: 0, off: 0 }));
}

function refuseSecret(env: Env, regno: number, what: string): void {
  if (isSecret(env, getReg(env, regno))) rejectReg(regno, `R${regno} ${what}`);
}

function doMove(env: Env, insn: AluInsn): void {
  if (insn.source === 'reg') checkRead(env, insn.src);
  checkWritable(env, insn.dst);
  if (insn.source === 'imm') {
    // A narrow move zero-extends it.
    setReg(env, insn.dst, immediateReg(env, insn.wide ? insn.imm : insn.imm >>> 0));
  } else if (insn.wide) moveWide(env, insn);
  else moveNarrow(env, insn);
}

function moveWide(env: Env, insn: AluInsn): void {
  const src = getReg(env, insn.src);
  if (insn.signExtendBits === 0) {
    assignScalarId(env, insn.src);
    setReg(env, insn.dst, getReg(env, insn.src));
  } else if (isPointer(src)) {
    refuseSecret(env, insn.src, 'sign-extension part of pointer');
    setReg(env, insn.dst, UNKNOWN_SCALAR);
  } else {
    const copy = copyIfSame(env, insn, fitsBits(src, insn.signExtendBits - 1));
    setReg(env, insn.dst, withBounds(copy, signExtendBounds(copy.bounds, insn.signExtendBits / 8, true)));
  }
}

function moveNarrow(env: Env, insn: AluInsn): void {
  const src = getReg(env, insn.src);
  if (isPointer(src)) {
    refuseSecret(env, insn.src, 'partial copy of pointer');
    setReg(env, insn.dst, withBounds(UNKNOWN_SCALAR, zeroExtend32(UNKNOWN_SCALAR.bounds)));
    return;
  }
  const bits = insn.signExtendBits;
  const copy = copyIfSame(env, insn, fitsBits(src, bits === 0 ? 32 : bits - 1));
  const { bounds } = copy;
  const moved =
    recalled(env.aluMemo, env.pc, bounds, bounds) ??
    remember(
      env.aluMemo,
      env.pc,
      bounds,
      bounds,
      bits === 0 ? zeroExtend32(bounds) : signExtendBounds(bounds, bits / 8, false),
    );
  setReg(env, insn.dst, withBounds(copy, moved));
}

/** The source, linked to the copy when the move keeps its value. */
function copyIfSame(env: Env, insn: AluInsn, same: boolean): RegisterState {
  if (same) assignScalarId(env, insn.src);
  const src = getReg(env, insn.src);
  return same ? src : unlinked(src);
}

function doBinary(env: Env, insn: AluInsn): void {
  if (insn.source === 'reg') checkRead(env, insn.src);
  checkRead(env, insn.dst);
  if (insn.source === 'imm') checkImmediate(insn);
  checkWritable(env, insn.dst);
  if (addToArenaPointer(env, insn)) return;
  const dst = getReg(env, insn.dst);
  const src = insn.source === 'reg' ? getReg(env, insn.src) : immediateReg(env, insn.imm);
  if (!isPointer(dst) && !isPointer(src)) {
    if (insn.source === 'reg' && dst.precise) markPrecise(env, insn.src);
    doScalar(env, insn, src);
  } else doPointer(env, insn, dst, src);
}

function checkImmediate(insn: AluInsn): void {
  const { op, imm } = insn;
  if ((op === 'div' || op === 'sdiv' || op === 'mod' || op === 'smod') && imm === 0) reject('div by zero');
  const shifts = op === 'lsh' || op === 'rsh' || op === 'arsh';
  if (shifts && (imm < 0 || imm >= (insn.wide ? 64 : 32))) reject(`invalid shift ${imm}`);
}

function doPointer(env: Env, insn: AluInsn, dst: RegisterState, src: RegisterState): void {
  if (isPointer(dst) && isPointer(src)) {
    if (insn.op !== 'sub' || !env.rights.perfmon)
      rejectReg(insn.dst, `R${insn.dst} pointer ${aluSymbol(insn.op)} pointer prohibited`);
    setReg(env, insn.dst, UNKNOWN_SCALAR);
    return;
  }
  if (insn.source === 'reg') markPrecise(env, isPointer(dst) ? insn.src : insn.dst);
  addToPointer(env, insn, isPointer(dst));
}

function doScalar(env: Env, insn: AluInsn, src: RegisterState): void {
  noteNumbers(env, insn);
  // The kernel forgets everything, also what a null pointer pointed to; comparisons of states look at that.
  if (!isRangeComputable(insn.op, insn.wide, src.bounds)) {
    setReg(env, insn.dst, UNKNOWN_SCALAR);
    return;
  }
  const before = getReg(env, insn.dst);
  const forked = env.can.forksMasks ? forkScalar(insn.op, before.bounds, src.bounds) : null;
  if (forked !== null) queueFork(env, insn, before, forked.queued);
  const computes = insn.op !== 'mul' || env.can.multipliesRanges || isOlderProduct(insn, before, src);
  const bounds = computes
    ? computed(env, insn, forked?.current ?? before.bounds, src.bounds)
    : productTnum(insn, before, src);
  setReg(env, insn.dst, env.can.linkedSums ? relink(insn, before, src, bounds) : change(before, { bounds, id: 0 }));
}

function computed(env: Env, insn: AluInsn, dst: Bounds, src: Bounds): Bounds {
  const { aluMemo, pc } = env;
  return recalled(aluMemo, pc, dst, src) ?? remember(aluMemo, pc, dst, src, aluBounds(insn.op, insn.wide, dst, src));
}

/** The path put aside does the same instruction again, with the other value. */
function queueFork(env: Env, insn: AluInsn, before: RegisterState, bounds: Bounds): void {
  const queued = currentFrame(pushPath(env, env.pc, env.pc));
  const whole = before.bounds.smin === -1n && before.bounds.smax === 0n;
  setRegister(queued, insn.dst, change(before, whole ? { bounds, id: 0, off: 0 } : { bounds }));
}

/** Adding a constant keeps a scalar linked to its copies; anything else makes it a value of its own. */
function relink(insn: AluInsn, before: RegisterState, src: RegisterState, bounds: Bounds): RegisterState {
  if (before.id === 0) return withOwnBounds(before, bounds);
  const adds = insn.op === 'add' || insn.op === 'sub';
  const known = insn.wide ? isConst(src.bounds) : isConst32(src.bounds);
  const itself = insn.source === 'reg' && insn.src === insn.dst;
  if (!adds || !known || itself) return withOwnBounds(before, bounds);
  const delta = addedConstant(insn, before, src.bounds.varOff.value);
  if (delta === null || linkMarks(before.id) !== 0) return withOwnBounds(before, bounds);
  return change(before, { bounds, id: (before.id | (insn.wide ? ADD_CONST64 : ADD_CONST32)) >>> 0, off: delta });
}

/** The signed 32-bit constant that is added, or null when it is not one. */
function addedConstant(insn: AluInsn, before: RegisterState, value: bigint): number | null {
  const signed = BigInt.asIntN(64, value);
  if (insn.wide && signed !== BigInt.asIntN(32, signed)) return null;
  if (!insn.wide && before.bounds.umax > 0xffff_ffffn) return null;
  const delta = Number(BigInt.asIntN(32, value));
  if (insn.op === 'add') return delta;
  return delta === -0x8000_0000 ? null : -delta;
}

/** Before 6.14 products kept a range only for factors that are small and not negative. */
function isOlderProduct(insn: AluInsn, before: RegisterState, src: RegisterState): boolean {
  const a = before.bounds;
  const b = src.bounds;
  if (isConst(a) && isConst(b)) return true;
  if (insn.wide) return a.smin >= 0n && b.smin >= 0n && a.umax <= 0xffff_ffffn && b.umax <= 0xffff_ffffn;
  return a.s32Min >= 0 && b.s32Min >= 0 && a.u32Max <= 0xffff && b.u32Max <= 0xffff;
}

/** What is left of other products: which bits are known. */
function productTnum(insn: AluInsn, before: RegisterState, src: RegisterState): Bounds {
  const unknown = { ...UNKNOWN_SCALAR.bounds, varOff: tnumMul(before.bounds.varOff, src.bounds.varOff) };
  return syncBounds(insn.wide ? unknown : zeroExtend32(unknown));
}
