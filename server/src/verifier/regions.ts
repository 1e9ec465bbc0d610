/** Regions in which a program must not sleep, or in which objects stay valid. Mirrors `in_rcu_cs` and its like, v6.18. */
import type { Env } from './env.ts';
import { RCU, UNTRUSTED, MAYBE_NULL, change } from './state/register.ts';
import type { RegisterState } from './state/register.ts';
import { ITER } from './state/stack.ts';
import type { Regions } from './walkState.ts';
import { replaceRegisters } from './walkState.ts';

export function changeRegions(env: Env, to: Partial<Regions>): void {
  env.state.regions = { ...env.state.regions, ...to };
}

/** Whether the program may sleep here at all. Mirrors `in_sleepable`. */
export function inSleepable(env: Env): boolean {
  return env.program.sleepable || env.state.regions.sleepable;
}

/** Programs that do not sleep are one RCU section as a whole. */
export function inRcu(env: Env): boolean {
  const { rcu, locks } = env.state.regions;
  return rcu > 0 || locks > 0 || !inSleepable(env);
}

/** What RCU alone kept valid may be gone behind the section, in registers, spilled and in iterators. */
export function endRcu(env: Env): void {
  replaceRegisters(env.state, expire);
  for (const { stack } of env.state.frames)
    stack.forEach((slot, i) => {
      if (slot.types >>> 28 !== ITER) return;
      const reg = expire(slot.reg);
      if (reg !== slot.reg) stack[i] = { types: slot.types, reg };
    });
}

function expire(reg: RegisterState): RegisterState {
  if ((reg.flags & RCU) === 0) return reg;
  return change(reg, { flags: (reg.flags & ~(RCU | MAYBE_NULL)) | UNTRUSTED });
}
