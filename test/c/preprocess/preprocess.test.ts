import { describe, expect, it } from 'vitest';
import { preprocess } from '../../../server/src/c/preprocess/preprocess.ts';
import type { Includes } from '../../../server/src/c/compile.ts';

/** What programs become: input and expected tokens side by side. */

const files: Readonly<Record<string, string>> = {
  'guarded.h': '#ifndef G\n#define G\nguarded\n#endif\n',
  'once.h': '#pragma once\nonce\n',
  'twice.h': 'twice\n',
};

const includes: Includes = (name, angled) => {
  if (name === 'quoted.h') return angled ? null : { path: name, text: 'quoted', system: false, folder: -1 };
  const text = files[name];
  return text === undefined ? null : { path: name, text, system: false, folder: 0 };
};

/** The tokens, spelled with spaces between them, then what was wrong. */
function checkTokens(text: string, expected: string): void {
  const { tokens, problems } = preprocess({ path: 'main.c', text, includes, options: { cpu: 3, defines: [] } });
  const spelled = Array.from({ length: tokens.count }, (_, index) => tokens.atoms.text(tokens.atom[index]!));
  expect([...spelled, ...problems.map(({ message }) => `! ${message}`)].join(' ')).toBe(expected);
}

describe('macros', () => {
  it.each([
    ['#define x 1\nx', '1'],
    ['#define f(a) a*g\n#define g(a) f(a)\nf(2)(9)', '2 * 9 * g'],
    ['#define s(x) #x\ns( a  "b\\n" )', '"a \\"b\\\\n\\""'],
    ['#define p(a, ...) f(a, ##__VA_ARGS__)\np(1) p(1, 2)', 'f ( 1 ) f ( 1 , 2 )'],
    ['#define f(...) a __VA_OPT__(b) c\nf() f(1)', 'a c a b c'],
    ['#define f(x) x\nf(', '! unterminated function-like macro invocation'],
    ['#define a(x) x##/\na(/)', "/ / ! pasting formed '//', an invalid preprocessing token"],
  ])('%s', checkTokens);
});

describe('files', () => {
  it.each([
    ['#include "guarded.h"\n#include "guarded.h"\n', 'guarded'],
    ['#include "once.h"\n#include <once.h>\n', 'once'],
    ['#define T "twice.h"\n#include T\n#include "twice.h"\n', 'twice twice'],
    ['#include <quoted.h>\n', 'quoted ! \'quoted.h\' file not found with <angled> include; use "quotes" instead'],
    ['#include "nothing.h"\n', "! 'nothing.h' file not found"],
  ])('%s', checkTokens);
});
