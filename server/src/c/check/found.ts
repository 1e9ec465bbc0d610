/** Where characters stand that the tree does not keep. */
import { FIRST_EXPANSION, type Place, type Range } from '../places.ts';
import type { Checker } from './checker.ts';

/** Behind a place, past spaces and comments; the place itself where the text is not found or comes from a macro. */
export function foundAfter(c: Checker, from: Place, token: string): Range {
  const nowhere = { start: from, end: from + 1 };
  if (from >= FIRST_EXPANSION) return nowhere;
  const at = c.places.written(from);
  if (at === null) return nowhere;
  const skipped = SPACE.exec(at.file.text.slice(at.offset, at.offset + FARTHEST))?.[0].length ?? 0;
  if (!at.file.text.startsWith(token, at.offset + skipped)) return nowhere;
  return { start: from + skipped, end: from + skipped + token.length };
}

const SPACE = /^(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*)*/;
const FARTHEST = 2000;

/** The text of an expression as it is written; null where macros take part. */
export function writtenText(c: Checker, { start, end }: Range): string | null {
  if (start >= FIRST_EXPANSION || end >= FIRST_EXPANSION) return null;
  const [from, to] = [c.places.written(start), c.places.written(end)];
  if (from === null || to === null || from.file !== to.file) return null;
  return from.file.text.slice(from.offset, to.offset);
}
