/** Paths put aside to be walked later. Mirrors `push_stack` and `pop_stack`, v6.18. */
import type { Env } from './env.ts';
import { logPlace, rewind } from './log.ts';
import { Rejection } from './rejection.ts';
import type { WalkState } from './walkState.ts';
import { copyState } from './walkState.ts';

const MAX_PENDING = 8192;

/** Puts a copy of the current state aside, to go on at `pc`; the copy may still be refined. */
export function pushPath(env: Env, pc: number, prevPc: number, speculative = false): WalkState {
  const state = copyState(env.state);
  if (speculative) state.regions = { ...state.regions, speculative };
  env.pending.push({ state, pc, prevPc, logPlace: logPlace(env.log) });
  if (env.pending.length > MAX_PENDING) refuseTooMany(`The sequence of ${env.pending.length} jumps is too complex.`);
  if (state.parent !== null) state.parent.branches++;
  return state;
}

/** Puts a path aside that begins anew, whatever the current one knows. Mirrors `push_async_cb`. */
export function pushFreshPath(env: Env, state: WalkState, pc: number): void {
  env.pending.push({ state, pc, prevPc: env.pc, logPlace: logPlace(env.log) });
  if (env.pending.length > MAX_PENDING)
    refuseTooMany(`The sequence of ${env.pending.length} jumps is too complex for async cb.`);
}

/** Also where the processor only guesses. */
function refuseTooMany(text: string): never {
  const refusal = new Rejection([text], null, 'here');
  refusal.avoidable = false;
  throw refusal;
}

/** Goes on with the path put aside last; false when none is left. */
export function popPath(env: Env): boolean {
  const path = env.pending.pop();
  if (path === undefined) return false;
  env.state = path.state;
  env.pc = path.pc;
  env.prevPc = path.prevPc;
  rewind(env.log, path.logPlace);
  return true;
}
