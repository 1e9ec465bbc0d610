/** Arguments that are dynptrs. Mirrors the part of `check_kfunc_args` for KF_ARG_PTR_TO_DYNPTR, v6.18. */
import { checkDynptr, dynptrOf } from '../checkDynptr.ts';
import type { Env } from '../env.ts';
import { getReg } from '../registers.ts';
import { reject, unsupported } from '../rejection.ts';
import { mayWriteSlices } from '../require.ts';
import type { DynptrType, RegisterState } from '../state/register.ts';
import { pointer, RDONLY } from '../state/register.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { endsIn, isNamed, titleOf } from './kfuncCall.ts';

/** What the functions that make dynptrs of packets make. */
const MAKERS: Readonly<Record<string, DynptrType>> = {
  bpf_dynptr_from_skb: 'skb',
  bpf_dynptr_from_xdp: 'xdp',
  bpf_dynptr_from_skb_meta: 'skbMeta',
};

/** Leaves in `call.dynptr` what is known of a dynptr that had been made before. */
export function checkDynptrArgument(env: Env, { call, regno, param }: KfuncArgument): void {
  const constant = getReg(env, regno).kind === 'dynptr';
  if (endsIn(param, '__uninit')) {
    // The kernel calls this a bug of its own.
    if (constant) unsupported(`${titleOf(call)} on a constant dynptr`);
    const creates = createdType(call);
    const cloneOf = isNamed(call, 'bpf_dynptr_clone') ? (call.dynptr?.refObjId ?? 0) : 0;
    checkDynptr(env, regno, { creates, readOnly: false, wants: null, cloneOf });
    return;
  }
  checkDynptr(env, regno, { creates: null, readOnly: constant, wants: null, cloneOf: 0 });
  call.dynptr = dynptrOf(env, regno);
}

/** A clone is what it is a clone of. */
function createdType(call: KfuncCall): DynptrType {
  if (isNamed(call, 'bpf_dynptr_clone') && call.dynptr !== null) return call.dynptr.type;
  return MAKERS[call.kfunc.name] ?? unsupported(titleOf(call));
}

/** A released dynptr (of a file): mirrors `unmark_stack_slots_dynptr` as `check_kfunc_call` asks for it. */
export function releaseDynptr(_env: Env, call: KfuncCall): void {
  unsupported(titleOf(call));
}

/** What r0 is after bpf_dynptr_slice and bpf_dynptr_slice_rdwr, before the mark that it may be null. */
export function slicePointer(env: Env, call: KfuncCall): RegisterState {
  const writable = isNamed(call, 'bpf_dynptr_slice_rdwr');
  if (writable && !mayWriteSlices(env.program.type)) reject('the prog does not allow writes to packet data');
  const { id, type } = call.dynptr ?? unsupported(titleOf(call));
  return pointer('mem', {
    flags: writable ? 0 : RDONLY,
    memSize: Number(BigInt.asUintN(32, call.constant ?? 0n)),
    detail: { what: 'slice', dynptrId: id, type },
  });
}
