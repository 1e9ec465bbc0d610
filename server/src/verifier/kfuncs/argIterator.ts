/** Arguments that are open-coded iterators, and what they return. Mirrors `process_iter_arg`, v6.18. */
import type { Env } from '../env.ts';
import { unsupported } from '../rejection.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { titleOf } from './kfuncCall.ts';

/** Leaves in `call.iterator` where it lies. */
export function checkIteratorArgument(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** Whether what the iterator yields is protected by RCU only. Mirrors `get_iter_from_state` as r0 is made. */
export function yieldsRcu(_env: Env, call: KfuncCall): boolean {
  return unsupported(titleOf(call));
}

/** Two ways on: another element, or the end. Mirrors `process_iter_next_call`; r0 is set. */
export function stepIterator(_env: Env, call: KfuncCall): void {
  unsupported(titleOf(call));
}
