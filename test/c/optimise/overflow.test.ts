import { expect, it } from 'vitest';
import { compile } from '../../../server/src/c/compile.ts';

/** Whether `f` compares at all. */
function compares(expr: string, noOverflow: boolean): boolean {
  const text = `__attribute__((section("tc"))) int f(void *ctx, unsigned a, int b) { return ${expr}; }\n`;
  const options = { cpu: 3, profile: 'optimised', defines: [], assumes: { noOverflow } } as const;
  const { module } = compile('a.c', text, () => null, options);
  const instrs = module?.functions.get('f')?.blocks.flatMap((block) => block.instrs) ?? [];
  return instrs.some(({ op }) => op === 'compare' || op === 'branch');
}

it.each(['a + 0x7fffffffffffffffll >= 1'])('signed sums do not overflow, unless -fwrapv says so: %s', (expr) => {
  expect(compares(expr, true)).toBe(false);
  expect(compares(expr, false)).toBe(true);
});
it('unsigned ones do', () => expect(compares('a + 0x7fffffffffffffffull <= 0x7fffffffffffffffull', true)).toBe(true));
