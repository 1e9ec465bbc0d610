import type { Span } from './source.ts';

/** The one stretch in which two texts differ. */
export interface TextChange {
  readonly start: number;
  /** Its end in the text before and in the text after. */
  readonly before: number;
  readonly after: number;
}

export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  )
    same++;
  return { start, before: before.length - same, after: after.length - same };
}

export function reversed({ start, before, after }: TextChange): TextChange {
  return { start, before: after, after: before };
}

/** Where a span of the text before stands in the text after; null for one that the change has taken apart. */
export function movedSpan(span: Span, { start, before, after }: TextChange): Span | null {
  if (span.end <= start) return span;
  if (span.start >= before) return { start: span.start + after - before, end: span.end + after - before };
  const around = span.start <= start && span.end >= before;
  return around && span.start < start ? { start: span.start, end: span.end + after - before } : null;
}
