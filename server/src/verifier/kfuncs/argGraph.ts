/** Lists, trees and the objects in them. Mirrors parts of `check_kfunc_args` and `check_special_kfunc`, v6.18. */
import { sizeOf, typeAt } from '../../btf/query.ts';
import { borrowed } from '../borrowed.ts';
import type { Env } from '../env.ts';
import { fieldOf } from '../fields/specialField.ts';
import { checkNode, graphRoot, insideAddCallback } from '../graphs.ts';
import { releaseReference } from '../references.ts';
import { getReg } from '../registers.ts';
import { reject, rejectReg } from '../rejection.ts';
import { recordOfRegister, recordOfStruct } from '../specialFields.ts';
import type { RegisterState } from '../state/register.ts';
import { ALLOC, change, NON_OWN_REF, PERCPU, pointer } from '../state/register.ts';
import { replaceRegisters } from '../walkState.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { isNamed } from './kfuncCall.ts';
import { isScalarStruct } from './proto.ts';

/** A list head or tree root: leaves it in `call.root`. */
export function checkGraphRoot(env: Env, { call, regno, param }: KfuncArgument): void {
  const reg = getReg(env, regno);
  const isObject = reg.kind === 'btfId' && reg.flags === ALLOC;
  if (!isObject && !(reg.kind === 'mapValue' && reg.flags === 0))
    rejectReg(regno, `arg#${regno - 1} expected pointer to map value or allocated object`);
  if (isObject && reg.refObjId === 0) rejectReg(regno, 'allocated object must be referenced');
  const isList = param.type.kind === 'ptr' && param.type.to.kind === 'struct' && param.type.to.name === 'bpf_list_head';
  call.root = graphRoot(env, regno, isList ? 'listHead' : 'rbRoot');
}

/** A node of a list or tree. */
export function checkGraphNode(env: Env, { call, regno }: KfuncArgument): void {
  const reg = getReg(env, regno);
  if (isNamed(call, ...NODE_TAKERS)) {
    if (reg.kind !== 'btfId' || reg.flags !== ALLOC)
      rejectReg(regno, `arg#${regno - 1} expected pointer to allocated object`);
    if (reg.refObjId === 0) rejectReg(regno, 'allocated object must be referenced');
  } else {
    if ((reg.flags & NON_OWN_REF) === 0 && reg.refObjId === 0)
      rejectReg(regno, `${call.kfunc.name} can only take non-owning or refcounted bpf_rb_node pointer`);
    if (insideAddCallback(env)) rejectReg(regno, `${call.kfunc.name} not allowed in rbtree cb`);
  }
  if (call.root !== null) checkNode(env, regno, call.root);
  call.argBtf = reg.btf;
  call.argBtfId = reg.btfId;
}

export const NODE_TAKERS = ['bpf_list_push_front_impl', 'bpf_list_push_back_impl', 'bpf_rbtree_add_impl'];

/** An allocated object that is given back (`__alloc`). */
export function checkAllocated(env: Env, { call, regno }: KfuncArgument): void {
  const reg = getReg(env, regno);
  const isPercpu = reg.flags === (ALLOC | PERCPU);
  if (reg.kind !== 'btfId' || (reg.flags !== ALLOC && !isPercpu))
    rejectReg(regno, `arg#${regno - 1} expected pointer to allocated object`);
  const taker = isPercpu ? 'bpf_percpu_obj_drop_impl' : 'bpf_obj_drop_impl';
  if (!isNamed(call, taker)) rejectReg(regno, `arg#${regno - 1} expected for ${taker}()`);
  if (reg.refObjId === 0) rejectReg(regno, 'allocated object must be referenced');
  call.argBtf = reg.btf;
  call.argBtfId = reg.btfId;
}

/** An object with a reference count (`__refcounted_kptr`): sets `call.owningRef` and its type. */
export function checkRefcounted(env: Env, { call, regno }: KfuncArgument): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'btfId' || (reg.flags & ALLOC) === 0)
    rejectReg(regno, `arg#${regno - 1} is neither owning or non-owning ref`);
  if ((reg.flags & NON_OWN_REF) === 0) call.owningRef = true;
  if (fieldOf(recordOfRegister(env, reg), 'refcount') === null)
    rejectReg(regno, `arg#${regno - 1} doesn't point to a type with bpf_refcount field`);
  call.argBtf = reg.btf;
  call.argBtfId = reg.btfId;
}

/** What was pushed or added is no longer owned. Mirrors `ref_convert_owning_non_owning` as `check_kfunc_call` asks. */
export function giveAwayNode(env: Env, call: KfuncCall): void {
  const { refObjId } = getReg(env, 2);
  replaceRegisters(env.state, (reg) => (reg.refObjId === refObjId ? borrowed(env, change(reg, { refObjId: 0 })) : reg));
  if (!releaseReference(env, refObjId))
    reject(`kfunc ${call.kfunc.name}#${call.id} reference has not been acquired before`);
}

/** r0 after bpf_obj_new_impl, bpf_percpu_obj_new_impl and bpf_refcount_acquire_impl, before the mark for null. */
export function allocatedObject(env: Env, call: KfuncCall): RegisterState {
  if (isNamed(call, 'bpf_refcount_acquire_impl'))
    return pointer('btfId', { flags: ALLOC, btf: call.argBtf, btfId: call.argBtfId });
  const { btf } = env.program;
  const id = BigInt.asUintN(64, call.constant ?? 0n);
  if (id > 0xffff_ffffn) reject('local type ID argument must be in range [0, U32_MAX]');
  if (btf === null) return reject('bpf_obj_new/bpf_percpu_obj_new requires prog BTF');
  const typeId = Number(id);
  if (typeAt(btf, typeId).kind !== 'struct')
    reject('bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct');
  const isPercpu = isNamed(call, 'bpf_percpu_obj_new_impl');
  if (isPercpu) checkPercpuType(env, typeId, sizeOf(btf, typeId) ?? 0);
  return pointer('btfId', { flags: isPercpu ? ALLOC | PERCPU : ALLOC, btf, btfId: typeId });
}

/** BPF_GLOBAL_PERCPU_MA_MAX_SIZE. */
const MAX_PERCPU_BYTES = 512;

function checkPercpuType(env: Env, typeId: number, size: number): void {
  const { btf } = env.program;
  if (size > MAX_PERCPU_BYTES) reject(`bpf_percpu_obj_new type size (${size}) is greater than ${MAX_PERCPU_BYTES}`);
  const lines: string[] = [];
  if (btf === null || !isScalarStruct(btf, typeId, () => lines.push('max struct nesting depth exceeded')))
    reject(...lines, 'bpf_percpu_obj_new type ID argument must be of a struct of scalars');
  if (recordOfStruct(env, typeId) !== null)
    reject('bpf_percpu_obj_new type ID argument must not contain special fields');
}

/** r0 that is a node of `call.root`, before the mark for null. Mirrors `mark_reg_graph_node`. */
export function graphNode(env: Env, call: KfuncCall): RegisterState {
  const { valueId = 0, nodeOff = 0 } = call.root?.element ?? {};
  return pointer('btfId', { flags: ALLOC, btf: env.program.btf, btfId: valueId, off: nodeOff });
}

/** r0 that stays in its list or tree. Mirrors `ref_set_non_owning`. */
export function borrowedNode(env: Env, _call: KfuncCall, node: RegisterState): RegisterState {
  return borrowed(env, node);
}
