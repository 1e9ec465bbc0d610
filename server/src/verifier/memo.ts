/**
 * What instructions last made of the bounds they were given. Bounds are shared between paths and never change, and many paths
 * come by with the very same ones; then nothing is computed again.
 */
import type { Bounds } from './state/bounds.ts';

export interface Memo<Result> {
  /** Two entries an instruction, the newer one first. */
  readonly left: (Bounds | null)[];
  readonly right: (Bounds | null)[];
  readonly results: (Result | null)[];
}

export function newMemo<Result>(count: number): Memo<Result> {
  const empty = (): null[] => Array.from({ length: 2 * count }, () => null);
  return { left: empty(), right: empty(), results: empty() };
}

/** What the instruction made of these bounds, or null when it has not seen them lately. */
export function recalled<Result>(memo: Memo<Result>, pc: number, left: Bounds, right: Bounds): Result | null {
  const at = 2 * pc;
  if (memo.left[at] === left && memo.right[at] === right) return memo.results[at] ?? null;
  if (memo.left[at + 1] === left && memo.right[at + 1] === right) return memo.results[at + 1] ?? null;
  return null;
}

export function remember<Result>(memo: Memo<Result>, pc: number, left: Bounds, right: Bounds, result: Result): Result {
  const at = 2 * pc;
  memo.left[at + 1] = memo.left[at] ?? null;
  memo.right[at + 1] = memo.right[at] ?? null;
  memo.results[at + 1] = memo.results[at] ?? null;
  memo.left[at] = left;
  memo.right[at] = right;
  memo.results[at] = result;
  return result;
}
