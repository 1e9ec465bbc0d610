/**
 * Which stack slots may still be read. Reads and writes are collected while paths are walked, per chain of calls, and
 * propagated backwards over the instructions of each subprogram. Mirrors kernel/bpf/liveness.c, v6.18.
 */
import type { Env, SubprogInfo } from './env.ts';
import { backwardFlow, type BackwardFlow } from './backwardFlow.ts';
import { changeText } from './livenessText.ts';
import { say } from './log.ts';
import type { WalkState } from './walkState.ts';

/** Masks of 64 slots, two words each, per instruction: read, written, written on every way to the end, live before. */
const FIELDS = 8;
const MAY_READ = 0;
const MUST_WRITE = 2;
const MUST_WRITE_ALL = 4;
const LIVE_BEFORE = 6;

const NEVER = 0;
const NOTHING = 1;
const SOMETHING = 2;

/** What is known of one frame's slots at each instruction of a subprogram. */
interface FrameMasks {
  readonly words: Uint32Array;
  /** Instructions to be looked at again, as bits in postorder: what they are computed from has changed. */
  readonly dirty: Uint32Array;
}

/** A subprogram as one chain of calls reaches it. */
interface Instance {
  /** The caller's, and pc of the call; null and -1 for the outermost frame's. */
  readonly outer: Instance | null;
  readonly callsite: number;
  readonly subprog: SubprogInfo;
  /** What it calls. */
  readonly inner: Instance[];
  /** Per frame, allocated when first marked. */
  readonly frames: (FrameMasks | null)[];
  /** Of each instruction: never walked, writes no slot for certain, or may write some. */
  readonly writes: Uint8Array;
  updated: boolean;
  writesDropped: boolean;
}

export interface StackLiveness {
  /** Those of outermost frames; the others hang on them. */
  readonly outermost: Instance[];
  /** Instance of the current state; null after a call, return or switch of paths. */
  current: Instance | null;
  /** Slots the instruction under check writes for certain, per frame, two words; `any` where there are some. */
  readonly writes: Uint32Array;
  any: boolean;
  writesPc: number;
  /** Made when first needed. */
  flow: BackwardFlow | null;
}

export function newStackLiveness(): StackLiveness {
  return { outermost: [], current: null, writes: new Uint32Array(16), any: false, writesPc: 0, flow: null };
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
    writes: new Uint8Array(subprog.end - subprog.start),
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

function masksOf({ frames, subprog }: Instance, frameno: number): FrameMasks {
  return (frames[frameno] ??= {
    words: new Uint32Array(FIELDS * (subprog.end - subprog.start)),
    dirty: new Uint32Array((subprog.postorderEnd - subprog.postorderStart + 31) >> 5),
  });
}

function addRead(env: Env, instance: Instance, frameno: number, pc: number, low: number, high: number): void {
  const masks = masksOf(instance, frameno);
  const { words } = masks;
  const at = (pc - instance.subprog.start) * FIELDS;
  if (((low & ~word(words, at + MAY_READ)) | (high & ~word(words, at + MAY_READ + 1))) === 0) return;
  if (extend(words, at, low) || extend(words, at + 1, high)) instance.updated = true;
  words[at + MAY_READ] = word(words, at + MAY_READ) | low;
  words[at + MAY_READ + 1] = word(words, at + MAY_READ + 1) | high;
  soil(env, instance, masks, pc);
}

/** Whether the reads bring a slot that is neither read here nor live already. */
function extend(masks: Uint32Array, at: number, bits: number): boolean {
  return (bits & ~word(masks, at + MAY_READ) & ~word(masks, at + LIVE_BEFORE)) !== 0;
}

function word(masks: Uint32Array, at: number): number {
  return masks[at] ?? 0;
}

export function markSlotRead(env: Env, frameno: number, spi: number): void {
  addRead(env, currentInstance(env), frameno, env.pc, spi < 32 ? 1 << spi : 0, spi < 32 ? 0 : 1 << (spi - 32));
}

export function markSlotWritten(env: Env, frameno: number, spi: number): void {
  const at = frameno * 2 + (spi < 32 ? 0 : 1);
  env.liveness.writes[at] = word(env.liveness.writes, at) | (1 << (spi & 31));
  env.liveness.any = true;
}

export function beginWrites(env: Env, pc: number): void {
  currentInstance(env);
  forgetWrites(env);
  env.liveness.writesPc = pc;
}

function forgetWrites({ liveness }: Env): void {
  if (liveness.any) liveness.writes.fill(0);
  liveness.any = false;
}

export function commitWrites(env: Env): void {
  if (env.liveness.current !== null) commit(env, env.liveness.current);
}

function commit(env: Env, instance: Instance): void {
  const { writes, any, writesPc } = env.liveness;
  const index = writesPc - instance.subprog.start;
  const before = instance.writes[index];
  env.liveness.writesPc = 0;
  if (!any && before !== SOMETHING) {
    instance.writes[index] = NOTHING;
    return;
  }
  const known = before !== NEVER;
  for (let frameno = 0; frameno < instance.frames.length; frameno++) {
    const low = word(writes, frameno * 2);
    const high = word(writes, frameno * 2 + 1);
    if (low === 0 && high === 0 && !known) continue;
    const masks = masksOf(instance, frameno);
    const lower = commitWord(instance, masks.words, index * FIELDS + MUST_WRITE, low, known);
    const upper = commitWord(instance, masks.words, index * FIELDS + MUST_WRITE + 1, high, known);
    if (lower || upper) soil(env, instance, masks, writesPc);
  }
  instance.writes[index] = SOMETHING;
}

/** What an instruction writes for certain is the intersection over its visits. True when it changed. */
function commitWord(instance: Instance, words: Uint32Array, at: number, bits: number, known: boolean): boolean {
  const old = word(words, at);
  const now = (known ? bits & old : bits) >>> 0;
  if (old === now) return false;
  words[at] = now;
  instance.updated = true;
  if ((old & ~now) !== 0) instance.writesDropped = true;
  return true;
}

/** The instruction is looked at again with the next sweep. */
function soil(env: Env, instance: Instance, { dirty }: FrameMasks, pc: number): void {
  const { position } = (env.liveness.flow ??= backwardFlow(env.successors, env.postorder));
  const at = (position[pc] ?? -1) - instance.subprog.postorderStart;
  if (at >= 0) dirty[at >> 5] = word(dirty, at >> 5) | (1 << (at & 31));
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
    for (let at = 0; at < masks.words.length; at += FIELDS) {
      masks.words[at + MUST_WRITE_ALL] = 0;
      masks.words[at + MUST_WRITE_ALL + 1] = 0;
    }
    masks.dirty.fill(-1);
  }
}

/** Looks at the dirty instructions in postorder, also at those that become dirty further on; true when one changed. */
function sweep(env: Env, instance: Instance, frameno: number): boolean {
  const masks = instance.frames[frameno];
  if (masks === null || masks === undefined) return false;
  const { dirty } = masks;
  let changed = false;
  for (let at = nextDirty(dirty, 0); at >= 0; at = nextDirty(dirty, at + 1)) {
    dirty[at >> 5] = word(dirty, at >> 5) & ~(1 << (at & 31));
    const pc = env.postorder[instance.subprog.postorderStart + at];
    if (at >= instance.subprog.postorderEnd - instance.subprog.postorderStart || pc === undefined) break;
    if (revisit(env, instance, frameno, masks, pc)) changed = true;
  }
  return changed;
}

/** The first dirty instruction from `from` on; -1 where there is none. */
function nextDirty(dirty: Uint32Array, from: number): number {
  let bits = word(dirty, from >> 5) & (-1 << (from & 31));
  for (let at = from >> 5; at < dirty.length; bits = word(dirty, ++at))
    if (bits !== 0) return 32 * at + 31 - Math.clz32(bits & -bits);
  return -1;
}

function revisit(env: Env, instance: Instance, frameno: number, masks: FrameMasks, pc: number): boolean {
  const next = env.successors[pc] ?? [];
  if (next.length === 0) return false;
  const { start } = instance.subprog;
  const at = (pc - start) * FIELDS;
  const old = env.log.level === 2 ? masks.words.slice(at, at + FIELDS) : null;
  const lower = update(masks.words, at, next, start, 0);
  const upper = update(masks.words, at, next, start, 1);
  if (old !== null) sayChange(env, instance, frameno, pc, old);
  if (!lower && !upper) return false;
  const { first, before } = (env.liveness.flow ??= backwardFlow(env.successors, env.postorder));
  for (let i = first[pc] ?? 0; i < (first[pc + 1] ?? 0); i++) soil(env, instance, masks, before[i] ?? -1);
  return true;
}

/** At level 2 each change is told, but for instructions that neither touch the stack nor begin a path. */
function sayChange(env: Env, instance: Instance, frameno: number, pc: number, old: Uint32Array): void {
  const words = instance.frames[frameno]?.words;
  const { start } = instance.subprog;
  const touches = old.subarray(MAY_READ, MUST_WRITE_ALL).some((bits) => bits !== 0);
  if (!touches && pc !== start && env.facts.prunePoint[pc] !== 1) return;
  const now = words?.subarray((pc - start) * FIELDS, (pc - start + 1) * FIELDS) ?? old;
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
  forgetWrites(env);
  env.liveness.writesPc = callsite;
  for (let frameno = 0; frameno < depth; frameno++) {
    const words = instance.frames[frameno]?.words;
    if (words === undefined) continue;
    env.liveness.writes[frameno * 2] = word(words, MUST_WRITE_ALL);
    env.liveness.writes[frameno * 2 + 1] = word(words, MUST_WRITE_ALL + 1);
    env.liveness.any = true;
    addRead(env, outer, frameno, callsite, word(words, LIVE_BEFORE), word(words, LIVE_BEFORE + 1));
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
  const words = instance.frames[frameno]?.words;
  return words === undefined ? 0 : word(words, (pc - instance.subprog.start) * FIELDS + LIVE_BEFORE + half);
}
