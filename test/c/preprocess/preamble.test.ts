import { describe, expect, it } from 'vitest';
import type { Includes } from '../../../server/src/c/compile.ts';
import { diagnosticsOf } from '../../../server/src/c/diagnosticsOf.ts';
import { preprocessAgain, type Preamble } from '../../../server/src/c/preprocess/preamble.ts';
import { preprocess, type Preprocessed, type PreprocessInput } from '../../../server/src/c/preprocess/preprocess.ts';
import { joinedTokens } from '../../../server/src/c/tokens.ts';
import { randomNumbers } from '../../support/random.ts';

/** What is kept between edits makes no difference to what comes out. */

const HEADERS: Record<string, string> = {
  'a.h': '#pragma once\n#define A(x) x + __COUNTER__\nint a = A(1);\n#include "b.h"\n',
  'b.h': '#ifndef B_H\n#define B_H\n#define B A(2) __LINE__\nint b = B;\n#endif\n',
  'c.h': 'int c = __INCLUDE_LEVEL__;\n#pragma push_macro("A")\n',
};

const MAIN = `/* Headers first. */
#include "a.h"
#include <b.h>
#define LOCAL(x, ...) f(x, ##__VA_ARGS__)
#if defined(LOCAL) && __has_include("c.h")
#include "c.h"
#else
#define NEVER
#endif
#ifdef NEVER
#warning never
#endif

int x = LOCAL(1, B);
#include "c.h"
#if 0
not this
#endif
#pragma pop_macro("A")
char *name = __FILE__;
int y = LOCAL(A(3)) + __LINE__ + __COUNTER__;
`;

const PIECES = [
  '#define LOCAL 3\n', '#include "a.h"\n', '#include "gone.h"\n', '\n', ' ', '/*', '*/', '//', '"', 'A(1)', 'B', '#if 1\n',
  '#if 0\n', '#endif\n', '#else\n', '#undef A\n', '\\\n', '(', ')', 'LOCAL(', 'x', '#line 7\n', '#pragma unroll\n', '#',
]; // prettier-ignore

const includes: Includes = (name) => {
  const text = HEADERS[name];
  return text === undefined ? null : { path: name, text, system: name === 'b.h', folder: 0 };
};

const inputOf = (text: string): PreprocessInput => ({
  path: 'main.c',
  text,
  includes,
  options: { cpu: 3, defines: [{ name: 'GIVEN', value: '1' }] },
});

/** All of a result that others see, with spellings for atoms. */
function seen({
  tokens: parts,
  places,
  problems,
  missing,
  macros,
  mentions,
  inclusions,
  inactive,
}: Preprocessed): unknown {
  const tokens = joinedTokens(parts);
  const rows = Array.from({ length: tokens.count + 1 }, (_, at) => {
    const place = tokens.place[at]!;
    const written = places.written(place);
    const spelled = places.spelling(place);
    return [
      tokens.kind[at], tokens.atoms.text(tokens.atom[at]!), place, tokens.end[at], written?.file.path, written?.offset,
      spelled?.file.path, spelled?.offset, places.macros(place),
    ]; // prettier-ignore
  });
  const named = macros
    .map(({ atom, definition }) => `${tokens.atoms.text(atom)} ${definition.start} ${definition.end}`)
    .toSorted();
  const used = mentions.map(({ macro, at }) => [tokens.atoms.text(macro.atom), macro.definedAt, at]);
  return { rows, named, used, missing, inclusions, inactive, problems, told: diagnosticsOf(problems, places) };
}

describe('a preamble that is kept', () => {
  it.each([1, 2, 3, 4])('gives what reading everything gives, after random edits (seed %d)', (seed) => {
    const random = randomNumbers(seed);
    let text = MAIN;
    let kept: Preamble | null = null;
    let reused = 0;
    for (let step = 0; step < 150; step++) {
      const again = preprocessAgain(inputOf(text), kept);
      if (kept !== null && again.preamble === kept) reused++;
      kept = again.preamble;
      expect(seen(again.result), text).toEqual(seen(preprocess(inputOf(text))));
      text = random(8) === 0 ? MAIN : edited(text, random);
    }
    expect(reused).toBeGreaterThan(30);
  });

  it('is dropped when a header, an option or the room of the main file changes', () => {
    const { preamble } = preprocessAgain(inputOf(MAIN), null);
    const input = inputOf(`${MAIN}int z;\n`);
    expect(preprocessAgain(input, preamble).preamble).toBe(preamble);
    const changed: Includes = (name, ...rest) => {
      const found = includes(name, ...rest);
      return found === null || name !== 'b.h' ? found : { ...found, text: `${found.text}int more;\n` };
    };
    expect(preprocessAgain({ ...input, includes: changed }, preamble).preamble).not.toBe(preamble);
    expect(preprocessAgain({ ...input, options: { cpu: 4, defines: [] } }, preamble).preamble).not.toBe(preamble);
    expect(preprocessAgain(inputOf(MAIN + ' '.repeat(100_000)), preamble).preamble).not.toBe(preamble);
    expect(preprocessAgain(inputOf(MAIN.replace('first', 'last!')), preamble).preamble).not.toBe(preamble);
  });

  it('is none where a file begins with code', () => {
    expect(preprocessAgain(inputOf('int x;\n#include "a.h"\n'), null).preamble).toBeNull();
  });

  it('reads nothing amiss where a header is called as if a comment began', () => {
    const input = inputOf('#include <b/*.h>\n#include "a.h"\nint x;\nint y;\n/* */\n#include "c.h"\nint z;\n');
    expect(seen(preprocessAgain(input, null).result)).toEqual(seen(preprocess(input)));
  });
});

/** Mostly behind the directives at the beginning, as people edit. */
function edited(text: string, random: (below: number) => number): string {
  const from = random(5) === 0 ? 0 : Math.min(text.length, MAIN.indexOf('int x'));
  const at = from + random(text.length - from + 1);
  const removed = random(3) === 0 ? random(6) : 0;
  return text.slice(0, at) + (random(4) === 0 ? '' : PIECES[random(PIECES.length)]!) + text.slice(at + removed);
}
