import { describe, expect, it } from 'vitest';
import { diagnosticsOf } from '../../../server/src/c/diagnosticsOf.ts';
import type { Includes } from '../../../server/src/c/compile.ts';
import type { FileSpan } from '../../../server/src/c/places.ts';
import { preprocess, type Preprocessed } from '../../../server/src/c/preprocess/preprocess.ts';

/** Where tokens and problems stand: in files, in the bodies of macros, in arguments. */

const HEADERS: Readonly<Record<string, string>> = {
  'm.h': '#define M(x) (x + in_m)\n#define N M(in_n)\n',
  'bad.h': 'int x;\n#error in here\n#warning not told\n',
  'user.h': '#warning told\n',
  'system.h': '#pragma clang system_header\n#warning not told\n',
};

const includes: Includes = (name, angled) => {
  const text = HEADERS[name];
  return text === undefined ? null : { path: name, text, system: angled, folder: 0 };
};

const read = (text: string): Preprocessed =>
  preprocess({ path: 'main.c', text, includes, options: { cpu: 3, defines: [] } });

const shown = (span: FileSpan | null): string =>
  span === null ? 'nowhere' : `${span.file.path}:${span.start} ${span.file.text.slice(span.start, span.end)}`;

/** Of the token with a spelling: what a user would see underlined; where it is spelled; the macros, innermost first. */
function checkPlace(text: string, spelling: string, expected: string): void {
  const { tokens, places } = read(text);
  const at = Array.from({ length: tokens.count }, (_, index) => index).find(
    (index) => tokens.atoms.text(tokens.atom[index]!) === spelling,
  )!;
  const [start, end] = [tokens.place[at]!, tokens.end[at]!];
  const spelled = places.spelling(start)!;
  const macros = places.macros(start).map(({ name, definedAt }) => `${name}@${places.spelling(definedAt)?.offset}`);
  const seen = shown(places.span({ start, end }));
  expect(`${seen} | ${spelled.file.path}:${spelled.offset} | ${macros.join(' ')}`).toBe(expected);
}

describe('places of tokens', () => {
  it.each([
    ['int a;', 'a', 'main.c:4 a | main.c:4 | '],
    ['#define A a + b\nint x = A;', 'b', 'main.c:24 A | main.c:14 | A@8'],
    ['#define A B\n#define B b\nA', 'b', 'main.c:24 A | main.c:22 | B@20 A@8'],
    ['#define F(x) (x)\nF(arg)', 'arg', 'main.c:19 arg | main.c:19 | F@8'],
    ['#define F(x) G(x)\n#define G(y) (y)\nF(arg)', 'arg', 'main.c:37 arg | main.c:37 | G@26 F@8'],
    ['#define F(x) (x)\n#define A b\nF(A)', 'b', 'main.c:31 A | main.c:27 | A@25 F@8'],
    ['#include "m.h"\nN', 'in_n', 'main.c:15 N | m.h:36 | M@8 N@32'],
    ['#include "m.h"\nN', 'in_m', 'main.c:15 N | m.h:18 | M@8 N@32'],
    ['#include "m.h"\nM(1 + arg)', 'arg', 'main.c:21 arg | main.c:21 | M@8'],
    ['#define S(x) #x\nS(text)', '"text"', 'main.c:16 S | main.c:13 | S@8'],
    ['#define P(x) x ## 1\nP(one)', 'one1', 'main.c:20 P | main.c:22 | P@8'],
    ['\n__LINE__', '2', 'main.c:1 __LINE__ | main.c:1 | __LINE__@undefined'],
    ['#define EMPTY\n#define A EMPTY a\nA', 'a', 'main.c:32 A | main.c:30 | A@22'],
    ['one\\\ntwo', 'onetwo', 'main.c:0 one\\\ntwo | main.c:0 | '],
    ['_Pragma("unroll") x', 'unroll', 'main.c:0 _Pragma | main.c:0 | '],
  ])('%s: %s', checkPlace);

  it('cover ranges that begin or end in macros', () => {
    const { tokens, places } = read('#define A (1\n#define F(x) x)\nint q = A + F(2) ;');
    const range = (from: number, to: number): string =>
      shown(places.span({ start: tokens.place[from]!, end: tokens.end[to]! }));
    expect(range(0, 2)).toBe('main.c:29 int q =');
    expect(range(3, 7)).toBe('main.c:37 A + F');
    expect(range(5, 6)).toBe('main.c:39 + F(2');
    expect(range(0, 8)).toBe('main.c:29 int q = A + F(2) ;');
  });
});

/** Message, underlined text and related places of each diagnostic. */
function checkTold(text: string, expected: readonly string[]): void {
  const { problems, places } = read(text);
  const told = diagnosticsOf(problems, places).map(({ severity, message, span, related }) => {
    const notes = related.map((note) => `; ${note.path ?? 'here'}:${note.span.start} ${note.message}`);
    return `${severity} "${text.slice(span?.start, span?.end)}": ${message}${notes.join('')}`;
  });
  expect(told).toEqual(expected);
}

describe('places of diagnostics', () => {
  it.each([
    ['#define A 1\n#define A 2', ['warning "A": \'A\' macro redefined; here:8 previous definition is here']],
    [
      '#include "bad.h"\n',
      ['error "#include "bad.h"": in here; bad.h:8 in here', 'warning "#include "bad.h"": not told; bad.h:23 not told'],
    ],
    ['#include <bad.h>\n', ['error "#include <bad.h>": in here; bad.h:8 in here']],
    ['#include "user.h"', ['warning "#include "user.h"": told; user.h:1 told']],
    ['#include "system.h"\n', []],
    ['#include <none.h>', ['error "<none.h>": \'none.h\' file not found']],
    [
      '#define F(a) a\nF(1, 2)',
      ['error "2": too many arguments provided to function-like macro invocation; here:8 macro \'F\' defined here'],
    ],
    ['#define F(a) a(\n#define G() F(x)\nG() + 1', []],
    [
      '#define P(a, b) a ## b\n#define Q P(+, x)\nint y = Q;',
      [
        "error \"Q\": pasting formed '+x', an invalid preprocessing token; here:8 expanded from macro 'P'; here:31 expanded from macro 'Q'",
      ],
    ],
    ['#if (1\n#endif', ["error \"\": expected ')' in preprocessor expression; here:4 to match this '('"]],
    ['#if 1\nint x;', ['error "if": unterminated conditional directive']],
  ])('%s', checkTold);
});
