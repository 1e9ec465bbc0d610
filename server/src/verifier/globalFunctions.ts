/**
 * Functions that are verified on their own, with any arguments their types allow. Mirrors `btf_prepare_func_args` of
 * kernel/bpf/btf.c and `btf_check_func_arg_match` of kernel/bpf/verifier.c, v6.18.
 */
import type { Btf, BtfType } from '../btf/btf.ts';
import { nameOf, resolve, sizeOf, typeAt } from '../btf/query.ts';
import { contextStructOf, isProjectionOf } from '../kernel/contextStructs.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import { checkDynptr } from './checkDynptr.ts';
import { checkUnmodifiedObject } from './checkHelper.ts';
import { constDynptr } from './dynptrs.ts';
import type { Env, SubprogInfo } from './env.ts';
import { frameOf, nextId } from './env.ts';
import { refuseGlobalUnderLock } from './lockedCalls.ts';
import { say } from './log.ts';
import { checkMemoryOfSize } from './memoryArguments.ts';
import { refuseSleepingFunction } from './regions.ts';
import { clobberCallerSaved, getReg, setReg } from './registers.ts';
import { reject, Rejection, rejectProgram, unsupported } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import { MAYBE_NULL, mayBeNull, pointer, UNKNOWN_SCALAR } from './state/register.ts';
import { forgetPackets } from './transferHelper.ts';
import type { TypedArgument } from './typedArguments.ts';
import { anyTyped, checkTypedArgumentOf, kindOf, readTypedArgument } from './typedArguments.ts';
import type { WalkState } from './walkState.ts';
import { initialState } from './walkState.ts';
import { setRegister } from './state/frame.ts';

export type Argument =
  | { readonly kind: 'number' }
  | { readonly kind: 'context' }
  | { readonly kind: 'arena' }
  | { readonly kind: 'dynptr' }
  | { readonly kind: 'memory'; readonly size: number; readonly orNull: boolean }
  | TypedArgument;

/** The call is taken as done: r0 may be any number. */
export function callGlobal(env: Env, index: number): void {
  const subprog = env.subprogs[index];
  if (subprog === undefined) return;
  const wrong = wrongArguments(env, subprog);
  // What is wrong with the arguments is said first, but counts last.
  refuseWhereItStands(env, subprog, wrong?.lines ?? []);
  if (wrong !== null)
    throw new Rejection(
      [...wrong.lines, `Caller passes invalid args into func#${index} ('${subprog.name}')`],
      wrong.reg,
      'here',
    );
  say(env.log, `Func#${index} ('${subprog.name}') is global and assumed valid.\n`);
  if (subprog.changesPacket) forgetPackets(env);
  subprog.called = true;
  clobberCallerSaved(env, frameOf(env));
  setReg(env, 0, UNKNOWN_SCALAR);
}

function wrongArguments(env: Env, subprog: SubprogInfo): Rejection | null {
  try {
    argumentsOf(env, subprog).forEach((argument, i) => {
      checkArgument(env, argument, i);
    });
    return null;
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}

/** Locks and regions in which no function may be called that is verified by itself. */
function refuseWhereItStands(env: Env, subprog: SubprogInfo, said: readonly string[]): void {
  try {
    refuseGlobalUnderLock(env);
    if (subprog.maySleep) refuseSleepingFunction(env);
  } catch (error) {
    if (error instanceof Rejection) throw new Rejection([...said, ...error.lines], error.reg, 'here');
    throw error;
  }
}

function checkArgument(env: Env, argument: Argument, index: number): void {
  const regno = index + 1;
  const reg = getReg(env, regno);
  switch (argument.kind) {
    case 'number':
      if (reg.kind !== 'scalar') reject(`R${regno} is not a scalar`);
      return;
    case 'context':
      if (reg.kind !== 'scalar' && reg.kind !== 'stack') checkUnmodifiedObject(reg, regno);
      if (reg.kind !== 'ctx') reject(`arg#${index} expects pointer to ctx`);
      return;
    case 'arena':
      if (reg.kind !== 'arena' && reg.kind !== 'scalar') reject(`R${regno} is not a pointer to arena or scalar.`);
      return;
    case 'dynptr':
      checkUnmodifiedObject(reg, regno);
      checkDynptr(env, regno, { creates: null, readOnly: true, wants: null, cloneOf: 0 });
      return;
    case 'memory':
      checkUnmodifiedObject(reg, regno);
      checkMemoryOfSize(env, regno, argument.size);
      if (!argument.orNull && mayBeNull(reg)) reject(`arg#${index} is expected to be non-NULL`);
      return;
    default:
      checkTypedArgumentOf(env, argument, regno);
  }
}

/** The state a global function is verified from. */
export function globalEntry(env: Env, index: number): WalkState {
  const subprog = env.subprogs[index];
  const state = initialState(subprog?.start ?? 0, index, env.program.sleepable);
  if (subprog === undefined) return state;
  say(env.log, `Validating ${subprog.name}() func#${index}...\n`);
  const args = argumentsOf(env, subprog);
  const frame = state.frames[0];
  if (frame !== undefined && subprog.isExceptionCallback) {
    frame.callback = { ...frame.callback, sort: 'exception' };
    if (args.length !== 1 || args[0]?.kind !== 'number')
      rejectProgram('exception cb only supports single integer argument');
  }
  args.forEach((argument, i) => {
    if (frame !== undefined) setRegister(frame, i + 1, anyOf(env, argument));
  });
  return state;
}

function anyOf(env: Env, argument: Argument): RegisterState {
  switch (argument.kind) {
    case 'number':
    case 'arena':
      return UNKNOWN_SCALAR;
    case 'context':
      return pointer('ctx');
    case 'dynptr':
      return constDynptr(env, 'local');
    case 'memory':
      return argument.orNull
        ? pointer('mem', { memSize: argument.size, flags: MAYBE_NULL, id: nextId(env) })
        : pointer('mem', { memSize: argument.size });
    default:
      return anyTyped(env, argument);
  }
}

function argumentsOf(env: Env, subprog: SubprogInfo): readonly Argument[] {
  subprog.args ??= readArguments(env, subprog);
  return subprog.args;
}

export function readArguments(env: Env, subprog: SubprogInfo): Argument[] {
  const { btf } = env.program;
  const func = btf === null ? null : typeAt(btf, subprog.typeId);
  if (btf === null || func?.kind !== 'func') return unsupported('functions whose types are damaged');
  const proto = typeAt(btf, func.type);
  if (proto.kind !== 'funcProto') return reject(`Invalid type of function ${subprog.name}()`);
  const count = proto.params.length;
  if (count > 5) reject(`Global function ${subprog.name}() with ${count} > 5 args. Buggy compiler.`);
  if (!isNumber(resolve(btf, proto.returns)))
    reject(`Global function ${subprog.name}() doesn't return scalar. Only those are supported.`);
  return proto.params.map((param, i) => readArgument(env, btf, subprog, param.type, i));
}

function isNumber(type: BtfType): boolean {
  return type.kind === 'int' || type.kind === 'enum';
}

function readArgument(env: Env, btf: Btf, subprog: SubprogInfo, typeId: number, index: number): Argument {
  const type = resolve(btf, typeId);
  const tags = argumentTags(btf, subprog.typeId, index);
  const known = new Set(['ctx', 'nonnull', 'nullable', 'trusted', 'untrusted', 'arena']);
  if (tags.some((tag) => !known.has(tag))) reject(`arg#${index} has unsupported set of tags`);
  if (type.kind !== 'ptr') {
    if (tags.length > 0) reject(`arg#${index} has pointer tag, but is not a pointer type`);
    if (isNumber(type)) return { kind: 'number' };
    return reject(`Arg#${index} type ${type.kind.toUpperCase()} in ${subprog.name}() is not supported yet.`);
  }
  if (tags.includes('ctx') || isContextType(env, btf, type.type)) {
    if (tags.some((tag) => tag !== 'ctx')) reject(`arg#${index} has invalid combination of tags`);
    return { kind: 'context' };
  }
  const target = resolve(btf, type.type);
  if (target.kind === 'struct' && target.name === 'bpf_dynptr') {
    if (tags.length > 0) reject(`arg#${index} has invalid combination of tags`);
    return { kind: 'dynptr' };
  }
  const typed = readTypedArgument(env, btf, type.type, tags, index);
  if (typed !== null) return typed;
  if (tags.includes('arena')) {
    if (tags.some((tag) => tag !== 'arena')) reject(`arg#${index} arena cannot be combined with any other tags`);
    return { kind: 'arena' };
  }
  if (tags.includes('nullable')) reject(`arg#${index} has invalid combination of tags`);
  const size = sizeOf(btf, type.type);
  if (size === null) {
    const what = `${kindOf(target)} ${nameOf(target)}`;
    return reject(`arg#${index} reference type('${what}') size cannot be determined: -22`);
  }
  return { kind: 'memory', size, orNull: !tags.includes('nonnull') };
}

/** Declaration tags `arg:…` of one parameter. */
function argumentTags(btf: Btf, funcId: number, index: number): string[] {
  return btf.types.flatMap((type) =>
    type.kind === 'declTag' && type.type === funcId && type.component === index && type.name.startsWith('arg:')
      ? [type.name.slice(4)]
      : [],
  );
}

function standsForContext(type: ProgramType, name: string): boolean {
  const context = contextStructOf(type);
  if (context === null || name === '') return false;
  // Once a typedef of the registers, by which the kernel knows them first.
  return name === context || isProjectionOf(context, name) || (type === 'kprobe' && name === 'bpf_user_pt_regs_t');
}

/** Mirrors `btf_is_prog_ctx_type`: the context is known by its type's name. */
function isContextType(env: Env, btf: Btf, pointee: number): boolean {
  for (let id = pointee, depth = 0; depth < 64; depth++) {
    const type = typeAt(btf, id);
    if (type.kind === 'typedef' && type.name === 'bpf_user_pt_regs_t') return env.program.type === 'kprobe';
    if (type.kind === 'struct') return standsForContext(env.program.type, type.name);
    if (!('type' in type) || type.kind === 'ptr' || type.kind === 'array') return false;
    id = type.type;
  }
  return false;
}
