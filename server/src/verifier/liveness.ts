/**
 * Which stack slots may still be read. Reads and writes are collected while paths are walked, per chain of calls, and
 * propagated backwards over the instructions of each subprogram. Mirrors kernel/bpf/liveness.c, v6.18.
 */
import type { Env, SubprogInfo } from './env.ts';
import { changeText } from './livenessText.ts';
import { say } from './log.ts';
import type { WalkState } from './walkState.ts';

/** Masks of 64 slots, two words each, per instruction: read, written, written on every way to the end, live before. */
const FIELDS = 8;
const MAY_READ = 0;
const MUST_WRITE = 2;
const MUST_WRITE_ALL = 4;
const LIVE_BEFORE = 6;

/** A subprogram as one chain of calls reaches it. */
interface Instance {
  /** The caller's, and pc of the call; null and -1 for the outermost frame's. */
  readonly outer: Instance | null;
  readonly callsite: number;
  readonly subprog: SubprogInfo;
  /** What it calls. */
  readonly inner: Instance[];
  /** Per frame, allocated when first marked. */
  readonly frames: (Uint32Array | null)[];
  readonly writesKnown: Uint8Array;
  updated: boolean;
  writesDropped: boolean;
}

export interface StackLiveness {
  /** Those of outermost frames; the others hang on them. */
  readonly outermost: Instance[];
  /** Instance of the current state; null after a call, return or switch of paths. */
  current: Instance | null;
  /** Slots the instruction under check writes for certain, per frame, two words. */
  readonly writes: Uint32Array;
  writesPc: number;
}

export function newStackLiveness(): StackLiveness {
  return { outermost: [], current: null, writes: new Uint32Array(16), writesPc: 0 };
}

function instanceOf(env: Env, state: WalkState, frameno: number): Instance {
  let instance: Instance | null = null;
  for (let i = 0; i <= frameno; i++) {
    const frame = state.frames[i];
    instance = reached(env, instance, i === 0 ? -1 : (frame?.callsite ?? -1), frame?.subprog ?? 0);
  }
  if (instance === null) throw new RangeError('a state without frames');
  return instance;
}

function reached(env: Env, outer: Instance | null, callsite: number, index: number): Instance {
  const subprog = env.subprogs[index];
  if (subprog === undefined) throw new RangeError('no subprogram');
  const known = outer === null ? env.liveness.outermost : outer.inner;
  for (const instance of known) if (instance.callsite === callsite && instance.subprog === subprog) return instance;
  const instance: Instance = {
    outer,
    callsite,
    subprog,
    inner: [],
    frames: Array.from({ length: outer === null ? 1 : outer.frames.length + 1 }, () => null),
    writesKnown: new Uint8Array(subprog.end - subprog.start),
    updated: false,
    writesDropped: false,
  };
  known.push(instance);
  return instance;
}

/** The current state stands in another function or came from another path. */
export function forgetInstance(env: Env): void {
  env.liveness.current = null;
}

function currentInstance(env: Env): Instance {
  return (env.liveness.current ??= instanceOf(env, env.state, env.state.frames.length - 1));
}

function masksOf(instance: Instance, frameno: number): Uint32Array {
  return (instance.frames[frameno] ??= new Uint32Array(FIELDS * (instance.subprog.end - instance.subprog.start)));
}

function addRead(instance: Instance, frameno: number, pc: number, low: number, high: number): void {
  const masks = masksOf(instance, frameno);
  const at = (pc - instance.subprog.start) * FIELDS;
  if (extend(masks, at, low) || extend(masks, at + 1, high)) instance.updated = true;
  masks[at + MAY_READ] = word(masks, at + MAY_READ) | low;
  masks[at + MAY_READ + 1] = word(masks, at + MAY_READ + 1) | high;
}

/** Whether the reads bring a slot that is neither read here nor live already. */
function extend(masks: Uint32Array, at: number, bits: number): boolean {
  return (bits & ~word(masks, at + MAY_READ) & ~word(masks, at + LIVE_BEFORE)) !== 0;
}

function word(masks: Uint32Array, at: number): number {
  return masks[at] ?? 0;
}

export function markSlotRead(env: Env, frameno: number, spi: number): void {
  addRead(currentInstance(env), frameno, env.pc, spi < 32 ? 1 << spi : 0, spi < 32 ? 0 : 1 << (spi - 32));
}

export function markSlotWritten(env: Env, frameno: number, spi: number): void {
  const at = frameno * 2 + (spi < 32 ? 0 : 1);
  env.liveness.writes[at] = word(env.liveness.writes, at) | (1 << (spi & 31));
}

export function beginWrites(env: Env, pc: number): void {
  currentInstance(env);
  env.liveness.writes.fill(0);
  env.liveness.writesPc = pc;
}

export function commitWrites(env: Env): void {
  if (env.liveness.current !== null) commit(env, env.liveness.current);
}

function commit(env: Env, instance: Instance): void {
  const { writes, writesPc } = env.liveness;
  const index = writesPc - instance.subprog.start;
  const known = instance.writesKnown[index] === 1;
  for (let frameno = 0; frameno < instance.frames.length; frameno++) {
    const low = word(writes, frameno * 2);
    const high = word(writes, frameno * 2 + 1);
    if (low === 0 && high === 0 && !known) continue;
    const masks = masksOf(instance, frameno);
    commitWord(instance, masks, index * FIELDS + MUST_WRITE, low, known);
    commitWord(instance, masks, index * FIELDS + MUST_WRITE + 1, high, known);
  }
  instance.writesKnown[index] = 1;
  env.liveness.writesPc = 0;
}

/** What an instruction writes for certain is the intersection over its visits. */
function commitWord(instance: Instance, masks: Uint32Array, at: number, bits: number, known: boolean): void {
  const old = word(masks, at);
  const now = (known ? bits & old : bits) >>> 0;
  if (old !== now) {
    masks[at] = now;
    instance.updated = true;
  }
  if ((old & ~now) !== 0) instance.writesDropped = true;
}

/** Mirrors `bpf_update_live_stack`: after it, finished states may be asked which slots live. */
export function updateLiveness(env: Env): void {
  forgetInstance(env);
  for (let frameno = env.state.frames.length - 1; frameno >= 0; frameno--) {
    const instance = instanceOf(env, env.state, frameno);
    if (!instance.updated) continue;
    propagate(env, instance);
    instance.updated = false;
    instance.writesDropped = false;
  }
}

function propagate(env: Env, instance: Instance): void {
  if (instance.writesDropped) resetWrites(instance);
  let changed = true;
  let rounds = 0;
  while (changed) {
    changed = false;
    rounds++;
    for (let frameno = 0; frameno < instance.frames.length; frameno++)
      if (sweep(env, instance, frameno)) changed = true;
  }
  if (env.log.level === 2) say(env.log, `${chainText(instance)} live stack update done in ${rounds} iterations\n`);
  propagateOut(env, instance);
}

/** The calls that lead here, and where the function begins. */
function chainText(instance: Instance): string {
  const chain = [instance.subprog.start];
  for (let at = instance; at.outer !== null; at = at.outer) chain.unshift(at.callsite);
  return `(${chain.join(',')})`;
}

function resetWrites(instance: Instance): void {
  for (const masks of instance.frames) {
    if (masks === null) continue;
    for (let at = 0; at < masks.length; at += FIELDS) {
      masks[at + MUST_WRITE_ALL] = 0;
      masks[at + MUST_WRITE_ALL + 1] = 0;
    }
  }
}

function sweep(env: Env, instance: Instance, frameno: number): boolean {
  const masks = instance.frames[frameno];
  if (masks === null || masks === undefined) return false;
  const { start, postorderStart, postorderEnd } = instance.subprog;
  let changed = false;
  for (let i = postorderStart; i < postorderEnd; i++) {
    const pc = env.postorder[i] ?? 0;
    const next = env.successors[pc] ?? [];
    if (next.length === 0) continue;
    const at = (pc - start) * FIELDS;
    const old = env.log.level === 2 ? masks.slice(at, at + FIELDS) : null;
    if (update(masks, at, next, start, 0)) changed = true;
    if (update(masks, at, next, start, 1)) changed = true;
    if (old !== null) sayChange(env, instance, frameno, pc, old);
  }
  return changed;
}

/** At level 2 each change is told, but for instructions that neither touch the stack nor begin a path. */
function sayChange(env: Env, instance: Instance, frameno: number, pc: number, old: Uint32Array): void {
  const masks = instance.frames[frameno];
  const { start } = instance.subprog;
  const touches = old.subarray(MAY_READ, MUST_WRITE_ALL).some((bits) => bits !== 0);
  if (!touches && pc !== start && env.facts.prunePoint[pc] !== 1) return;
  const now = masks?.subarray((pc - start) * FIELDS, (pc - start + 1) * FIELDS) ?? old;
  for (const [word, field] of [
    ['live', LIVE_BEFORE],
    ['written', MUST_WRITE_ALL],
  ] as const) {
    // prettier-ignore
    const change = changeText(word, old.subarray(field, field + 2), now.subarray(field, field + 2));
    if (change !== '') say(env.log, `${chainText(instance)} frame ${frameno} insn ${pc} ${change}\n`);
  }
}

/** One word of one instruction: the textbook backward step. */
function update(masks: Uint32Array, at: number, next: readonly number[], start: number, half: number): boolean {
  let after = 0;
  let writes = -1;
  for (const pc of next) {
    const to = (pc - start) * FIELDS + half;
    after |= word(masks, to + LIVE_BEFORE);
    writes &= word(masks, to + MUST_WRITE_ALL);
  }
  const mustWrite = word(masks, at + MUST_WRITE + half);
  const allWrites = (writes | mustWrite) >>> 0;
  const before = ((after & ~mustWrite) | word(masks, at + MAY_READ + half)) >>> 0;
  const changed =
    before !== word(masks, at + LIVE_BEFORE + half) || allWrites !== word(masks, at + MUST_WRITE_ALL + half);
  masks[at + LIVE_BEFORE + half] = before;
  masks[at + MUST_WRITE_ALL + half] = allWrites;
  return changed;
}

/** What a subprogram does to its callers' stacks becomes what their call instruction does. */
function propagateOut(env: Env, instance: Instance): void {
  const { outer, callsite } = instance;
  if (outer === null) return;
  const depth = outer.frames.length;
  env.liveness.writes.fill(0);
  env.liveness.writesPc = callsite;
  for (let frameno = 0; frameno < depth; frameno++) {
    const masks = instance.frames[frameno];
    if (masks === null || masks === undefined) continue;
    env.liveness.writes[frameno * 2] = word(masks, MUST_WRITE_ALL);
    env.liveness.writes[frameno * 2 + 1] = word(masks, MUST_WRITE_ALL + 1);
    addRead(outer, frameno, callsite, word(masks, LIVE_BEFORE), word(masks, LIVE_BEFORE + 1));
  }
  commit(env, outer);
}

/**
 * Which of 32 slots of a state's frame may still be read, as bits: `half` 1 is slots 32 to 63. Mirrors
 * `bpf_stack_slot_alive`.
 */
export function slotsAlive(env: Env, state: WalkState, frameno: number, half: number): number {
  const last = state.frames.length - 1;
  let alive = aliveBefore(instanceOf(env, state, last), state.pc, frameno, half);
  for (let i = frameno; i < last; i++) {
    const callsite = state.frames[i + 1]?.callsite ?? 0;
    // A call that runs callbacks comes back to itself.
    const next = env.facts.callsCallback[callsite] === 1 ? callsite : callsite + 1;
    alive |= aliveBefore(instanceOf(env, state, i), next, frameno, half);
  }
  return alive;
}

function aliveBefore(instance: Instance, pc: number, frameno: number, half: number): number {
  const masks = instance.frames[frameno];
  if (masks === null || masks === undefined) return 0;
  return word(masks, (pc - instance.subprog.start) * FIELDS + LIVE_BEFORE + half);
}
