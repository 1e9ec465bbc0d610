/** The trail a path leaves for walking back. Mirrors `push_jmp_history`, v6.18. */
import type { Env } from './env.ts';
import type { HistoryEntry, LinkedPlace } from './walkState.ts';

const NONE: readonly LinkedPlace[] = [];

/** What the trail says of the instruction under check; nothing yet where it has no entry. */
function entryOf(env: Env): HistoryEntry {
  const { history } = env.state;
  const last = history[history.length - 1];
  return env.hasTrail && last !== undefined ? last : NOTHING;
}

const NOTHING: HistoryEntry = {
  pc: -1, prevPc: -1, stackFrame: 0, stackSlot: -1, dstIsStack: false, srcIsStack: false, linked: NONE,
}; // prettier-ignore

/** Entries never change, since states share them; paths that do the same share one. */
function setEntry(
  env: Env,
  stackFrame: number,
  stackSlot: number,
  dstIsStack: boolean,
  srcIsStack: boolean,
  linked: readonly LinkedPlace[],
): void {
  const { pc, prevPc } = env;
  const { history } = env.state;
  let entry = env.trails[pc];
  if (
    entry === undefined ||
    entry.prevPc !== prevPc ||
    entry.stackFrame !== stackFrame ||
    entry.stackSlot !== stackSlot ||
    entry.dstIsStack !== dstIsStack ||
    entry.srcIsStack !== srcIsStack ||
    entry.linked !== linked
  )
    // prettier-ignore
    entry = env.trails[pc] = { pc, prevPc, stackFrame, stackSlot, dstIsStack, srcIsStack, linked };
  history[env.hasTrail ? history.length - 1 : history.length] = entry;
  env.hasTrail = true;
}

export function noteJump(env: Env): void {
  const { stackFrame, stackSlot, dstIsStack, srcIsStack } = entryOf(env);
  setEntry(env, stackFrame, stackSlot, dstIsStack, srcIsStack, NONE);
}

export function noteStackAccess(env: Env, frameno: number, spi: number): void {
  const { dstIsStack, srcIsStack } = entryOf(env);
  setEntry(env, frameno, spi, dstIsStack, srcIsStack, NONE);
}

export function noteStackComparison(env: Env, dstIsStack: boolean, srcIsStack: boolean): void {
  const entry = entryOf(env);
  setEntry(
    env, entry.stackFrame, entry.stackSlot, entry.dstIsStack || dstIsStack, entry.srcIsStack || srcIsStack, entry.linked,
  ); // prettier-ignore
}

export function noteLinked(env: Env, linked: readonly LinkedPlace[]): void {
  const { stackFrame, stackSlot, dstIsStack, srcIsStack } = entryOf(env);
  setEntry(env, stackFrame, stackSlot, dstIsStack, srcIsStack, linked);
}
