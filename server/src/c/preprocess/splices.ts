import { BACKSLASH, CLASS, CLASS_OF, LF } from './characters.ts';

/** Line splices: a backslash and an end of line that it hides (C11 5.1.1.2, phase 2). */

/** Position behind a splice that begins at a backslash; 0 when there is none. White space between the two is let pass. */
export function afterSplice(source: string, backslash: number): number {
  let after = backslash + 1;
  while (CLASS_OF[source.charCodeAt(after)] === CLASS.space) after++;
  return source.charCodeAt(after) === LF ? after + 1 : 0;
}

/** A piece of a text with its splices taken out. */
export interface Unspliced {
  readonly text: string;
  /** By character of `text`, and one more for its end: where it stands in the source. */
  readonly offsets: readonly number[];
  /** It goes to the end of the logical line. */
  readonly whole: boolean;
}

export function withoutSplices(source: string, start: number, wanted: number): Unspliced {
  const offsets: number[] = [];
  let text = '';
  let pos = start;
  while (text.length < wanted) {
    const code = source.charCodeAt(pos);
    if (pos >= source.length - 1 || code === LF) return { text, offsets: [...offsets, pos], whole: true };
    const after = code === BACKSLASH ? afterSplice(source, pos) : 0;
    if (after !== 0) {
      pos = after;
      continue;
    }
    offsets.push(pos);
    text += source[pos]!;
    pos++;
  }
  return { text, offsets: [...offsets, pos], whole: false };
}
