/** Arguments that point to objects of the kernel, and the context. Mirrors parts of `check_kfunc_args`, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import { findByName, nameOf, resolveId, typeAt } from '../../btf/query.ts';
import { isProjectionOf } from '../../kernel/contextStructs.ts';
import type { Env } from '../env.ts';
import { kernelTypes } from '../kernelTypes.ts';
import { getReg } from '../registers.ts';
import { reject, rejectReg, unsupported } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import { ALLOC, NON_OWN_REF, RCU, registerTypeText, TRUSTED, typeText } from '../state/register.ts';
import { matchStructs } from '../structWalk.ts';
import { structBehind } from './classify.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { hasFlag, isNamed, titleOf } from './kfuncCall.ts';
import { kindWord, nameOfType, typeFromBtf } from './proto.ts';

/** Flags with which the kernel itself vouches for the object. Mirrors `BPF_REG_TRUSTED_MODIFIERS`. */
const TRUSTED_FLAGS = ALLOC | TRUSTED | NON_OWN_REF;

function hasUnsafeFlags(reg: RegisterState): boolean {
  return (reg.flags & ~TRUSTED_FLAGS) !== 0;
}

/** Mirrors `is_trusted_reg`. */
export function isTrusted(reg: RegisterState): boolean {
  if (reg.refObjId !== 0) return true;
  return !hasUnsafeFlags(reg) && (structBehind(reg) !== null || (reg.flags & TRUSTED_FLAGS) !== 0);
}

/** Functions that release, and those with KF_TRUSTED_ARGS, take no object that may be gone. */
export function wantsTrusted({ can }: Env, call: KfuncCall): boolean {
  return can.wantsTrusted || hasFlag(call, 'trustedArgs') || hasFlag(call, 'release');
}

/** KF_RCU is content with an object that stays until the section ends. */
export function checkTrust(env: Env, { call, regno }: KfuncArgument): void {
  if (!wantsTrusted(env, call) && !hasFlag(call, 'rcu')) return;
  const reg = getReg(env, regno);
  if (isTrusted(reg)) return;
  if (!hasFlag(call, 'rcu')) rejectReg(regno, `R${regno} must be referenced or trusted`);
  if ((reg.flags & RCU) === 0) rejectReg(regno, `R${regno} must be a rcu pointer`);
}

export function checkContext(env: Env, { call, regno }: KfuncArgument): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'ctx') rejectReg(regno, `arg#${regno - 1} expected pointer to ctx, but got ${typeText(reg)}`);
  if (isNamed(call, 'bpf_cast_to_kern_ctx')) call.returnBtfId = kernelContextId(env, call);
}

/** The kernel's types say what is behind each context, as members of one structure. Mirrors `get_kern_ctx_btf_id`. */
function kernelContextId(env: Env, call: KfuncCall): number {
  const btf = kernelTypes(env, titleOf(call));
  const table = typeAt(btf, findByName(btf, 'struct', 'bpf_ctx_convert') ?? 0);
  const wanted = `BPF_PROG_TYPE_${env.program.type.toUpperCase()}_kern`;
  const member = table.kind === 'struct' ? table.members.find(({ name }) => name === wanted) : undefined;
  if (member === undefined) return unsupported(`${titleOf(call)} in ${env.program.type} programs`);
  const { kind } = typeAt(btf, member.type);
  if (kind !== 'struct' && kind !== 'union') reject(`kern ctx type id ${member.type} is not a struct`);
  return member.type;
}

/** The pointer must point to the structure the function names, or to what may stand for it. */
export function checkKernelObject(env: Env, argument: KfuncArgument, wantedName: string): void {
  const { regno } = argument;
  const reg = getReg(env, regno);
  const unsafe = reg.kind !== 'btfId' || (hasUnsafeFlags(reg) && (reg.flags & RCU) === 0);
  if (unsafe && structBehind(reg) === null) {
    const expected = registerTypeText(reg.kind, reg.flags & TRUSTED_FLAGS);
    rejectReg(regno, `arg#${regno - 1} is ${typeText(reg)} expected ${expected} or socket`);
  }
  checkStruct(env, argument, wantedName);
}

/** Mirrors `process_kf_arg_ptr_to_btf_id`. */
function checkStruct(env: Env, { call, regno }: KfuncArgument, wantedName: string): void {
  const kernel = kernelTypes(env, titleOf(call));
  const reg = getReg(env, regno);
  const wanted = findByName(kernel, 'struct', wantedName) ?? findByName(kernel, 'union', wantedName) ?? 0;
  const { btf, id } = structOf(kernel, reg);
  const given = nameOf(typeAt(btf, id));
  const strict = (hasFlag(call, 'release') && reg.refObjId !== 0) || isAlias(given, wantedName);
  // Objects of the program's own types are never the kernel's.
  const match =
    btf === kernel ? matchStructs(btf, id, reg.off, wanted, strict) : unsupported('objects of the program’s own types');
  if (match.same || isProjectionOf(wantedName, given)) return;
  const word = kindWord(typeFromBtf(kernel, wanted));
  const has = typeFromBtf(btf, id);
  const what = `expected pointer to ${word} ${wantedName} but R${regno} has a pointer to ${kindWord(has)} ${nameOfType(has)}`;
  rejectReg(regno, ...match.lines, `kernel function ${call.kfunc.name} args#${regno - 1} ${what}`);
}

function structOf(kernel: Btf, reg: RegisterState): { readonly btf: Btf; readonly id: number } {
  if (reg.kind === 'btfId' && reg.btf !== null) return { btf: reg.btf, id: resolveId(reg.btf, reg.btfId) };
  return { btf: kernel, id: findByName(kernel, 'struct', structBehind(reg) ?? '') ?? 0 };
}

const NO_CAST = '___init';

/** Names of which one is the other with `___init`: never the same. Mirrors `btf_type_ids_nocast_alias`. */
function isAlias(a: string, b: string): boolean {
  return a === `${b}${NO_CAST}` || b === `${a}${NO_CAST}`;
}
