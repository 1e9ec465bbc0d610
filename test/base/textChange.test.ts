import { describe, expect, it } from 'vitest';
import { changeBetween, movedSpan, reversed } from '../../server/src/base/textChange.ts';

/** The word in `before` as the text `after` has it; null where it was taken apart. */
function moved(before: string, after: string, word: string): string | null {
  const start = before.indexOf(word);
  const span = movedSpan({ start, end: start + word.length }, changeBetween(before, after));
  return span === null ? null : after.slice(span.start, span.end);
}

describe('where a part of a text has moved', () => {
  it.each([
    ['a = b;', 'a = b;', 'b', 'b'],
    ['a = b;', 'int x; a = b;', 'b', 'b'],
    ['a = b; c', 'a = b; dd', 'a = b', 'a = b'],
    ['f(a, b) + c', 'f(a, ) + c', 'f(a, b)', 'f(a, )'],
    ['f(a, b) + c', 'f(a, xyz) + c', 'f(a, b)', 'f(a, xyz)'],
    ['f(a, b) + c', 'f(a) + c', 'a, b', 'a'],
    ['f(a, b) + c', 'f(c) + c', 'a, b', null],
    ['abc', '', 'b', null],
  ])('%s -> %s: %s', (before, after, word, expected) => {
    expect(moved(before, after, word)).toBe(expected);
  });

  it('goes back as well', () => {
    const change = changeBetween('a = b;', 'int x; a = b;');
    expect(movedSpan({ start: 11, end: 12 }, reversed(change))).toEqual({ start: 4, end: 5 });
  });
});
