/** Lists, trees and the objects in them. Mirrors `process_kf_arg_ptr_to_graph_root` and `…_node`, v6.18. */
import type { Env } from '../env.ts';
import { unsupported } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { titleOf } from './kfuncCall.ts';

/** A list head or tree root: leaves it in `call.root`. */
export function checkGraphRoot(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** A node of a list or tree. */
export function checkGraphNode(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** An allocated object that is given back (`__alloc`). */
export function checkAllocated(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** An object with a reference count (`__refcounted_kptr`): sets `call.owningRef` and its type. */
export function checkRefcounted(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** What was pushed or added is no longer owned. Mirrors `ref_convert_owning_non_owning` as `check_kfunc_call` asks. */
export function giveAwayNode(_env: Env, call: KfuncCall): void {
  unsupported(titleOf(call));
}

/** r0 after bpf_obj_new_impl, bpf_percpu_obj_new_impl and bpf_refcount_acquire_impl, before the mark for null. */
export function allocatedObject(_env: Env, call: KfuncCall): RegisterState {
  return unsupported(titleOf(call));
}

/** r0 that is a node of `call.root`, before the mark for null. Mirrors `mark_reg_graph_node`. */
export function graphNode(_env: Env, call: KfuncCall): RegisterState {
  return unsupported(titleOf(call));
}

/** r0 that stays in its list or tree. Mirrors `ref_set_non_owning`. */
export function borrowedNode(_env: Env, call: KfuncCall, _node: RegisterState): RegisterState {
  return unsupported(titleOf(call));
}
