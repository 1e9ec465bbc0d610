/** Arguments that point to plain memory or to strings. Mirrors parts of `check_kfunc_args`, v6.18. */
import { checkString } from '../checkHelperContents.ts';
import type { Env } from '../env.ts';
import { checkMemoryOfGivenSize, checkMemoryOfSize } from '../memoryArguments.ts';
import { getReg } from '../registers.ts';
import { Rejection, rejectReg } from '../rejection.ts';
import { isConstant, isZeroScalar } from '../state/register.ts';
import type { KfuncArgument } from './kfuncCall.ts';
import { endsIn, titleOf } from './kfuncCall.ts';
import { kernelTypes } from '../kernelTypes.ts';
import type { KfuncType } from './proto.ts';
import { kindWord, nameOfType, sizeOfType } from './proto.ts';

/** As much memory as the type is big, for reading and for writing. */
export function checkTypedMemory(env: Env, { call, regno }: KfuncArgument, to: KfuncType): void {
  const btf = to.kind === 'struct' ? (call.proto.btf ?? kernelTypes(env, titleOf(call))) : call.proto.btf;
  const size = sizeOfType(btf, to);
  if (size === null)
    return rejectReg(
      regno,
      `arg#${regno - 1} reference type('${kindWord(to)} ${nameOfType(to)}') size cannot be determined: -22`,
    );
  checkMemoryOfSize(env, regno, size);
}

/** As much memory as the next argument says. */
export function checkSizedMemory(env: Env, { call, regno, param }: KfuncArgument): void {
  const size = call.proto.params[regno];
  if (!isZeroScalar(getReg(env, regno)) || !endsIn(param, '__opt')) checkPair(env, regno);
  if (!endsIn(size, '__szk')) return;
  const value = getReg(env, regno + 1);
  if (!isConstant(value)) rejectReg(regno + 1, `R${regno + 1} must be a known constant`);
  call.constant = value.bounds.varOff.value;
}

function checkPair(env: Env, regno: number): void {
  try {
    checkMemoryOfGivenSize(env, regno + 1);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const last = `arg#${regno - 1} arg#${regno} memory, len pair leads to invalid memory access`;
    throw new Rejection([...error.lines, last], error.reg, 'here');
  }
}

export function checkConstantString(env: Env, { regno }: KfuncArgument): void {
  if (getReg(env, regno).kind !== 'mapValue') rejectReg(regno, `arg#${regno - 1} doesn't point to a const string`);
  checkString(env, regno);
}
