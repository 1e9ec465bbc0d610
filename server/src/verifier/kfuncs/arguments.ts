/** The arguments of a call of a kernel function, one after another. Mirrors `check_kfunc_args`, v6.18. */
import { unreachable } from '../../base/assert.ts';
import { checkReleasedOffset, checkUnmodifiedObject } from '../checkHelper.ts';
import type { Env } from '../env.ts';
import { markPrecise } from '../precision.ts';
import { getReg } from '../registers.ts';
import { reject, rejectReg, unsupported } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import { isConstant, isZeroScalar, mayBeNull } from '../state/register.ts';
import { checkCallbackArgument } from './argCallback.ts';
import { checkDynptrArgument } from './argDynptr.ts';
import { checkAllocated, checkGraphNode, checkGraphRoot, checkRefcounted } from './argGraph.ts';
import { checkIteratorArgument } from './argIterator.ts';
import { checkIrqFlag, checkResLock } from './argLock.ts';
import { checkMapArgument } from './argMap.ts';
import { checkMapField } from './argMapField.ts';
import { checkConstantString, checkSizedMemory, checkTypedMemory } from './argMemory.ts';
import { checkContext, checkKernelObject, checkTrust, wantsTrusted } from './argObject.ts';
import type { PointerSort } from './classify.ts';
import { pointerSort } from './classify.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { endsIn, hasFlag, titleOf } from './kfuncCall.ts';
import type { KfuncType } from './proto.ts';
import { kindWord, nameOfType } from './proto.ts';

const MAX_ARGUMENTS = 5;

export function checkKfuncArguments(env: Env, call: KfuncCall): void {
  const { params } = call.proto;
  const { name } = call.kfunc;
  if (params.length > MAX_ARGUMENTS) reject(`Function ${name} has ${params.length} > ${MAX_ARGUMENTS} args`);
  for (let i = 0; i < params.length; i++) {
    const param = params[i];
    if (param === undefined || endsIn(param, '__ign') || endsIn(param, '__prog')) continue;
    const sort = checkArgument(env, { call, regno: i + 1, param });
    // The size belongs to the memory before it.
    if (sort === 'memoryWithSize') i++;
  }
  if (hasFlag(call, 'release') && call.releaseReg === 0)
    reject(`release kernel function ${name} expects refcounted PTR_TO_BTF_ID`);
}

function checkArgument(env: Env, argument: KfuncArgument): PointerSort | null {
  const { regno, param } = argument;
  const { type } = param;
  if (type.kind === 'scalar') {
    checkScalar(env, argument);
    return null;
  }
  if (type.kind !== 'ptr') return rejectReg(regno, `Unrecognized arg#${regno - 1} type ${kindWord(type)}`);
  const reg = getReg(env, regno);
  refuseNull(env, reg, argument);
  noteReference(reg, argument);
  const sort = pointerSort(env, argument, type);
  if (sort === 'null') return sort;
  if (sort === 'map') checkMapArgument(env, argument);
  if (sort === 'map' || sort === 'allocated' || sort === 'kernelObject') checkTrust(env, argument);
  if (hasFlag(argument.call, 'release') && reg.refObjId !== 0) checkReleasedOffset(reg, regno);
  else checkUnmodifiedObject(reg, regno);
  checkPointer(env, argument, sort, type.to);
  return sort;
}

function checkScalar(env: Env, { call, regno, param }: KfuncArgument): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'scalar') rejectReg(regno, `R${regno} is not a scalar`);
  if (endsIn(param, '__k')) {
    if (!isConstant(reg)) rejectReg(regno, `R${regno} must be a known constant`);
    markPrecise(env, regno);
    call.constant = reg.bounds.varOff.value;
    return;
  }
  if (param.name !== 'rdonly_buf_size' && param.name !== 'rdwr_buf_size') return;
  if (!isConstant(reg)) rejectReg(regno, `R${regno} is not a const`);
  call.r0ReadOnly = param.name === 'rdonly_buf_size';
  call.r0Size = Number(reg.bounds.varOff.value);
  if (call.r0Size > 0xffff_ffff) rejectReg(regno, `R${regno} rdonly/rdwr_buf_size exceeds u32 max`);
  markPrecise(env, regno);
}

function refuseNull(env: Env, reg: RegisterState, { call, regno, param }: KfuncArgument): void {
  if (!wantsTrusted(env, call) && !hasFlag(call, 'rcu')) return;
  if (endsIn(param, '__nullable') || endsIn(param, '__opt')) return;
  if (isZeroScalar(reg) || mayBeNull(reg)) rejectReg(regno, `Possibly NULL pointer passed to trusted arg${regno - 1}`);
}

function noteReference(reg: RegisterState, { call, regno }: KfuncArgument): void {
  if (reg.refObjId === 0) return;
  const releases = hasFlag(call, 'release');
  if (releases && call.refObjId !== 0) unsupported(`${titleOf(call)} with more than one reference`);
  call.refObjId = reg.refObjId;
  if (releases) call.releaseReg = regno;
}

function checkPointer(env: Env, argument: KfuncArgument, sort: PointerSort, to: KfuncType): void {
  switch (sort) {
    case 'context':
      return checkContext(env, argument);
    case 'allocated':
      return checkAllocated(env, argument);
    case 'refcounted':
      return checkRefcounted(env, argument);
    case 'dynptr':
      return checkDynptrArgument(env, argument);
    case 'iterator':
      return checkIteratorArgument(env, argument);
    case 'listHead':
    case 'treeRoot':
      return checkGraphRoot(env, argument);
    case 'listNode':
    case 'treeNode':
      return checkGraphNode(env, argument);
    case 'string':
      return checkConstantString(env, argument);
    case 'map':
      return checkKernelObject(env, argument, 'bpf_map');
    case 'workqueue':
    case 'timer':
    case 'taskWork':
      return checkMapField(env, argument, sort);
    case 'irqFlag':
      return checkIrqFlag(env, argument);
    case 'resLock':
      return checkResLock(env, argument);
    case 'kernelObject':
      return checkKernelObject(env, argument, nameOfType(to));
    case 'callback':
      return checkCallbackArgument(env, argument);
    case 'memory':
      return checkTypedMemory(env, argument, to);
    case 'memoryWithSize':
      return checkSizedMemory(env, argument);
    case 'null':
      return undefined;
    default:
      return unreachable(sort);
  }
}
