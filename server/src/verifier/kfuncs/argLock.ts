/** Resilient spin locks and saved interrupt flags. Mirrors `process_spin_lock` and `process_irq_flag`, v6.18. */
import type { Env } from '../env.ts';
import { unsupported } from '../rejection.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { titleOf } from './kfuncCall.ts';

/** bpf_local_irq_save and _restore, and the flags of the `…_irqsave` locks. */
export function checkIrqFlag(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

export function checkResLock(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}

/** Taking such a lock may fail: a path with an error in r0 goes on behind the call. Asked for before the arguments. */
export function forkFailedLock(_env: Env, call: KfuncCall): void {
  unsupported(titleOf(call));
}
