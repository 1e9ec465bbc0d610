import { describe, expect, it } from 'vitest';
import type { Includes } from '../../../server/src/c/compile.ts';
import { AtomTable } from '../../../server/src/c/preprocess/atomTable.ts';
import { TokenColumns } from '../../../server/src/c/preprocess/tokenColumns.ts';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';
import { randomNumbers } from '../../support/random.ts';

/** Nothing that is read takes for ever, fills the memory or throws. */

const chain = (length: number, last: string, body = (next: string): string => next): string =>
  Array.from({ length }, (_, at) => `#define M${at} ${at + 1 < length ? body(`M${at + 1}`) : last}\n`).join('');

const FILES: Readonly<Record<string, string>> = {
  'self.h': '#include "self.h"\n',
  'twice.h': '#include "twice.h"\n#include "twice.h"\n',
  'again.h': `${'int a;\n'.repeat(5000)}#include "again.h"\n`,
  'large.h': `/*${'x '.repeat(2_000_000)}*/\n#include "large.h"\n`,
};

const includes: Includes = (name) => {
  const text = FILES[name];
  return text === undefined ? null : { path: name, text, system: false, folder: 0 };
};

function problemsOf(text: string): string[] {
  const options = { cpu: 3 as const, defines: [] };
  const { problems } = preprocess({ path: 'main.c', text, includes, options });
  return problems.map(({ message }) => message);
}

const TOO_MANY = 'macros expand to too many tokens; write a loop or a function instead';
const TOKENS = 'more than 2,000,000 tokens';
const TOO_DEEP = '#include nested too deeply';

describe('limits', () => {
  it.each([
    ['a file that includes itself', '#include "self.h"\n', [TOO_DEEP]],
    ['a file that includes itself twice', '#include "twice.h"\n', [TOO_DEEP]],
    [
      'a large file that includes itself',
      '#include "again.h"\n',
      [`the program has ${TOKENS}, as 'again.h' is included 134 times; begin it with #pragma once`],
    ],
    [
      'a macro that is used often',
      `${chain(14, 'int x;', (next) => `${next} ${next}`)}${'M0\n'.repeat(100)}`,
      [TOO_MANY],
    ],
    ['a long text', 'int a;\n'.repeat(700_000), [`the program has ${TOKENS}; move a part of it to another file`]],
    ['large files', '#include "large.h"\n', ['the included files are too large together']],
    ['macros that double', `${chain(40, 'x', (next) => `${next} ${next}`)}M0\n`, [TOO_MANY]],
    ['macros that double to nothing', `${chain(40, '', (next) => `${next} ${next}`)}M0\n`, [TOO_MANY]],
    ['a long chain of macros', `${chain(20_000, '__LINE__ __LINE__')}M0 M0 M0\n`, []],
    ['many lines in a deep chain', `${chain(20_000, '__LINE__ '.repeat(20_000))}M0\n`, []],
    [
      'strings that double',
      `#define S(x) T(x)\n#define T(x) #x\n${chain(60, '"\\\\"', (next) => `S(${next})`)}M0\n`,
      [TOO_MANY],
    ],
    ['a long name that is pasted', `#define P ${Array(60_000).fill('a').join('##')}\nP\n`, [TOO_MANY]],
    [
      'arguments in arguments',
      `#define f(x) x\n${'f('.repeat(5000)}${')'.repeat(5000)}\n`,
      ['arguments of macros are nested too deeply'],
    ],
    [
      'parentheses in a condition',
      `#if ${'('.repeat(50_000)}1${')'.repeat(50_000)}\n#endif\n`,
      ['expression is nested too deeply'],
    ],
    ['signs in a condition', `#if ${'- '.repeat(50_001)}1\n#endif\n`, ['expression is nested too deeply']],
    ['conditionals in a condition', `#if ${'1 ? '.repeat(50_000)}1\n#endif\n`, ['expression is nested too deeply']],
    ['many conditionals', `${'#if 1\n'.repeat(50_000)}${'#endif\n'.repeat(50_000)}`, []],
    ['an argument that is used often', `#define f(x) ${'x '.repeat(5000)}\nf(${'y '.repeat(5000)})\n`, [TOO_MANY]],
    ['many comments that do not end well', '/*\\\n'.repeat(50_000), ['unterminated /* comment']],
    ['many splices', `${'a\\\n'.repeat(100_000)}\n`, []],
    [
      'many calls without an end',
      `#define f(x) x\n${'f('.repeat(50_000)}`,
      ['unterminated function-like macro invocation'],
    ],
  ])('%s', (_, text, expected) => {
    const begin = process.cpuUsage();
    expect(problemsOf(text)).toEqual(expected);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(20_000);
  });
});

describe('the columns of tokens', () => {
  it('say so when they are full', () => {
    const columns = new TokenColumns(1000);
    for (let at = 0; at < 10_000_000; at++) columns.push(1, 2, at, at + 1);
    const { count, kind } = columns.tokens(0, new AtomTable());
    expect([columns.full, count < 10_000_000, kind[count - 1], kind[count]]).toEqual([true, true, 1, 0]);
  });
});

describe('any text', () => {
  const PIECES = [
    '#', '##', '#define ', '#include ', '#if ', '#ifdef ', '#else', '#elif ', '#endif', '#undef ', '#pragma ', '#line ', '#error ',
    '_Pragma', '__VA_OPT__', '__VA_ARGS__', '...', '(', ')', ',', 'f', 'g', 'x', 'defined', '__has_include', '__LINE__', '"', "'",
    '\\', '\n', '\\\n', ' ', '/*', '*/', '//', '1', '0x', '1.', '<', '>', '"self.h"', '<large', '\0', '\r\n', 'é', '°', '\u2028',
    '\uD800', '\\u00e9', 'L', 'push_macro("x")', 'f(x)', 'f(', '#define f(x, ...) x##x #x\n', '#define x f\n', '#define g() (\n',
  ]; // prettier-ignore

  it.each([1, 2, 3])('gives tokens within the text (seed %d)', (seed) => {
    const random = randomNumbers(seed);
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: random(40) }, () => PIECES[random(PIECES.length)]!).join('');
      const options = { cpu: 3 as const, defines: [] };
      const { tokens, places, problems } = preprocess({ path: 'main.c', text, includes: () => null, options });
      for (let at = 0; at < tokens.count; at++) {
        const range = { start: tokens.place[at]!, end: tokens.end[at]! };
        const span = places.span(range);
        const inText = span !== null && span.start <= span.end && span.end <= span.file.text.length;
        expect(inText && range.start < range.end, JSON.stringify(text)).toBe(true);
      }
      for (const { at } of problems) expect(places.span(at), JSON.stringify(text)).not.toBeNull();
    }
  });
});
