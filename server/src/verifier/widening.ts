/** Between two rounds of a loop, what decided nothing is forgotten. Mirrors `widen_imprecise_scalars`, v6.18. */
import type { Env } from './env.ts';
import { identicalRegisters, newIdMap } from './prune.ts';
import type { IdMap } from './prune.ts';
import { regAt, setSlot, slotAt, setRegister } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { UNKNOWN_SCALAR } from './state/register.ts';
import { isSpilled } from './state/stack.ts';
import type { WalkState } from './walkState.ts';

/** Numbers that changed between two rounds and decided nothing become unknown, so that the rounds become alike. */
export function widen(env: Env, old: WalkState, current: WalkState): void {
  const ids = newIdMap(env);
  for (let frameno = old.frames.length - 1; frameno >= 0; frameno--) {
    const was = old.frames[frameno];
    const now = current.frames[frameno];
    if (was === undefined || now === undefined) continue;
    for (let i = 0; i < 11; i++) {
      const reg = widened(regAt(was, i), regAt(now, i), ids);
      if (reg !== regAt(now, i)) setRegister(now, i, reg);
    }
    const slots = Math.min(was.stack.length, now.stack.length);
    for (let i = 0; i < slots; i++) {
      const slot = slotAt(now, i);
      if (!isSpilled(slotAt(was, i)) || !isSpilled(slot)) continue;
      const reg = widened(slotAt(was, i).reg, slot.reg, ids);
      if (reg !== slot.reg) setSlot(now, i, { types: slot.types, reg });
    }
  }
}

function widened(old: RegisterState, current: RegisterState, ids: IdMap): RegisterState {
  if (old.kind !== 'scalar' || current.kind !== 'scalar' || old.precise || current.precise) return current;
  return identicalRegisters(old, current, ids) ? current : UNKNOWN_SCALAR;
}
