/**
 * What instructions last made of the bounds they were given. Bounds are shared between paths and never change, and many paths
 * come by with the very same ones; then nothing is computed again.
 */
import type { Bounds } from './state/bounds.ts';

interface Entry<Result> {
  left: Bounds;
  right: Bounds;
  result: Result;
  /** What there was before. */
  older: Entry<Result> | null;
}

/** At most two entries an instruction, by pc, the newer one first. */
export type Memo<Result> = (Entry<Result> | undefined)[];

export function newMemo<Result>(count: number): Memo<Result> {
  return Array.from({ length: count });
}

/** What the instruction made of these bounds, or null when it has not seen them lately. */
export function recalled<Result>(memo: Memo<Result>, pc: number, left: Bounds, right: Bounds): Result | null {
  const entry = memo[pc];
  if (entry === undefined) return null;
  if (entry.left === left && entry.right === right) return entry.result;
  const { older } = entry;
  return older !== null && older.left === left && older.right === right ? older.result : null;
}

export function remember<Result>(memo: Memo<Result>, pc: number, left: Bounds, right: Bounds, result: Result): Result {
  const older = memo[pc] ?? null;
  if (older !== null) older.older = null;
  memo[pc] = { left, right, result, older };
  return result;
}
