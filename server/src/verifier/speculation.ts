/**
 * What a processor may do before it knows better, for programs of users who must not see the kernel's memory: every
 * path it may guess is walked, and additions to pointers are made such that a wrong guess stays inside. Mirrors
 * `sanitize_ptr_alu`, `sanitize_check_bounds`, `sanitize_speculative_path` and their kin, v6.18.
 */
import type { AluInsn, JumpInsn } from '../isa/insn.ts';
import { checkMapValue } from './checkMemory.ts';
import type { Env } from './env.ts';
import { pushPath } from './paths.ts';
import { getReg, setReg } from './registers.ts';
import { Rejection, rejectReg } from './rejection.ts';
import { MAX_STACK_BYTES } from './state/stack.ts';
import type { RegisterState } from './state/register.ts';
import { isConstant, UNKNOWN_SCALAR } from './state/register.ts';
import { tnumText } from './state/tnum.ts';
import { currentFrame } from './walkState.ts';
import { setRegister } from './state/frame.ts';

/** How an addition is to be masked. Mirrors `alu_state` and `alu_limit` of `struct bpf_insn_aux_data`. */
export interface Masking {
  readonly state: number;
  readonly limit: number;
}

const SANITIZE_SRC = 1;
const SANITIZE_DST = 2;
const NEGATIVE = 4;
const NON_POINTER = 8;
const IMMEDIATE = 16;

const NOT_FOR_ALL = 'pointer arithmetic with it prohibited for !root';

/** One addition to or subtraction from a pointer. */
export interface Move {
  readonly insn: AluInsn;
  readonly ptr: RegisterState;
  readonly number: RegisterState;
  /** The destination is the pointer, the source the number. */
  readonly pointerFirst: boolean;
}

function needsMasking(env: Env, insn: AluInsn): boolean {
  return !env.rights.perfmon && insn.source === 'reg' && (insn.op === 'add' || insn.op === 'sub');
}

/** Before the move: what it would take, and the path on which the processor guesses the number away. */
export function beforeMove(env: Env, move: Move): Masking | null {
  const { insn, ptr, number, pointerFirst } = move;
  if (!needsMasking(env, insn)) return null;
  const constant = isConstant(number);
  let masking: Masking | null = null;
  if (!env.state.regions.speculative) {
    const negative = number.bounds.smin < 0n;
    if (!constant && negative !== number.bounds.smax < 0n)
      rejectReg(numberReg(move), `R${numberReg(move)} has unknown scalar with mixed signed bounds, ${NOT_FOR_ALL}`);
    const limit = pointerLimit(move, ptr);
    const side = pointerFirst ? SANITIZE_SRC : SANITIZE_DST;
    masking = { state: (negative ? NEGATIVE : 0) | (constant ? IMMEDIATE : 0) | side, limit };
    if (!constant) env.comparesExactly = true;
  }
  if (constant) return masking;
  const dst = getReg(env, insn.dst);
  if (!pointerFirst) setReg(env, insn.dst, ptr);
  pushPath(env, env.pc + 1, env.pc, true);
  setReg(env, insn.dst, dst);
  return masking;
}

/** After it: the same masking must do on every path that comes by. */
export function afterMove(env: Env, move: Move, moved: RegisterState, before: Masking | null): void {
  if (env.rights.perfmon) return;
  checkStaysInside(env, move.insn.dst, moved);
  if (before === null || env.state.regions.speculative) return;
  const limit = Math.abs(before.limit - pointerLimit(move, moved));
  noteMasking(env, move.insn, { state: before.state, limit });
}

/** Numbers are added at an instruction where other paths may add to pointers. */
export function noteNumbers(env: Env, insn: AluInsn): void {
  if (needsMasking(env, insn)) noteMasking(env, insn, { state: NON_POINTER, limit: 0 });
}

function noteMasking(env: Env, insn: AluInsn, masking: Masking): void {
  const known = env.facts.masking.get(env.pc);
  if (known !== undefined && (known.state !== masking.state || known.limit !== masking.limit)) {
    const text = `R${insn.dst} tried to ${insn.op} from different maps, paths or scalars, ${NOT_FOR_ALL}`;
    rejectReg(insn.dst, text);
  }
  env.facts.masking.set(env.pc, masking);
}

function numberReg({ insn, pointerFirst }: Move): number {
  return pointerFirst ? insn.src : insn.dst;
}

/** How far the pointer may go in the direction of the move. Mirrors `retrieve_ptr_limit`. */
function pointerLimit(move: Move, ptr: RegisterState): number {
  const { insn, number, pointerFirst } = move;
  const negative = number.bounds.smin < 0n;
  const left = insn.op === 'add' ? negative : !negative;
  const pointerReg = pointerFirst ? insn.dst : insn.src;
  let max = 0;
  let limit = 0n;
  if (ptr.kind === 'stack') {
    max = MAX_STACK_BYTES + (left ? 1 : 0);
    limit = -(ptr.bounds.varOff.value + BigInt(ptr.off));
  } else if (ptr.kind === 'mapValue') {
    max = ptr.map?.valueSize ?? 0;
    limit = (left ? ptr.bounds.smin : ptr.bounds.umax) + BigInt(ptr.off);
  } else rejectReg(pointerReg, `R${pointerReg} has pointer with unsupported alu operation, ${NOT_FOR_ALL}`);
  const asU32 = Number(BigInt.asUintN(32, limit));
  if (asU32 >= max) rejectReg(insn.dst, `R${insn.dst} tried to ${insn.op} beyond pointer bounds, ${NOT_FOR_ALL}`);
  return asU32;
}

/** Mirrors `sanitize_check_bounds`: what comes out must be inside, or no mask can keep it there. */
function checkStaysInside(env: Env, regno: number, moved: RegisterState): void {
  if (moved.kind === 'stack') {
    const off = Number(BigInt.asIntN(32, BigInt(moved.off) + moved.bounds.varOff.value));
    if (!isConstant(moved)) {
      const text = tnumText(moved.bounds.varOff);
      rejectReg(regno, `R${regno} variable stack access prohibited for !root, var_off=${text} off=${off}`);
    }
    if (off >= 0 || off < -MAX_STACK_BYTES)
      rejectReg(regno, `R${regno} stack pointer arithmetic goes out of range, prohibited for !root; off=${off}`);
  } else if (moved.kind === 'mapValue') checkInsideValue(env, regno, moved);
}

function checkInsideValue(env: Env, regno: number, moved: RegisterState): void {
  setReg(env, regno, moved);
  try {
    checkMapValue(env, regno, moved.off, 1, false);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const last = `R${regno} pointer arithmetic of map value goes out of range, prohibited for !root`;
    throw new Rejection([...error.lines, last], regno, 'here');
  }
}

/** The processor may guess a comparison's outcome wrong, and what it compared with it. */
export function pushWrongGuess(env: Env, insn: JumpInsn, pc: number): void {
  if (env.rights.perfmon) return;
  const frame = currentFrame(pushPath(env, pc, env.pc, true));
  setRegister(frame, insn.dst, UNKNOWN_SCALAR);
  if (insn.source === 'reg') setRegister(frame, insn.src, UNKNOWN_SCALAR);
}
