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

  it('hold for directives, too', () => {
    const ignore = '#pragma GCC diagnostic ignored "-Wunknown-pragmas"';
    expect(codesOf(`int a;\n#pragma foo\n${ignore}\n#pragma foo\nint b;`)).toEqual(['unknown-pragmas']);
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

describe("calls of functions that say 'warning'", () => {
  const declared = 'void bad(void) __attribute__((warning("use good")));\n';

  it('are told of where they are left, once each', () => {
    const text = `${declared}static inline void g(int a) { if (a) bad(); }
int f(int a) { if (0) bad(); g(0); g(1); g(2); bad(); return 0; }`;
    const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
    const { diagnostics, object } = compile('a.c', text, () => null, options);
    expect(
      diagnostics.map(({ code, message, span }) => [code, message, text.slice(span!.start, span!.start + 3)]),
    ).toEqual(
      ['bad', 'bad'].map((name) => [
        'attribute-warning',
        "call to 'bad' declared with 'warning' attribute: use good",
        name,
      ]),
    );
    expect(object).not.toBeNull();
  });

  it('are silent, or errors, where options and pragmas say so', () => {
    const text = `${declared}int f(void) { bad(); return 0; }`;
    expect(codesOf(text)).toEqual(['attribute-warning']);
    expect(codesOf(text, ['-Wno-attribute-warning'])).toEqual([]);
    expect(codesOf(text, ['-Werror=attribute-warning'])).toEqual(['attribute-warning!']);
    expect(codesOf(`#pragma clang diagnostic ignored "-Wattribute-warning"\n${text}`)).toEqual([]);
  });
});
