/** Objects that must be given back. Mirrors `acquire_reference` and `release_reference`, v6.18. */
import type { Env } from './env.ts';
import { frameOf, nextId } from './env.ts';
import { reject } from './rejection.ts';
import { regAt } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { NOT_INIT, UNKNOWN_SCALAR } from './state/register.ts';
import type { Reference, WalkState } from './walkState.ts';
import { replaceRegisters } from './walkState.ts';

export function acquireReference(env: Env): number {
  const id = nextId(env);
  env.state.refs = [...env.state.refs, { kind: 'object', id, pc: env.pc, owner: null }];
  return id;
}

/** Forgets the reference; false when it was not held. The others keep their order. */
export function dropReference(state: WalkState, id: number): boolean {
  const refs = state.refs.filter((ref) => ref.id !== id);
  if (refs.length === state.refs.length) return false;
  state.refs = refs;
  return true;
}

/** What a pointer becomes that points nowhere any more. Mirrors `mark_reg_invalid`. */
export function forgottenPointer(env: Env): RegisterState {
  return env.rights.perfmon ? UNKNOWN_SCALAR : NOT_INIT;
}

/** Gives the reference back: pointers into the object are forgotten. */
export function releaseReference(env: Env, id: number): boolean {
  if (!dropReference(env.state, id)) return false;
  const forgotten = forgottenPointer(env);
  replaceRegisters(env.state, (reg) => (reg.refObjId === id ? forgotten : reg));
  return true;
}

/**
 * Mirrors `check_resource_leak`: nothing may be held where the program ends or leaves for good. Of objects that is asked
 * in the outermost function only: the others return to it, except by an exception.
 */
export function checkNothingHeld(env: Env, where: string, isException = false): void {
  const { regions, frames } = env.state;
  if (regions.locks > 0) reject(`${where} cannot be used inside bpf_spin_lock-ed region`);
  const objects = frames.length > 1 && !isException ? [] : heldObjects(env, isException);
  if (objects.length > 0)
    reject(
      ...objects.map((ref) => `Unreleased reference id=${ref.id} alloc_insn=${ref.pc}`),
      `${where} would lead to reference leak`,
    );
  if (regions.irqId !== 0) reject(`${where} cannot be used inside bpf_local_irq_save-ed region`);
  if (regions.rcu > 0) reject(`${where} cannot be used inside bpf_rcu_read_lock-ed region`);
  if (regions.preemptOff > 0) reject(`${where} cannot be used inside bpf_preempt_disable-ed region`);
}

/** What implements a function of the kernel may return an object that it holds. */
function heldObjects(env: Env, isException: boolean): Reference[] {
  const returned = env.program.type === 'struct_ops' && !isException ? regAt(frameOf(env), 0).refObjId : 0;
  return env.state.refs.filter(({ kind, id }) => kind === 'object' && id !== returned);
}

export function refuseUnacquired(helper: string, id: number): never {
  reject(`func ${helper}#${id} reference has not been acquired before`);
}
