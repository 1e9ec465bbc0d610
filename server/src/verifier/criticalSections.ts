/** Where on the path: may it sleep, do readers hold what they read? Mirrors `in_sleepable` and `in_rcu_cs`, v6.18. */
import type { Env } from './env.ts';

export function inSleepable(env: Env): boolean {
  return env.program.sleepable || env.state.regions.sleepable;
}

/** Programs that cannot sleep are read-side sections as a whole; a held lock makes one of any. */
export function inRcuSection(env: Env): boolean {
  const { rcu, locks } = env.state.regions;
  return rcu > 0 || locks > 0 || !inSleepable(env);
}
