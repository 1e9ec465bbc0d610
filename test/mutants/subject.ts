/** What a mutant is tried on: bundled anew for each one. */
import type { Flavour } from '../jit/support.ts';
import type { AssembledVector } from '../vectors/all.ts';
import { endOf } from '../vectors/run.ts';

/** Code with checks comes first: what a mistake makes endless ends there by its budget. */
const COMPILED: readonly Flavour[] = [
  { mode: 'safe', forceDispatch: false },
  { mode: 'verified', forceDispatch: false },
];

/** The first vector that notices that an engine computes something else; null when none does. */
export function firstFailure(engine: 'jit' | 'interpreter', vectors: readonly AssembledVector[]): string | null {
  for (const flavour of engine === 'jit' ? COMPILED : [null])
    for (const vector of vectors) {
      try {
        if (endOf(vector.object, flavour) !== vector.r0) return vector.name;
      } catch (error) {
        return `${vector.name} (${String(error)})`;
      }
    }
  return null;
}
