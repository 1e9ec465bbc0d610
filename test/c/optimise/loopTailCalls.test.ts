import { describe, expect, it } from 'vitest';
import { compile } from '../../../server/src/c/compile.ts';
import { readObject } from '../../../server/src/elf/readObject.ts';
import { NEWEST } from '../../../server/src/kernel/releases.ts';
import { verify } from '../../../server/src/verifier/verify.ts';
import { ENGINES, TestBed } from '../../fuzz/engines.ts';

const PRELUDE = `typedef unsigned int u32;
struct __sk_buff { u32 len; };
#define inlined static inline __attribute__((always_inline))
#define called static __attribute__((noinline))
`;

/** What the compiler complains of. */
function problemsOf(functions: string, body: string): string[] {
  return compiled(functions, body).diagnostics.map(({ message }) => message);
}

function compiled(functions: string, body: string): ReturnType<typeof compile> {
  const text = `${PRELUDE}${functions}\n__attribute__((section("tc"))) int f(struct __sk_buff *skb) { ${body} }\n`;
  return compile('a.c', text, () => null, { cpu: 3, profile: 'optimised', defines: [] });
}

/** What the program returns for a packet of 64 bytes, once the verifier took it. */
function returned(functions: string, body: string): number {
  const { object, diagnostics } = compiled(functions, body);
  expect(diagnostics).toEqual([]);
  const program = readObject('a.o', object!).programs[0]!;
  expect(verify(program, { kernel: NEWEST, privileged: true, logLevel: 0 }).finding?.kernelMessage).toBeUndefined();
  const [line] = new TestBed([program]).run(ENGINES[0]!, program, [new Uint8Array(64)]);
  return Number(line?.split(' ')[0]);
}

describe('a function that calls itself last', () => {
  it('is inlined', () =>
    expect(
      returned(
        `inlined u32 mix(u32 h, const char *p, u32 len) {
          return len >= 4 ? mix(h * 3 + p[0], p + 4, len - 4) : len > 0 ? mix(h * 5 + *p, p + 1, len - 1) : h ^ 7; }`,
        'char text[6] = { 1, 2, 3, 4, 5, 6 }; return mix(1, text, 6);',
      ),
    ).toBe(131 ^ 7));

  it('is a loop, where it is called', () =>
    expect(
      returned(
        'called u32 power(u32 n, u32 x) { if (n == 0) return x; return power(n - 1, x * 3); }',
        'return power(5, 1);',
      ),
    ).toBe(243));

  it('exchanges its parameters at once', () =>
    expect(
      returned(
        'inlined u32 turn(u32 a, u32 b, u32 n) { if (n == 0) return a * 10 + b; return turn(b, a, n - 1); }',
        'return turn(1, 2, 3);',
      ),
    ).toBe(21));

  it('is complained of, where something is done after the call', () =>
    expect(
      problemsOf('inlined u32 sum(u32 n) { return n == 0 ? 0 : n + sum(n - 1); }', 'return sum(skb->len);'),
    ).toContain("'sum' is always_inline and calls itself, so it cannot be inlined"));
});
