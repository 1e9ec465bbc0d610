import { describe, expect, it } from 'vitest';
import { compile } from '../../server/src/c/compile.ts';

/** The codes of what is found in a program, in its order. */
function codesOf(text: string, warnings: readonly string[] = []): string[] {
  const options = { cpu: 3, profile: 'optimised', defines: [], warnings } as const;
  return compile('a.c', text, () => null, options).diagnostics.map(({ code, severity }) =>
    severity === 'error' ? `${code}!` : code,
  );
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
    ).toEqual(['int-conversion!']);
  });

  it('work inside macros, too', () => {
    expect(
      codesOf(`void g(int *p);
#define QUIET(e) ({ _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \\"-Wint-conversion\\"") e; _Pragma("clang diagnostic pop") })
void f(long x) { QUIET(g(x)); }`),
    ).toEqual([]);
  });

  it('turn on what -Wall leaves off', () => {
    const text = 'int x; int f(int a) { int x = 1; return x; }';
    expect(codesOf(text)).toEqual([]);
    expect(codesOf(`#pragma clang diagnostic warning "-Wshadow"\n${text}`)).toEqual(['shadow']);
  });
});

describe('-W options', () => {
  const text = 'static int g(void) { return 1; } int f(int a, int b) { int x; b = 2; return 0; }';

  it.each([
    ['', ['unused-function', 'unused-variable']],
    ['-Wno-unused', []],
    ['-Wno-unused-variable', ['unused-function']],
    ['-Wextra', ['unused-function', 'unused-parameter', 'unused-but-set-parameter', 'unused-variable']],
    ['-Wextra -Wno-unused-parameter', ['unused-function', 'unused-but-set-parameter', 'unused-variable']],
    ['-w', []],
    ['-w -Wunused-variable', ['unused-variable']],
    ['-Werror=unused-function', ['unused-function!', 'unused-variable']],
    ['-Werror', ['unused-function', 'unused-variable']],
    ['-Wl,-z -Wno-no-such-warning', ['unused-function', 'unused-variable']],
  ])('%s', (options, expected) => {
    expect(codesOf(text, options.split(' '))).toEqual(expected);
  });
});
