/** The trail a path leaves for walking back. Mirrors `push_jmp_history`, v6.18. */
import type { Env } from './env.ts';
import type { HistoryEntry, LinkedPlace } from './walkState.ts';

const NONE: readonly LinkedPlace[] = [];

/** The entry of the instruction under check; made when first asked for. */
function entryOf(env: Env): HistoryEntry {
  if (env.historyEntry !== null) return env.historyEntry;
  const entry: HistoryEntry = {
    pc: env.pc,
    prevPc: env.prevPc,
    stackFrame: 0,
    stackSlot: -1,
    dstIsStack: false,
    srcIsStack: false,
    linked: NONE,
  };
  env.state.history.push(entry);
  env.historyEntry = entry;
  return entry;
}

export function noteJump(env: Env): void {
  entryOf(env).linked = NONE;
}

export function noteStackAccess(env: Env, frameno: number, spi: number): void {
  const entry = entryOf(env);
  entry.stackFrame = frameno;
  entry.stackSlot = spi;
  entry.linked = NONE;
}

export function noteStackComparison(env: Env, dstIsStack: boolean, srcIsStack: boolean): void {
  const entry = entryOf(env);
  entry.dstIsStack ||= dstIsStack;
  entry.srcIsStack ||= srcIsStack;
}

export function noteLinked(env: Env, linked: readonly LinkedPlace[]): void {
  entryOf(env).linked = linked;
}
