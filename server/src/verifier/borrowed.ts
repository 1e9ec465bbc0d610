/** Objects that a list or tree of the program holds: they may be used while its lock is held. */
import type { Env } from './env.ts';
import { fieldOf } from './fields/specialField.ts';
import { recordOfRegister } from './specialFields.ts';
import type { RegisterState } from './state/register.ts';
import { change, NON_OWN_REF, RCU, UNKNOWN_SCALAR } from './state/register.ts';
import { replaceRegisters } from './walkState.ts';

/** Whoever gets the lock next may free them. Mirrors `invalidate_non_owning_refs`, v6.18. */
export function forgetBorrowed(env: Env): void {
  replaceRegisters(env.state, (reg) => (reg.flags & NON_OWN_REF ? UNKNOWN_SCALAR : reg));
}

/** Objects that are counted stay until all readers have left. Mirrors `ref_set_non_owning`. */
export function borrowed(env: Env, reg: RegisterState): RegisterState {
  const counted = fieldOf(recordOfRegister(env, reg), 'refcount') !== null;
  return change(reg, { flags: reg.flags | NON_OWN_REF | (counted ? RCU : 0) });
}
