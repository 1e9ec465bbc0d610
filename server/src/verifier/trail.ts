/** The instructions a path executed, last first, from the history that walking back uses. */
import type { Env } from './env.ts';
import type { WalkState } from './walkState.ts';

/** At most `limit` pcs before the one the walk stands on. */
export function executedBefore(env: Env, limit: number): number[] {
  const pcs: number[] = [];
  let state: WalkState | null = env.state;
  let pc = state.pc;
  let skips = true;
  while (state !== null && pcs.length < limit) {
    const { history, firstPc } = state;
    let left = history.length;
    for (;;) {
      if (skips) skips = false;
      else pcs.push(pc);
      if (pcs.length >= limit) return pcs;
      const entry = left > 0 && history[left - 1]?.pc === pc ? history[left - 1] : undefined;
      if (pc === firstPc && (left === 0 || (left === 1 && entry !== undefined))) break;
      if (entry !== undefined) left--;
      pc = entry === undefined ? pc - 1 : entry.prevPc;
      if (pc < 0) return pcs;
    }
    state = state.parent;
    pc = state?.lastPc ?? -1;
    if (pc < 0) break;
  }
  return pcs;
}
