import { describe, expect, it } from 'vitest';
import { compile } from '../../server/src/c/compile.ts';

/** The codes of what is found in a program, in its order. */
function codesOf(text: string): string[] {
  const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
  return compile('a.c', text, () => null, options).diagnostics.map(({ code }) => code);
}

describe('pragmas about diagnostics', () => {
  it('let findings go between push and pop only', () => {
    expect(
      codesOf(`void g(int *p);
void f(long x) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wint-conversion"
  g(x);
#pragma GCC diagnostic pop
  g(x);
}`),
    ).toEqual(['int-conversion']);
  });

  it('work inside macros, too', () => {
    expect(
      codesOf(`void g(int *p);
#define QUIET(e) ({ _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \\"-Wint-conversion\\"") e; _Pragma("clang diagnostic pop") })
void f(long x) { QUIET(g(x)); }`),
    ).toEqual([]);
  });
});
