/** May this helper be called here? Mirrors the first half of `check_helper_call` and `check_func_arg`, v6.18. */
import type { HelperArg } from '../kernel/helpers.ts';
import { helperAvailable, helperNeedsGpl, helperOf, helpersKnown, HELPERS } from '../kernel/helpers.ts';
import type { Argument, CallFacts, KnownHelper } from './callFacts.ts';
import { checkContents } from './checkHelperContents.ts';
import { checkReleasable } from './checkDynptr.ts';
import { checkUnmodified } from './checkMemory.ts';
import { isTypedSlice } from './dynptrs.ts';
import type { Env } from './env.ts';
import { helperName } from './helperNames.ts';
import { refuseSleepingHelper } from './regions.ts';
import { has } from './olderKernels.ts';
import { KPTR_XCHG } from './kptrExchange.ts';
import { isGplCompatible } from './license.ts';
import { checkRead, getReg } from './registers.ts';
import { isSecret, mayCall } from './rights.ts';
import { reject, rejectReg, unsupported } from './rejection.ts';
import type { Accepted } from './require.ts';
import { ACCEPTED, mayPassPacket } from './require.ts';
import type { RegisterKind, RegisterState } from './state/register.ts';
import { argumentWith } from './socketMaps.ts';
import {
  ALLOC,
  isPacketPointer,
  isZeroScalar,
  MAYBE_NULL,
  mayBeNull,
  NON_OWN_REF,
  PERCPU,
  RCU,
  RDONLY,
  registerTypeText,
  TRUSTED,
  typeText,
} from './state/register.ts';
import { targetAllows, targetOffers } from './targetHelpers.ts';
import { checkTypedArgument } from './typedArgument.ts';

/** The helper's prototype for this program, or a refusal. */
export function requireHelper(env: Env, id: number): KnownHelper {
  const helper = (env.helpers[id] ??= callableHelper(env, id));
  if (helper.proto.sleeps) refuseSleepingHelper(env, id);
  return helper;
}

function callableHelper(env: Env, id: number): KnownHelper {
  const { program } = env;
  if (id < 0 || id > HELPERS.length) reject(`invalid func ${helperName(id)}#${id}`);
  if (!helpersKnown(program.type)) unsupported(`helpers of ${program.type} programs`);
  const helper = helperOf(program.type, id, program.attachType);
  if (helper !== null && !has(env, helper.since)) reject(`invalid func unknown#${id}`);
  // Whether the license allows it is a later question.
  const offered = targetOffers(env, id) ?? helperAvailable(program.type, id, true, program.attachType);
  const absent = env.options.absentHelpers?.includes(id) ?? false;
  if (helper === null || !offered || absent || !mayCall(env.rights, id))
    reject(`program of this type cannot use helper ${helperName(id)}#${id}`);
  const { proto } = helper;
  if (proto === null) return unsupported(`helper ${helper.name}`);
  if (helperNeedsGpl(program.type, id) && !isGplCompatible(program.license))
    reject('cannot call GPL-restricted function from non-GPL compatible program');
  if (!targetAllows(env, id)) reject('helper call is not allowed in probe');
  return { ...helper, proto };
}

export function checkArguments(env: Env, helper: KnownHelper, facts: CallFacts): void {
  const { args } = helper.proto;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg !== undefined) checkArgument(env, { helper, regno: i + 1, arg, facts });
  }
}

function checkArgument(env: Env, written: Argument): void {
  const { helper, regno, facts } = written;
  const reg = checkRead(env, regno);
  const arg = argumentWith(facts.map, helper.id, written.arg);
  if (arg.type === 'anything') {
    if (isSecret(env, reg)) rejectReg(regno, `R${regno} leaks addr into helper function`);
    return;
  }
  const given = arg === written.arg ? written : { helper, regno, arg, facts };
  if (isPacketPointer(reg) && !mayPassPacket(env.program.type, facts.packetAccess))
    rejectReg(regno, 'helper access to the packet is not allowed');
  if (!(isZeroScalar(reg) && arg.orNull)) {
    checkType(env, given, reg);
    checkOffset(reg, regno, arg);
  }
  noteReference(env, regno, arg, facts);
  checkContents(env, given);
}

/** Mirrors `check_reg_type`. */
function checkType(env: Env, given: Argument, reg: RegisterState): void {
  const { regno, arg, helper } = given;
  const accepted = ACCEPTED[arg.type];
  if (accepted === undefined) unsupported(`helper ${helper.name}`);
  // Memory of a dynptr that carries the dynptr's type is accepted as plain memory only.
  const plain = !isTypedSlice(reg) || arg.type === 'mem';
  let { flags } = reg;
  if (arg.readOnly) flags &= ~RDONLY;
  if (arg.orNull) flags &= ~MAYBE_NULL;
  // What is exchanged may be an object of the program's own.
  if (helper.id === KPTR_XCHG && regno === 2 && flags & ALLOC) flags &= ~(ALLOC | PERCPU);
  if (plain && isAmong(accepted, reg.kind, flags)) {
    if (reg.kind === 'btfId') checkTypedArgument(env, given, reg);
    return;
  }
  rejectReg(regno, `R${regno} type=${typeText(reg)} expected=${listText(accepted)}`);
}

function isAmong(accepted: readonly Accepted[], kind: RegisterKind, flags: number): boolean {
  for (const one of accepted) if (one.kind === kind && one.flags === flags) return true;
  return false;
}

function listText(accepted: readonly Accepted[]): string {
  return accepted.map((one) => registerTypeText(one.kind, one.flags)).join(', ');
}

const OFFSET_FREE: ReadonlySet<string> = new Set([
  'stack', 'packet', 'packetMeta', 'mapKey', 'mapValue', 'mem', 'buf', 'arena', 'scalar',
]); // prettier-ignore

/** Mirrors `check_func_arg_reg_off`: objects that are passed as a whole must not be offset. */
function checkOffset(reg: RegisterState, regno: number, arg: HelperArg): void {
  // The dynptr lies on the stack at an offset of its own.
  if (arg.release && arg.type === 'dynptr' && reg.kind === 'stack') return;
  if (arg.release) checkReleasedOffset(reg, regno);
  else checkUnmodifiedObject(reg, regno);
}

export function checkReleasedOffset(reg: RegisterState, regno: number): void {
  if (reg.off !== 0)
    rejectReg(regno, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`);
  checkUnmodified(reg, regno, false);
}

/** What is not released: memory may be offset anyhow, objects of the kernel by a constant. */
export function checkUnmodifiedObject(reg: RegisterState, regno: number): void {
  // A pointer that may be null is none of the kinds that may have an offset.
  if (OFFSET_FREE.has(reg.kind) && !mayBeNull(reg) && !isTypedSlice(reg)) return;
  checkUnmodified(reg, regno, reg.kind === 'btfId' && OFFSET_KNOWN.has(reg.flags));
}

/** Flags of pointers to kernel structures that may point into them. */
const OFFSET_KNOWN: ReadonlySet<number> = new Set([
  0, ALLOC, TRUSTED, RCU, ALLOC | NON_OWN_REF, ALLOC | NON_OWN_REF | RCU,
]); // prettier-ignore

function noteReference(env: Env, regno: number, arg: HelperArg, facts: CallFacts): void {
  const reg = getReg(env, regno);
  if (arg.release) {
    if (arg.type === 'dynptr') checkReleasable(env, regno);
    else if (reg.refObjId === 0 && !isZeroScalar(reg))
      rejectReg(regno, `R${regno} must be referenced when passed to release function`);
    facts.releaseReg = regno;
  }
  if (reg.refObjId === 0 || arg.type === 'kptrXchgDest') return;
  if (facts.refObjId !== 0)
    rejectReg(regno, `more than one arg with ref_obj_id R${regno} ${reg.refObjId} ${facts.refObjId}`);
  facts.refObjId = reg.refObjId;
}
