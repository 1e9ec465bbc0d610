/** Arguments that are dynptrs. Mirrors `process_dynptr_func` and its caller `check_kfunc_args`, v6.18. */
import type { Env } from '../env.ts';
import { unsupported } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { titleOf } from './kfuncCall.ts';

/** Leaves in `call.dynptr` what is known of a dynptr that had been made before. */
export function checkDynptrArgument(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** A released dynptr (of a file): mirrors `unmark_stack_slots_dynptr` as `check_kfunc_call` asks for it. */
export function releaseDynptr(_env: Env, call: KfuncCall): void {
  unsupported(titleOf(call));
}

/** What r0 is after bpf_dynptr_slice and bpf_dynptr_slice_rdwr, before the mark that it may be null. */
export function slicePointer(_env: Env, call: KfuncCall): RegisterState {
  return unsupported(titleOf(call));
}
