import { describe, expect, it } from 'vitest';
import { candidates, normalPath, searchFolders, type SearchFolder } from '../../server/src/c/includes.ts';

const folder = (path: string, kind: Partial<SearchFolder> = {}): SearchFolder => ({
  path,
  system: false,
  quotedOnly: false,
  ...kind,
});

const FOLDERS = [folder('/q', { quotedOnly: true }), folder('/i'), folder('/j/sub/..'), folder('/s', { system: true })];
const FILES = new Set([
  '/main/x.h',
  '/i/x.h',
  '/i/sub/y.h',
  '/j/x.h',
  '/j/sub/y.h',
  '/q/q.h',
  '/s/bits/a.h',
  '/s/bits/b.h',
]);

/** `"x.h" from /main/a.c` or `<x.h>`, with `next 1` for `#include_next`; answer and folder behind the arrow. */
function checkInclude(line: string): void {
  const match = /^(["<])([^">]+)[">](?: from (\S+))?(?: next (-?\d+))? -> (.*)$/.exec(line)!;
  const [, quote, name = '', from = '/main/a.c', next, expected] = match;
  const includes = searchFolders(FOLDERS, (path) => (FILES.has(path) ? path : null));
  const angled = quote === '<';
  const after = next === undefined ? null : Number(next);
  const found = includes(name, angled, from, after);
  expect(found === null ? 'none' : `${found.path} ${found.folder}${found.system ? ' system' : ''}`).toBe(expected);
  if (found !== null) expect(candidates(FOLDERS, { name, angled, from, next: after })).toContain(found.path);
}

describe('the search path', () => {
  it.each([
    '"x.h" -> /main/x.h -1',
    '<x.h> -> /i/x.h 1',
    '"q.h" -> /q/q.h 0',
    '<q.h> -> none',
    '<x.h> next 1 -> /j/x.h 2',
    '<x.h> next 2 -> none',
    '"x.h" next -1 -> /i/x.h 1',
    '"y.h" from /i/sub/z.h -> /i/sub/y.h -1',
    '"y.h" from /i/sub/z.h next 1 -> none',
    '<sub/y.h> next 1 -> /j/sub/y.h 2',
    '"../i/x.h" -> /i/x.h -1',
    '</j/x.h> -> /j/x.h -1',
    '<bits/a.h> -> /s/bits/a.h 3 system',
    '"b.h" from /s/bits/a.h -> /s/bits/b.h -1 system',
  ])('%s', checkInclude);
});

describe('paths', () => {
  it.each([
    ['/a/./b/../c.h', '/a/c.h'],
    ['/../a', '/a'],
    ['../a/../../b', '../../b'],
    ['file:///w/a/../b.h', 'file:///w/b.h'],
    ['C:\\w\\..\\b.h', 'C:\\b.h'],
    ['/a..b/c', '/a..b/c'],
  ])('%s is %s', (path, expected) => expect(normalPath(path)).toBe(expected));
});
