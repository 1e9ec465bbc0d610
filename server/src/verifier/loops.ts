/**
 * States inside loops cannot be called finished before the whole loop is: what pruned one of their paths may still
 * turn out to need precision. Mirrors `maybe_enter_scc`, `maybe_exit_scc` and `propagate_backedges`, v6.18.
 */
import type { Env } from './env.ts';
import { updatePeakStates } from './env.ts';
import { say } from './log.ts';
import { reject } from './rejection.ts';
import { markAllPrecise, propagatePrecision } from './precision.ts';
import type { HistoryEntry, StoredState, WalkState } from './walkState.ts';
import { framePc } from './walkState.ts';

/** A path that was pruned by a state of the loop it is in. */
interface Backedge {
  readonly state: WalkState;
  readonly equalTo: StoredState;
}

/** One loop entered along one chain of calls. */
export interface LoopVisit {
  readonly key: string;
  entry: WalkState | null;
  backedges: Backedge[];
}

export type Loops = Map<string, LoopVisit>;

const MAX_ITERATIONS = 64;

/** Calls that lead to the outermost loop the state is in; null outside of loops. */
function loopKey(env: Env, state: WalkState): string | null {
  let key = '';
  for (let i = 0; i < state.frames.length; i++) {
    const pc = framePc(state, i);
    const scc = env.facts.scc[pc] ?? 0;
    if (scc !== 0) return `${key}:${scc}`;
    key += `${pc},`;
  }
  return null;
}

/** The loop that a state which is to be stored lies in. */
export function enterLoop(env: Env, state: StoredState): void {
  const key = loopKey(env, state);
  if (key === null) return;
  const visit = env.loops.get(key) ?? { key, entry: null, backedges: [] };
  env.loops.set(key, visit);
  state.loop = visit;
  if (visit.entry !== null) return;
  visit.entry = state;
  sayLoop(env, 'enter', key);
}

function sayLoop(env: Env, what: string, key: string): void {
  if (env.log.level < 2) return;
  const [calls = '', scc = ''] = key.split(':');
  const callsites = calls.split(',');
  // The kernel takes a call at instruction 0 for the end of the chain.
  const end = callsites.indexOf('0');
  const told = callsites.slice(0, end < 0 ? -1 : end);
  say(env.log, `SCC ${what} (${[...told, scc].join(',')})\n`);
}

/** Where a path ends inside of a loop, some state of the loop must have been stored. */
export function checkLoopKnown(env: Env, state: WalkState): void {
  const key = loopKey(env, state);
  if (key !== null && !env.loops.has(key)) refuseLostLoop(state, key);
}

/** When the loop's first state is finished, so are all. */
export function exitLoop(env: Env, state: StoredState): void {
  const visit = state.loop;
  if (visit?.entry !== state) return;
  sayLoop(env, 'exit', visit.key);
  visit.entry = null;
  env.backedges -= visit.backedges.length;
  updatePeakStates(env);
  propagateBackedges(env, visit);
}

/** An exception ends a path inside of a loop of which no state was kept: the kernel takes that for a bug and refuses. */
function refuseLostLoop(state: WalkState, key: string): void {
  if (!state.regions.speculative)
    reject(`verifier bug: scc exit: no visit info for call chain (${key.replace(':', '')})`);
}

export function addBackedge(env: Env, state: WalkState, equalTo: StoredState): void {
  const visit = equalTo.loop;
  if (visit === null) return;
  sayLoop(env, 'backedge', visit.key);
  visit.backedges.unshift({ state, equalTo });
  env.backedges++;
  updatePeakStates(env);
}

/** Whether paths of the state's loop still wait for their precision. */
export function isUnfinished({ loop }: StoredState): boolean {
  return loop !== null && loop.backedges.length > 0;
}

function propagateBackedges(env: Env, visit: LoopVisit): void {
  for (let round = 0, changed = true; changed; round++) {
    if (round > MAX_ITERATIONS) {
      for (const { state } of visit.backedges) markAllPrecise(env, state);
      break;
    }
    changed = false;
    for (const { state, equalTo } of visit.backedges) if (propagatePrecision(env, equalTo, state)) changed = true;
  }
  const { backedges } = visit;
  visit.backedges = [];
  for (const { state } of backedges) releaseTrail(state.parent);
}

/** Nobody walks back any more over states that are finished for good, so their trail may go. */
export function releaseTrail(from: StoredState | null): void {
  for (let state = from; state !== null && state.branches === 0 && !isUnfinished(state);) {
    const { parent } = state;
    state.history = NO_HISTORY;
    state.parent = null;
    state = parent;
  }
}

const NO_HISTORY: HistoryEntry[] = [];
