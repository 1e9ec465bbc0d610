/** Regions in which a program must not sleep, or in which objects stay valid. Mirrors `in_rcu_cs` and its like, v6.18. */
import type { Env } from './env.ts';
import { helperName } from './helperNames.ts';
import { reject } from './rejection.ts';
import { setSlot } from './state/frame.ts';
import { RCU, UNTRUSTED, MAYBE_NULL, change } from './state/register.ts';
import type { RegisterState } from './state/register.ts';
import { ITER } from './state/stack.ts';
import type { Regions } from './walkState.ts';
import { replaceRegisters } from './walkState.ts';

export function changeRegions(env: Env, to: Partial<Regions>): void {
  env.state.regions = { ...env.state.regions, ...to };
}

/** Whether the path may sleep at all: a program's timers run where nothing may. Mirrors `in_sleepable`. */
export function inSleepable(env: Env): boolean {
  return env.state.regions.sleepable;
}

/** Programs that do not sleep are one RCU section as a whole. */
export function inRcu(env: Env): boolean {
  const { rcu, locks } = env.state.regions;
  return rcu > 0 || locks > 0 || !inSleepable(env);
}

/** A helper that may sleep. Mirrors a part of `check_helper_call`. */
export function refuseSleepingHelper(env: Env, id: number): void {
  if (!inSleepable(env)) reject('helper call might sleep in a non-sleepable prog');
  const { rcu, preemptOff, irqId } = env.state.regions;
  const helper = `sleepable helper ${helperName(id)}#${id}`;
  if (rcu > 0) reject(`${helper} in rcu_read_lock region`);
  if (preemptOff > 0) reject(`${helper} in non-preemptible region`);
  if (irqId !== 0) reject(`${helper} in IRQ-disabled region`);
}

/** A global function that may sleep. Mirrors a part of `check_func_call`. */
export function refuseSleepingFunction(env: Env): void {
  const { rcu, preemptOff, irqId } = env.state.regions;
  if (inSleepable(env) && rcu === 0 && preemptOff === 0 && irqId === 0) return;
  reject(
    'global functions that may sleep are not allowed in non-sleepable context,',
    'i.e., in a RCU/IRQ/preempt-disabled section, or in',
    'a non-sleepable BPF program context',
  );
}

/** What RCU alone kept valid may be gone behind the section, in registers, spilled and in iterators. */
export function endRcu(env: Env): void {
  replaceRegisters(env.state, expire);
  for (const frame of env.state.frames)
    frame.stack.forEach((slot, i) => {
      if (slot.types >>> 28 !== ITER) return;
      const reg = expire(slot.reg);
      if (reg !== slot.reg) setSlot(frame, i, { types: slot.types, reg });
    });
}

function expire(reg: RegisterState): RegisterState {
  if ((reg.flags & RCU) === 0) return reg;
  return change(reg, { flags: (reg.flags & ~(RCU | MAYBE_NULL)) | UNTRUSTED });
}
