import { describe, expect, it } from 'vitest';
import type { Includes } from '../../../server/src/c/compile.ts';
import { macroAt, macroList, mentionsOf } from '../../../server/src/c/preprocess/macroFacts.ts';
import { preprocess, type Preprocessed } from '../../../server/src/c/preprocess/preprocess.ts';

/** What an editor says of a macro under the cursor. */

const includes: Includes = (name) =>
  name === 'h.h' ? { path: 'h.h', text: '#define IN_HEADER(p) \\\n  p  + p\n', system: false, folder: 0 } : null;

function read(text: string): Preprocessed {
  return preprocess({
    path: 'main.c',
    text,
    includes,
    options: { cpu: 3, defines: [{ name: 'GIVEN', value: '(1)' }] },
  });
}

/** The cursor is at `|`. */
function checkHover(marked: string, expected: string | null): void {
  const offset = marked.indexOf('|');
  const result = read(marked.replace('|', ''));
  const fact = macroAt(result, offset);
  if (fact === null) return expect(expected).toBeNull();
  const where = fact.definedAt === null ? 'nowhere' : `${fact.definedAt.file.path}:${fact.definedAt.start}`;
  expect(`${fact.definition} @ ${where} -> ${fact.expansion}`).toBe(expected);
}

describe('the macro under the cursor', () => {
  it.each([
    ['#define A 1\nint a = |A;', '#define A 1 @ main.c:8 -> 1'],
    [
      '#define F(x) ((x) * B)\n#define B 2 + 3\nint a = F|(B->c);',
      '#define F(x) ((x) * B) @ main.c:8 -> ((2 + 3->c) * 2 + 3)',
    ],
    ['#define F(x) ((x) * B)\n#define B 2 + 3\nint a = F(|B);', '#define B 2 + 3 @ main.c:31 -> 2 + 3'],
    ['#define T(x) x x\n#define B b[1]\nT(T(|B))', '#define B b[1] @ main.c:25 -> b[1]'],
    ['#define T(x) x x\n#define B b[1]\nT(|T(B))', '#define T(x) x x @ main.c:8 -> b[1] b[1]'],
    ['#include "h.h"\nIN_|HEADER(q)', '#define IN_HEADER(p) p + p @ h.h:8 -> q + q'],
    ['|GIVEN', '#define GIVEN (1) @ <command line>:8 -> (1)'],
    ['__bpf|__', '#define __bpf__ 1 @ <built-in>:11167 -> 1'],
    ['int l =\n|__LINE__;', 'null @ nowhere -> 2'],
    ['#define EMPTY\n|EMPTY x', '#define EMPTY @ main.c:8 -> '],
    ['#define |A 1', '#define A 1 @ main.c:8 -> null'],
    ['#define A 1\n#ifdef |A\n#endif', '#define A 1 @ main.c:8 -> null'],
    ['#define A 1\n#if A && defined(|A)\n#endif', '#define A 1 @ main.c:8 -> null'],
    ['#define A 1\n#undef A|\n', '#define A 1 @ main.c:8 -> null'],
    ['#define A 1\n#undef A\n|A', null],
    ['#define A 1\n#undef A\n#define A 2\n|A', '#define A 2 @ main.c:29 -> 2'],
    ['#define F(x) x\nint |F;', null],
  ])('%s', checkHover);
});

describe('all macros', () => {
  it('come with their parameters', () => {
    const macros = macroList(read('#define F(a, ...) a\n#define G(r...) r\n#define O 1\n#undef GIVEN\n'));
    const own = macros.filter(({ name }) => /^[FGO]$|GIVEN/.test(name));
    expect(own.map(({ name, params }) => [name, params])).toEqual([
      ['F', ['a', '...']],
      ['G', ['r...']],
      ['O', null],
    ]);
  });

  it('know where they are mentioned', () => {
    const result = read('#define A 1\nA\n#if A\n#endif\n#define B A\nB\n');
    const { macro } = macroList(result).find(({ name }) => name === 'A')!;
    expect(mentionsOf(result, macro).map(({ at }) => at.start)).toEqual([8, 12, 18]);
  });
});
