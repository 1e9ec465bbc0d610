import { assert } from './assert.ts';

/**
 * Work that may take long. The core stays synchronous: whoever owns the job calls `advance` in slices and in between
 * yields, reports progress or drops the job (which cancels it).
 */
export interface Job<T> {
  /** Does at most about `budget` units of work (instructions, events, states). True when the result is there. */
  advance(budget: number): boolean;
  /** The result; only after `advance` returned true. */
  result(): T;
}

/** Runs a job to its end without yielding. `slices` bounds a job that never ends. */
export function finish<T>(job: Job<T>, budget = 65_536, slices = 1_000_000): T {
  for (let slice = 0; slice < slices; slice++) if (job.advance(budget)) return job.result();
  assert(false, 'a job did not end');
}
