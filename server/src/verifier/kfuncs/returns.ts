/** What r0 holds after a call of a kernel function. Mirrors the second half of `check_kfunc_call`, v6.18. */
import { resolveId, typeAt } from '../../btf/query.ts';
import type { Env } from '../env.ts';
import { nextId } from '../env.ts';
import { kernelTypes } from '../kernelTypes.ts';
import { acquireReference } from '../references.ts';
import { reject } from '../rejection.ts';
import { hasLock } from '../specialFields.ts';
import type { RegisterState } from '../state/register.ts';
import {
  change,
  MAYBE_NULL,
  NOT_INIT,
  pointer,
  RCU,
  RDONLY,
  TRUSTED,
  UNKNOWN_SCALAR,
  UNTRUSTED,
  ZERO_SCALAR,
} from '../state/register.ts';
import { slicePointer } from './argDynptr.ts';
import { allocatedObject, borrowedNode, graphNode } from './argGraph.ts';
import { yieldsRcu } from './argIterator.ts';
import type { KfuncCall } from './kfuncCall.ts';
import { hasFlag, isNamed, titleOf } from './kfuncCall.ts';
import type { KfuncType } from './proto.ts';
import { kindWord, nameOfType, sizeOfType } from './proto.ts';

export function returnedValue(env: Env, call: KfuncCall): RegisterState {
  const { returns } = call.proto;
  if (hasFlag(call, 'acquire') && !isStructPointer(returns) && !isNamed(call, ...ALLOCATORS))
    reject('acquire kernel function does not return PTR_TO_BTF_ID');
  switch (returns.kind) {
    case 'scalar':
      return isNamed(call, 'bpf_res_spin_lock', 'bpf_res_spin_lock_irqsave') ? ZERO_SCALAR : UNKNOWN_SCALAR;
    case 'ptr':
      return returnedPointer(env, call, returns.to);
    default:
      return NOT_INIT;
  }
}

const ALLOCATORS = ['bpf_obj_new_impl', 'bpf_percpu_obj_new_impl', 'bpf_refcount_acquire_impl'];

function isStructPointer(type: KfuncType): boolean {
  return type.kind === 'ptr' && type.to.kind === 'struct';
}

function returnedPointer(env: Env, call: KfuncCall, to: KfuncType): RegisterState {
  let reg = specialPointer(env, call, to) ?? plainPointer(env, call, to);
  // Null belongs to the kernel's check of all pointers, even where `void *` has been taken for a number.
  if (returnsNull(call)) reg = change(reg, { flags: reg.flags | MAYBE_NULL, id: nextId(env) });
  if (hasFlag(call, 'acquire')) {
    const reference = acquireReference(env);
    reg = change(reg, { refObjId: reference, id: returnsNull(call) ? reference : reg.id });
  } else if (isGraphNode(to)) reg = borrowedNode(env, call, reg);
  return reg.id === 0 && hasLock(env, reg) ? change(reg, { id: nextId(env) }) : reg;
}

/** Mirrors `is_kfunc_ret_null`. */
function returnsNull(call: KfuncCall): boolean {
  if (isNamed(call, 'bpf_refcount_acquire_impl') && call.owningRef) return false;
  return hasFlag(call, 'retNull');
}

function isGraphNode(to: KfuncType): boolean {
  const name = nameOfType(to);
  return name === 'bpf_list_node' || name === 'bpf_rb_node';
}

/** Mirrors `check_special_kfunc`; null for functions that are not special. */
function specialPointer(env: Env, call: KfuncCall, to: KfuncType): RegisterState | null {
  if (isNamed(call, ...ALLOCATORS)) return allocatedObject(env, call);
  if (isGraphNode(to)) return graphNode(env, call);
  if (isNamed(call, 'bpf_dynptr_slice', 'bpf_dynptr_slice_rdwr')) return slicePointer(env, call);
  if (isNamed(call, 'bpf_cast_to_kern_ctx'))
    return pointer('btfId', { flags: TRUSTED, btf: kernelTypes(env, titleOf(call)), btfId: call.returnBtfId });
  return isNamed(call, 'bpf_rdonly_cast') ? castPointer(env, call) : null;
}

/** bpf_rdonly_cast: anything may be read as the structure, or as plain bytes. */
function castPointer(env: Env, call: KfuncCall): RegisterState {
  const btf = kernelTypes(env, titleOf(call));
  const id = Number(call.constant ?? 0n);
  const type = typeAt(btf, id);
  if (type.kind === 'struct' || type.kind === 'union')
    return pointer('btfId', { flags: UNTRUSTED, btf, btfId: resolveId(btf, id) });
  if (id === 0) return pointer('mem', { flags: RDONLY | UNTRUSTED, memSize: 0 });
  if (type.kind === 'void') reject(`Unknown type ID ${id} passed to kfunc bpf_rdonly_cast`);
  return reject('kfunc bpf_rdonly_cast type ID argument must be of a struct or void');
}

function plainPointer(env: Env, call: KfuncCall, to: KfuncType): RegisterState {
  if (to.kind === 'void') return UNKNOWN_SCALAR;
  return to.kind === 'struct' ? objectPointer(env, call, to) : memoryPointer(call, to);
}

function memoryPointer(call: KfuncCall, to: KfuncType): RegisterState {
  const known = call.r0Size === 0 ? sizeOfType(call.proto.btf, to) : null;
  if (known !== null) {
    call.r0Size = known;
    call.r0ReadOnly = true;
  }
  if (call.r0Size === 0)
    reject(
      `kernel function ${call.kfunc.name} returns pointer type ${kindWord(to)} ${nameOfType(to)} is not supported`,
    );
  const flags = (call.r0ReadOnly ? RDONLY : 0) | (hasFlag(call, 'rcuProtected') ? RCU : 0);
  return pointer('mem', { flags, memSize: call.r0Size, refObjId: call.refObjId });
}

function objectPointer(env: Env, call: KfuncCall, to: Extract<KfuncType, { kind: 'struct' }>): RegisterState {
  const btf = kernelTypes(env, titleOf(call));
  return pointer('btfId', { flags: trustOf(env, call), btf, btfId: to.id });
}

/** What was acquired is trusted by its reference alone. */
function trustOf(env: Env, call: KfuncCall): number {
  if (isNamed(call, 'bpf_get_kmem_cache')) return UNTRUSTED;
  if (hasFlag(call, 'rcuProtected')) return RCU;
  if (!hasFlag(call, 'iterNext')) return 0;
  return yieldsRcu(env, call) ? RCU : TRUSTED;
}
