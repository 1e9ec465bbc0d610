/** Where a type was named that is not defined yet. */
import type { ProblemNote } from '../problem.ts';
import type { CType } from '../types.ts';
import { quoteType } from './printType.ts';
import { plainType } from './typeQueries.ts';

/** For messages about a type that is not complete. */
export function forwardNotes(type: CType): ProblemNote[] {
  const plain = plainType(type);
  if (plain.kind === 'array') return forwardNotes(plain.of);
  const at = plain.kind === 'record' && plain.layout === null ? (plain.declaredAt ?? null) : null;
  if (at === null) return [];
  const opened = plain.kind === 'record' && plain.definedAt !== null;
  const message = opened
    ? `definition of ${quoteType(plain)} is not complete until the closing '}'`
    : `forward declaration of ${quoteType(plain)}`;
  return [{ at, message }];
}
