import { describe, expect, it } from 'vitest';
import { compile, compileAgain, type CompileOptions, type Includes } from '../../../server/src/c/compile.ts';
import { preprocessAgain } from '../../../server/src/c/preprocess/preamble.ts';
import { preprocess, type Preprocessed } from '../../../server/src/c/preprocess/preprocess.ts';
import { joinedTokens } from '../../../server/src/c/tokens.ts';

/** A large header with which several files begin is read once, which makes no difference to what comes out. */

const large = (more: string): string =>
  `#pragma once\n${more}\nenum { LIMIT = 7 };\n#define TWICE(x) ((x) + (x))\n#include "inner.h"\n` +
  Array.from({ length: 9000 }, (_, i) => `struct s${i} { int a; long b${i}; };\n`).join('');

const FILES: Record<string, string> = {
  'large.h': large('typedef unsigned int u32;'),
  'base.h': large('char *main_file = __BASE_FILE__;'),
  'inner.h': 'static inline int inner(int x) { return TWICE(x); }\n',
  'small.h': '#define SMALL 3\n',
};

const includes: Includes = (name) => {
  const text = FILES[name];
  return text === undefined ? null : { path: name, text, system: false, folder: 0 };
};
const OPTIONS: CompileOptions = { cpu: 3, profile: 'optimised', defines: [] };

const ONE = '#include "large.h"\nint one(u32 x) { return inner(x); }\n';
const TWO = `/* Another file. */
#include "large.h"
#include "small.h"
#define MINE(x) TWICE(x)
__attribute__((section("xdp"))) int two(void *ctx) { struct s8999 s = {}; return MINE(SMALL) + s.a + LIMIT + inner(2); }
int wrong = undeclared;
`;

function seen({ tokens: parts, places, problems, missing, macros, inclusions, mentions }: Preprocessed): unknown {
  const tokens = joinedTokens(parts);
  const last = Array.from({ length: Math.min(200, tokens.count + 1) }, (_, back) => tokens.count - back).map((at) => [
    tokens.kind[at], tokens.atoms.text(tokens.atom[at]!), tokens.place[at], tokens.end[at],
    places.written(tokens.place[at]!)?.file.path, places.macros(tokens.place[at]!).map(({ name }) => name),
  ]); // prettier-ignore
  const files = places.files.map(({ path, base, includedAt, system }) => ({ path, base, includedAt, system }));
  const names = macros.map(({ atom }) => tokens.atoms.text(atom)).toSorted();
  const used = mentions.map(({ macro, at }) => [tokens.atoms.text(macro.atom), at]);
  return { count: tokens.count, last, files, names, used, problems, missing, inclusions };
}

describe('a large header that several files begin with', () => {
  const inputOf = (path: string, text: string, options = OPTIONS) => ({ path, text, includes, options });

  it('is read once, and the second file is as if it had been read for it', () => {
    const first = preprocessAgain(inputOf('one.c', ONE), null);
    const second = preprocessAgain(inputOf('two.c', TWO), null);
    expect(second.preamble?.start).toBe(first.preamble?.start);
    expect(seen(second.result)).toEqual(seen(preprocess(inputOf('two.c', TWO))));
  });

  it('gives the same findings and the same object', () => {
    compileAgain(inputOf('one.c', ONE), null);
    for (const text of [TWO, TWO.replace('undeclared', 'SMALL')]) {
      const { result, kept } = compileAgain(inputOf('two.c', text), null);
      const alone = compile('two.c', text, includes, OPTIONS);
      expect(kept.preamble?.start).not.toBeNull();
      expect(result.diagnostics).toEqual(alone.diagnostics);
      expect(result.object).toEqual(alone.object);
      const again = compileAgain(inputOf('two.c', text.replace('+ LIMIT', '- LIMIT')), kept).result;
      expect(again.object).toEqual(compile('two.c', text.replace('+ LIMIT', '- LIMIT'), includes, OPTIONS).object);
    }
  });

  it.each([
    ['another text of it', ONE, OPTIONS, () => (FILES['inner.h'] += '\n')],
    ['other options', ONE, { ...OPTIONS, defines: [{ name: 'A', value: '1' }] }, () => undefined],
    ['something before it', `#define A\n${ONE}`, OPTIONS, () => undefined],
    ['something behind it in its line', ONE.replace('"\n', '" /* this */\n'), OPTIONS, () => undefined],
    ['one that tells of the main file', ONE.replace('large', 'base'), OPTIONS, () => undefined],
    ['a small one', '#include "small.h"\n', OPTIONS, () => undefined],
  ])('is read anew for %s', (_, text, options, change) => {
    const first = preprocessAgain(inputOf('one.c', ONE), null).preamble?.start;
    expect(first).toBeDefined();
    change();
    const other = preprocessAgain(inputOf('other.c', text, options), null);
    expect(other.preamble?.start).not.toBe(first);
    expect(seen(other.result)).toEqual(seen(preprocess(inputOf('other.c', text, options))));
  });
});
