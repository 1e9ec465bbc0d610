/** Conditional jumps: which ways are possible, and what each of them tells. Mirrors `check_cond_jmp_op`, v6.18. */
import type { JumpInsn, JumpOp } from '../isa/insn.ts';
import { PROGRAM_FLAGS } from '../kernel/programFlags.ts';
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { noteLinked, noteStackComparison } from './history.ts';
import { collectLinked, syncLinked } from './linkedScalars.ts';
import { isTrusted } from './kfuncs/argObject.ts';
import { say } from './log.ts';
import { matchPacketPointers, packetOutcome } from './packetRanges.ts';
import { pushPath } from './paths.ts';
import { recalled, remember } from './memo.ts';
import { markPrecise } from './precision.ts';
import { dropReference } from './references.ts';
import { checkRead, getReg, immediateReg } from './registers.ts';
import { isSecret } from './rights.ts';
import { reject, rejectReg } from './rejection.ts';
import { pushWrongGuess } from './speculation.ts';
import { branchOutcome, refineBranch, refineSelfBranch } from './state/branchBounds.ts';
import { regAt, setRegister } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import {
  ALLOC,
  change,
  isAnyPacketPointer,
  isPointer,
  mayBeNull,
  NON_OWN_REF,
  UNTRUSTED,
  withBounds,
} from './state/register.ts';
import { tnumSubreg } from './state/tnum.ts';
import { hasDeferred, hasLock } from './specialFields.ts';
import { markNotNull } from './transferHelper.ts';
import type { LinkedPlace, WalkState } from './walkState.ts';
import { currentFrame, replaceRegisters } from './walkState.ts';

/** Sets the pc behind the jump; the other way, where possible, is put aside. */
export function doJump(env: Env, insn: JumpInsn): void {
  const dst = checkRead(env, insn.dst);
  const src = insn.source === 'reg' ? checkRead(env, insn.src) : immediateReg(env, insn.imm);
  if (!(isAnyPacketPointer(dst) && isAnyPacketPointer(src))) refuseSecret(env, insn.src, src);
  if (dst.kind === 'stack' || src.kind === 'stack')
    noteStackComparison(env, dst.kind === 'stack', src.kind === 'stack');
  const outcome = env.can.comparesRanges || seesOlder(insn, dst, src) ? outcomeOf(insn, dst, src) : 'unknown';
  if (outcome !== 'unknown') {
    if (!isPointer(dst)) markPrecise(env, insn.dst);
    if (insn.source === 'reg' && !isPointer(src)) markPrecise(env, insn.src);
    pushWrongGuess(env, insn, env.pc + (outcome === 'always' ? 1 : insn.off + 1));
    env.pc += outcome === 'always' ? insn.off + 1 : 1;
    return;
  }
  split(env, insn);
  env.pc++;
}

/** Before 6.8 only comparisons with a constant were ever decided. */
function seesOlder(insn: JumpInsn, dst: RegisterState, src: RegisterState): boolean {
  return isPointer(dst) || isPointer(src) || isKnown(src, insn.wide) || isKnown(dst, insn.wide);
}

/** Users without CAP_PERFMON must not learn addresses by comparing. */
function refuseSecret(env: Env, regno: number, reg: RegisterState): void {
  if (isSecret(env, reg)) rejectReg(regno, `R${regno} pointer comparison prohibited`);
}

/** Mirrors `is_branch_taken`. */
function outcomeOf(insn: JumpInsn, dst: RegisterState, src: RegisterState): 'always' | 'never' | 'unknown' {
  if (isAnyPacketPointer(dst) && isAnyPacketPointer(src) && insn.wide) return packetOutcome(insn.op, dst, src);
  if (!isPointer(dst) && !isPointer(src)) return branchOutcome(insn.op, insn.wide, dst.bounds, src.bounds);
  const number = isKnown(src, insn.wide) ? src : dst;
  const other = number === src ? dst : src;
  if (!isKnown(number, insn.wide) || !isNeverNull(other) || knownValue(number, insn.wide) !== 0n) return 'unknown';
  if (insn.op === 'eq') return 'never';
  return insn.op === 'ne' ? 'always' : 'unknown';
}

function isKnown(reg: RegisterState, wide: boolean): boolean {
  const { varOff } = reg.bounds;
  return reg.kind === 'scalar' && (wide ? varOff : tnumSubreg(varOff)).mask === 0n;
}

function knownValue(reg: RegisterState, wide: boolean): bigint {
  return wide ? reg.bounds.varOff.value : tnumSubreg(reg.bounds.varOff).value;
}

/** Mirrors `reg_not_null`. */
function isNeverNull(reg: RegisterState): boolean {
  if (mayBeNull(reg)) return false;
  switch (reg.kind) {
    case 'socket':
    case 'tcpSock':
    case 'mapValue':
    case 'mapKey':
    case 'sockCommon':
    case 'mapPtr':
      return true;
    case 'mem':
      return (reg.flags & UNTRUSTED) === 0;
    case 'btfId':
      return isTrusted(reg);
    default:
      return false;
  }
}

function split(env: Env, insn: JumpInsn): void {
  const linked: LinkedPlace[] = [];
  const src = insn.source === 'reg' ? getReg(env, insn.src) : null;
  if (src !== null && src.kind === 'scalar' && src.id !== 0) collectLinked(env, env.state, src.id, linked);
  const dst = getReg(env, insn.dst);
  if (dst.kind === 'scalar' && dst.id !== 0) collectLinked(env, env.state, dst.id, linked);
  if (linked.length > 1) noteLinked(env, linked);
  const other = pushPath(env, env.pc + insn.off + 1, env.pc);
  refine(env, insn, other);
  spread(env, insn, other, linked);
  if (insn.wide && learnNull(env, insn, other)) return;
  if (!learnPacket(env, insn, other)) refuseSecret(env, insn.dst, getReg(env, insn.dst));
}

/** Both numbers' ranges on both ways. */
function refine(env: Env, insn: JumpInsn, other: WalkState): void {
  const here = frameOf(env);
  const there = currentFrame(other);
  const dst = getReg(env, insn.dst);
  const src = insn.source === 'reg' ? getReg(env, insn.src) : immediateReg(env, insn.imm);
  if (isPointer(dst) || isPointer(src)) return;
  const itself = insn.source === 'reg' && insn.src === insn.dst;
  if (!env.can.comparesRanges && !learnsOlder(insn, dst, src)) return;
  const { taken, fallThrough, complaints } = itself
    ? refineSelfBranch(insn.op, insn.wide, dst.bounds)
    : (recalled(env.jumpMemo, env.pc, dst.bounds, src.bounds) ??
      remember(
        env.jumpMemo,
        env.pc,
        dst.bounds,
        src.bounds,
        refineBranch(insn.op, insn.wide, dst.bounds, src.bounds, env.can.excludesEnds),
      ));
  if (complaints.length > 0) complain(env, complaints);
  setRegister(here, insn.dst, withBounds(dst, fallThrough.a));
  setRegister(there, insn.dst, withBounds(regAt(there, insn.dst), taken.a));
  if (insn.source !== 'reg' || itself) return;
  setRegister(here, insn.src, withBounds(src, fallThrough.b));
  setRegister(there, insn.src, withBounds(regAt(there, insn.src), taken.b));
}

/** Before 6.8: from a comparison with a constant, or from equality of whole registers. */
function learnsOlder(insn: JumpInsn, dst: RegisterState, src: RegisterState): boolean {
  return isKnown(dst, insn.wide) || isKnown(src, insn.wide) || (insn.wide && (insn.op === 'eq' || insn.op === 'ne'));
}

/** Contradictory bounds end the walk of programs that are loaded to find them. */
function complain(env: Env, complaints: readonly string[]): void {
  for (const complaint of complaints) {
    if ((env.program.flags & PROGRAM_FLAGS.testRegisterInvariants) !== 0) reject(complaint);
    say(env.log, `${complaint}\n`);
  }
}

function spread(env: Env, insn: JumpInsn, other: WalkState, linked: readonly LinkedPlace[]): void {
  if (insn.source === 'reg') spreadFrom(env, insn.src, other, linked);
  spreadFrom(env, insn.dst, other, linked);
}

function spreadFrom(env: Env, regno: number, other: WalkState, linked: readonly LinkedPlace[]): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'scalar' || reg.id === 0) return;
  syncLinked(env.state, reg, linked);
  syncLinked(other, regAt(currentFrame(other), regno), linked);
}

/** Comparisons with null. True when the jump was one. */
function learnNull(env: Env, insn: JumpInsn, other: WalkState): boolean {
  if (insn.source === 'reg') {
    learnFromPointer(env, insn, other);
    return false;
  }
  const dst = getReg(env, insn.dst);
  if (insn.imm !== 0 || (insn.op !== 'eq' && insn.op !== 'ne') || !mayBeNull(dst)) return false;
  markNullOrNot(env, env.state, insn.dst, insn.op === 'ne');
  markNullOrNot(env, other, insn.dst, insn.op === 'eq');
  return true;
}

/** Equal to a pointer that is not null: neither is this one. */
function learnFromPointer(env: Env, insn: JumpInsn, other: WalkState): void {
  const dst = getReg(env, insn.dst);
  const src = getReg(env, insn.src);
  if (!isPointer(dst) || !isPointer(src) || mayBeNull(dst) === mayBeNull(src)) return;
  if (dst.kind === 'btfId' || src.kind === 'btfId') return;
  const equal = EQUAL_BRANCH[insn.op];
  if (equal === undefined) return;
  const frame = currentFrame(equal === 'taken' ? other : env.state);
  const regno = mayBeNull(src) ? insn.src : insn.dst;
  setRegister(frame, regno, notNull(env, regAt(frame, regno)));
}

const EQUAL_BRANCH: Partial<Record<JumpOp, 'taken' | 'fallThrough'>> = { eq: 'taken', ne: 'fallThrough' };

/** Mirrors `mark_ptr_or_null_regs`: all that came from the same lookup are null, or none is. */
function markNullOrNot(env: Env, state: WalkState, regno: number, isNull: boolean): void {
  const { id, refObjId } = regAt(currentFrame(state), regno);
  if (refObjId !== 0 && refObjId === id && isNull) dropReference(state, id);
  replaceRegisters(state, (reg) => {
    // Only nodes of lists and trees come with an offset.
    const isNode = (reg.flags & (ALLOC | NON_OWN_REF)) !== 0;
    if (!mayBeNull(reg) || reg.id !== id || (reg.off !== 0 && !isNode)) return reg;
    if (isNull) return change(reg, { kind: 'scalar', flags: 0, id: 0, refObjId: 0 });
    const known = notNull(env, reg);
    // The lock in it is told from others by the id.
    return hasLock(env, known) ? known : change(known, { id: 0 });
  });
}

/** What is deferred in the values of an inner map must stay with that very map. */
function notNull(env: Env, reg: RegisterState): RegisterState {
  const known = markNotNull(reg);
  const isInner = known.kind === 'mapPtr' && reg.kind === 'mapValue' && known.map !== null;
  return isInner && hasDeferred(env, known.map) ? change(known, { mapUid: reg.id }) : known;
}

function learnPacket(env: Env, insn: JumpInsn, other: WalkState): boolean {
  if (insn.source !== 'reg') return false;
  const branches = { taken: other, fallThrough: env.state };
  return matchPacketPointers(insn, getReg(env, insn.dst), getReg(env, insn.src), branches);
}
