/** Objects that a list or tree of the program holds: they may be used while its lock is held. */
import type { Env } from './env.ts';
import { NON_OWN_REF, UNKNOWN_SCALAR } from './state/register.ts';
import { replaceRegisters } from './walkState.ts';

/** Whoever gets the lock next may free them. Mirrors `invalidate_non_owning_refs`, v6.18. */
export function forgetBorrowed(env: Env): void {
  replaceRegisters(env.state, (reg) => (reg.flags & NON_OWN_REF ? UNKNOWN_SCALAR : reg));
}
