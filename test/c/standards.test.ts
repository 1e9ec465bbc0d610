import { describe, expect, it } from 'vitest';
import { compile, type Standard } from '../../server/src/c/compile.ts';
import { STDBOOL } from '../../server/src/c/headers/compilerHeaders.ts';

/** The codes of what is found in a program, in its order. */
function codesOf(text: string, standard: Standard): string[] {
  const header = { path: 'stdbool.h', text: STDBOOL, system: true, folder: 0 };
  const options = { cpu: 3, profile: 'optimised', defines: [], standard } as const;
  return compile('a.c', text, () => header, options).diagnostics.map(({ code }) => code);
}

describe('C23', () => {
  it.each([
    'bool b = true, c = false;',
    'static_assert(sizeof(bool) == 1); static_assert(alignof(int) == 4, "int");',
    'static_assert(_Generic(true, bool: 1, default: 0));',
    'struct s { alignas(8) char c; bool b; }; static_assert(alignof(struct s) == 8);',
    'int *f(void) { return nullptr; }',
    'typeof_unqual(const int) i; int *f(void) { return &i; }',
    '#if !true || false\n#error\n#endif\n#if __STDC_VERSION__ != 202311L\n#error\n#endif',
    '#define true 1\n#define bool _Bool\nbool b = true;',
    '#include <stdbool.h>\nbool b = true;',
    'int f(int a) { goto out; out: int b = a; return b; }',
  ])('%s', (text) => expect(codesOf(text, 23)).toEqual([]));

  it.each([
    ['bool b;', 'c-unknown-type'],
    ['int *p = nullptr;', 'c-undeclared'],
    ['_Static_assert(1);', 'c23-extensions'],
    ['#define true 1\n#define true 2\n', 'macro-redefined'],
  ])('%s is not C17', (text, code) => expect(codesOf(text, 17)).toEqual([code]));
});
