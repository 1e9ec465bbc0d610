/** Keeps states at prune points and asks whether one of them covers the current one. Mirrors `is_state_visited`. */
import { LIMITS } from '../kernel/limits.ts';
import type { Env } from './env.ts';
import { frameOf, updatePeakStates } from './env.ts';
import { noteJump } from './history.ts';
import { slotsAlive } from './liveness.ts';
import { iteratorAt, iteratorsWentOn } from './iterators.ts';
import { addBackedge, checkLoopKnown, enterLoop, exitLoop, isUnfinished, releaseTrail } from './loops.ts';
import { markAllImprecise, propagatePrecision } from './precision.ts';
import { statesEqual } from './prune.ts';
import { reject } from './rejection.ts';
import { objectPlace } from './stackObjects.ts';
import { regAt, setSlot, setRegister } from './state/frame.ts';
import { NOT_INIT, boundsEqual, sameObject } from './state/register.ts';
import { frameText, printAll } from './state/print.ts';
import { EMPTY_SLOT } from './state/stack.ts';
import type { StoredState, WalkState } from './walkState.ts';
import { copyState, currentFrame, framePc, storedCopy } from './walkState.ts';

/** True when the path need not be followed further. */
export function isVisited(env: Env): boolean {
  const { pc } = env;
  const forced = env.testStateFreq || env.facts.forceCheckpoint[pc] === 1 || env.state.history.length > 40;
  let adds = forced || (env.jumps - env.prevJumps >= 2 && env.processed - env.prevProcessed >= 8);
  const bucket = bucketOf(env, pc);
  cleanFinished(env, bucket, pc);
  const count = bucket.length;
  for (let i = bucket.length - 1; i >= 0; i--) {
    const old = bucket[i];
    if (old === undefined || old.pc !== pc) continue;
    if (old.branches > 0) {
      if (loopsForGood(env, old)) return true;
      if (!forced && env.jumps - env.prevJumps < 20 && env.processed - env.prevProcessed < 100) adds = false;
    } else if (covers(env, old)) return true;
    if (adds) old.misses++;
    evict(env, bucket, i, old);
  }
  env.maxStatesPerInsn = Math.max(env.maxStatesPerInsn, count);
  if (!env.rights.bpf && count > LIMITS.unprivilegedStates) return false;
  if (adds) store(env, bucket);
  return false;
}

/** States lie in buckets by pc and call site, as in the kernel's hash table; so collisions evict alike. */
function bucketOf(env: Env, pc: number): StoredState[] {
  const index = ((pc ^ frameOf(env).callsite) >>> 0) % env.program.insns.length;
  return (env.explored[index] ??= []);
}

/** A state still being explored that equals the current one: an endless loop. True: may_goto ends it. */
function loopsForGood(env: Env, old: StoredState): boolean {
  const { state } = env;
  if (isOtherAsyncEntry(old, state)) return false;
  if (env.facts.stepsIterator[env.pc] === 1) return convergesAt(env, old);
  if (env.facts.callsCallback[env.pc] === 1) {
    if (!statesEqual(env, old, state, 'within')) return false;
    hit(env, old, false);
    return true;
  }
  if (env.program.insns[env.pc]?.kind === 'mayGoto' && old.mayGotoDepth !== state.mayGotoDepth) {
    if (statesEqual(env, old, state, 'within')) {
      hit(env, old, true);
      return true;
    }
  }
  if (!mayLoop(old, state) || old.mayGotoDepth !== state.mayGotoDepth) return false;
  if (old.callbackUnrollDepth !== state.callbackUnrollDepth) return false;
  if (!statesEqual(env, old, state, 'exact') || iteratorsWentOn(old, state)) return false;
  return reject(
    `infinite loop detected at insn ${env.pc}`,
    `cur state:${frameText(currentFrame(state), printAll(state.refs))}`,
    `old state:${frameText(currentFrame(old), printAll(old.refs))}`,
  );
}

/** An iterator comes to its end some time, so its loop may come back to a state that was walked before. */
function convergesAt(env: Env, old: StoredState): boolean {
  // The iterator is the first argument of what steps it.
  const { frame, spi } = objectPlace(env, regAt(frameOf(env), 1), 'iter', 1);
  if (spi < 0 || iteratorAt(frame, spi)?.state !== 'active') return false;
  if (!statesEqual(env, old, env.state, 'within')) return false;
  hit(env, old, true);
  return true;
}

/** Another run of an asynchronous callback: not a loop, but not proven safe either. */
function isOtherAsyncEntry(old: WalkState, state: WalkState): boolean {
  const { callback } = currentFrame(old);
  return callback.sort === 'async' && callback.asyncEntries !== currentFrame(state).callback.asyncEntries;
}

/** Mirrors `states_maybe_looping`: a cheap look at the registers. */
function mayLoop(old: WalkState, state: WalkState): boolean {
  if (old.frames.length !== state.frames.length) return false;
  const a = currentFrame(old).regs;
  const b = currentFrame(state).regs;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? NOT_INIT;
    const y = b[i] ?? NOT_INIT;
    if (x !== y && !(sameObject(x, y) && boundsEqual(x.bounds, y.bounds) && x.id === y.id && x.refObjId === y.refObjId))
      return false;
  }
  return true;
}

function covers(env: Env, old: StoredState): boolean {
  const unfinished = isUnfinished(old);
  if (!statesEqual(env, old, env.state, unfinished ? 'within' : 'covered')) return false;
  hit(env, old, unfinished);
  return true;
}

function hit(env: Env, old: StoredState, unfinished: boolean): void {
  old.hits++;
  if (env.facts.jumpPoint[env.pc] === 1) noteJump(env);
  propagatePrecision(env, old, env.state);
  if (unfinished) addBackedge(env, copyState(env.state), old);
}

/** States that cover nothing for long are forgotten. */
function evict(env: Env, bucket: StoredState[], index: number, old: StoredState): void {
  const patience = env.facts.forceCheckpoint[env.pc] === 1 && old.branches > 0 ? 64 : 3;
  if (old.misses <= old.hits * patience + patience) return;
  old.evicted = true;
  bucket.splice(index, 1);
  env.evictedStates++;
  env.exploredStates--;
  dropEvicted(env, old);
}

function dropEvicted(env: Env, state: StoredState): void {
  if (!state.evicted || state.branches !== 0 || isUnfinished(state)) return;
  state.evicted = false;
  env.evictedStates--;
}

function store(env: Env, bucket: StoredState[]): void {
  env.totalStates++;
  env.exploredStates++;
  updatePeakStates(env);
  env.prevJumps = env.jumps;
  env.prevProcessed = env.processed;
  markAllImprecise(env.state);
  const stored = storedCopy(env.state);
  stored.pc = env.pc;
  enterLoop(env, stored);
  env.state.parent = stored;
  env.state.firstPc = env.pc;
  env.state.depth = stored.depth + 1;
  env.state.history = [];
  bucket.push(stored);
}

/** Mirrors `clean_live_states`: finished states forget what nobody reads any more. */
function cleanFinished(env: Env, bucket: readonly StoredState[], pc: number): void {
  for (const state of bucket) {
    if (state.branches > 0 || state.pc !== pc || state.cleaned) continue;
    if (!sameCallsites(state, env.state) || isUnfinished(state)) continue;
    clean(env, state);
  }
}

/** The same place of the loop, one round before. Mirrors `find_prev_entry`. */
export function previousEntry(env: Env, state: WalkState): StoredState | null {
  const found = bucketOf(env, env.pc).findLast(
    (old) => old.pc === env.pc && old.branches > 0 && sameCallsites(old, state) && old.depth < state.depth,
  );
  return found ?? null;
}

function sameCallsites(a: WalkState, b: WalkState): boolean {
  if (a.frames.length !== b.frames.length) return false;
  for (let i = 0; i < a.frames.length; i++) if (a.frames[i]?.callsite !== b.frames[i]?.callsite) return false;
  return true;
}

function clean(env: Env, state: StoredState): void {
  state.cleaned = true;
  releaseTrail(state);
  for (let frameno = 0; frameno < state.frames.length; frameno++) {
    const frame = state.frames[frameno];
    if (frame === undefined) continue;
    const live = env.facts.liveRegs[framePc(state, frameno)] ?? 0;
    for (let i = 0; i < 10; i++) if (!(live & (1 << i)) && frame.regs[i] !== NOT_INIT) setRegister(frame, i, NOT_INIT);
    const low = slotsAlive(env, state, frameno, 0);
    const high = slotsAlive(env, state, frameno, 1);
    for (let spi = 0; spi < frame.stack.length; spi++) {
      const alive = (((spi < 32 ? low : high) >>> (spi & 31)) & 1) === 1;
      if (!alive && frame.stack[spi] !== EMPTY_SLOT) setSlot(frame, spi, EMPTY_SLOT);
    }
  }
}

/** A path ended: states that have no other path left are finished. Mirrors `update_branch_counts`. */
export function finishPath(env: Env): void {
  const { state } = env;
  state.branches--;
  if (state.branches > 0) return;
  checkLoopKnown(env, state);
  let { parent } = state;
  while (parent !== null) {
    const stored = parent;
    stored.branches--;
    if (stored.branches > 0) break;
    ({ parent } = stored);
    exitLoop(env, stored);
    dropEvicted(env, stored);
    releaseTrail(stored);
  }
}
