/** Kernel structures and variables that helpers return. Mirrors the RET_PTR_TO_BTF_ID cases of `check_helper_call`, v6.18. */
import { findByName, resolve, sizeOf } from '../btf/query.ts';
import { structReturned } from '../kernel/helperTypes.ts';
import type { CallFacts, KnownHelper } from './callFacts.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { unsupported } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import { ALLOC, MAYBE_NULL, pointer, RCU, RDONLY } from './state/register.ts';

/** Helpers that give another view of the same object: it goes with its reference. Mirrors `is_ptr_cast_function`. */
const CASTS: ReadonlySet<number> = new Set([136, 137, 138, 139, 140, 196]);

export function returnedStruct(env: Env, helper: KnownHelper, facts: CallFacts, flags: number): RegisterState {
  const name = structReturned(helper.id);
  if (name === null) return unsupported(`helper ${helper.name}`);
  const btf = kernelTypes(env, `helper ${helper.name}`);
  const btfId = findByName(btf, 'struct', name);
  if (btfId === null) return unsupported(`struct ${name}, which is not among the types of the kernel`);
  const id = flags & MAYBE_NULL ? nextId(env) : 0;
  return pointer('btfId', { flags, btf, btfId, id, refObjId: CASTS.has(helper.id) ? facts.refObjId : 0 });
}

/** The variable that a per-CPU argument leads to: a structure is followed by its type, other memory by its size. */
export function returnedVariable(env: Env, helper: KnownHelper, facts: CallFacts, orNull: boolean): RegisterState {
  const { typed } = facts;
  if (typed === null) return unsupported(`helper ${helper.name}`);
  const { btf, id: btfId } = typed;
  const flags = orNull ? MAYBE_NULL : 0;
  const id = orNull ? nextId(env) : 0;
  const type = resolve(btf, btfId);
  if (typed.allocated) return pointer('btfId', { flags: ALLOC | RCU, btf, btfId });
  if (type.kind === 'struct' || type.kind === 'union') return pointer('btfId', { flags, btf, btfId, id });
  const memSize = sizeOf(btf, btfId);
  if (memSize === null) return unsupported('per-CPU variables of types without a size');
  return pointer('mem', { flags: flags | RDONLY, memSize, id });
}
