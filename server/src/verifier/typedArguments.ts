/**
 * Arguments of global functions that point to structures of the kernel, or to anything. Mirrors the parts of
 * `btf_prepare_func_args` for `arg:trusted` and `arg:untrusted`, and `btf_get_ptr_to_btf_id`, v6.18.
 */
import type { Btf, BtfType } from '../btf/btf.ts';
import { nameOf, resolveId, typeAt } from '../btf/query.ts';
import { candidatesFor } from '../core/candidates.ts';
import { checkUnmodifiedObject } from './checkHelper.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { getReg } from './registers.ts';
import { reject, rejectReg } from './rejection.ts';
import { ACCEPTED } from './require.ts';
import type { RegisterState } from './state/register.ts';
import {
  isZeroScalar,
  MAYBE_NULL,
  mayBeNull,
  pointer,
  RDONLY,
  registerTypeText,
  TRUSTED,
  typeText,
  UNTRUSTED,
} from './state/register.ts';
import { matchStructs, shown } from './structWalk.ts';

export type TypedArgument =
  /** `id` is the structure's in the kernel's types. */
  | { readonly kind: 'object'; readonly id: number; readonly orNull: boolean }
  | { readonly kind: 'untrustedObject'; readonly id: number }
  /** Anything at all, read with care. */
  | { readonly kind: 'untrustedMemory' };

/** Null where the tags ask for nothing of the sort. `pointee` is what the parameter points to. */
export function readTypedArgument(
  env: Env,
  btf: Btf,
  pointee: number,
  tags: readonly string[],
  index: number,
): TypedArgument | null {
  if (tags.includes('trusted')) {
    if (tags.includes('nonnull')) reject(`arg#${index} has invalid combination of tags`);
    return { kind: 'object', id: kernelTypeOf(env, btf, pointee, index), orNull: tags.includes('nullable') };
  }
  if (!tags.includes('untrusted')) return null;
  if (tags.some((tag) => tag !== 'untrusted')) reject(`arg#${index} untrusted cannot be combined with any other tags`);
  if (isPrimitive(typeAt(btf, resolveId(btf, pointee)))) return { kind: 'untrustedMemory' };
  const id = kernelTypeOf(env, btf, pointee, index);
  const type = typeAt(kernelTypes(env, ASKS), id);
  if (type.kind !== 'struct' && type.kind !== 'union')
    reject(`arg#${index} has type ${kindOf(type)} '${shown('')}', but only struct or primitive types are allowed`);
  return { kind: 'untrustedObject', id };
}

const ASKS = 'arguments of global functions that point to kernel structures';

/** Mirrors `btf_type_is_primitive`, and `void`. */
function isPrimitive(type: BtfType): boolean {
  if (type.kind === 'int')
    return type.offsetBits === 0 && type.bits === 8 * type.size && [1, 2, 4, 8, 16].includes(type.size);
  return type.kind === 'enum' || type.kind === 'void';
}

/** The kernel's word for the kind: `STRUCT`. */
export function kindOf(type: BtfType): string {
  return type.kind === 'void' ? 'UNKNOWN' : type.kind.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}

/** The one type of the kernel that has the kind and name, flavours aside. */
function kernelTypeOf(env: Env, btf: Btf, pointee: number, index: number): number {
  const local = resolveId(btf, pointee);
  const type = typeAt(btf, local);
  const what = `arg#${index} reference type('${kindOf(type)} ${shown(nameOf(type))}')`;
  if (nameOf(type) === '') reject(`${what} candidate matching error: -22`);
  const [found, ...others] = candidatesFor(btf, local, kernelTypes(env, ASKS));
  if (found === undefined) return reject(`${what} has no matches`);
  return others.length === 0 ? found : reject(`${what} is ambiguous`);
}

export function anyTyped(env: Env, argument: TypedArgument): RegisterState {
  switch (argument.kind) {
    case 'object': {
      const flags = TRUSTED | (argument.orNull ? MAYBE_NULL : 0);
      return pointer('btfId', { flags, btf: kernelTypes(env, ASKS), btfId: argument.id, id: nextId(env) });
    }
    case 'untrustedObject':
      return pointer('btfId', { flags: UNTRUSTED, btf: kernelTypes(env, ASKS), btfId: argument.id, id: nextId(env) });
    case 'untrustedMemory':
    default:
      return pointer('mem', { flags: RDONLY | UNTRUSTED, memSize: 0 });
  }
}

/** What may be gone is taken from anywhere; the other kind as helpers take it. Mirrors `check_reg_type`. */
export function checkTypedArgumentOf(env: Env, argument: TypedArgument, regno: number): void {
  if (argument.kind !== 'object') return;
  const reg = getReg(env, regno);
  if (argument.orNull && isZeroScalar(reg)) return;
  const flags = argument.orNull ? reg.flags & ~MAYBE_NULL : reg.flags;
  const accepted = ACCEPTED.btfId ?? [];
  if (!accepted.some((one) => one.kind === reg.kind && one.flags === flags)) {
    const list = accepted.map((one) => registerTypeText(one.kind, one.flags)).join(', ');
    rejectReg(regno, `R${regno} type=${typeText(reg)} expected=${list}`);
  }
  if (mayBeNull(reg) && !argument.orNull) rejectReg(regno, `Possibly NULL pointer passed to helper arg${regno}`);
  checkStruct(env, argument.id, regno, reg);
  checkUnmodifiedObject(reg, regno);
}

function checkStruct(env: Env, wanted: number, regno: number, reg: RegisterState): void {
  const kernel = kernelTypes(env, ASKS);
  const match =
    reg.btf === kernel ? matchStructs(kernel, reg.btfId, reg.off, wanted, false) : { same: false, lines: [] };
  if (match.same) return;
  const own = reg.btf === null ? '' : nameOf(typeAt(reg.btf, reg.btfId));
  rejectReg(regno, ...match.lines, `R${regno} is of type ${own} but ${nameOf(typeAt(kernel, wanted))} is expected`);
}
