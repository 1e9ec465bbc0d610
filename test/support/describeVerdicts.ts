import { describe, expect, it } from 'vitest';
import { kernelBtf } from './kernelBtf.ts';
import { kernelAnswers, kernels, ours } from './sameVerdict.ts';
import type { TypedProgram } from './typedProgram.ts';

/** A program, and `accept` or what the kernel says first. */
export interface ExpectedVerdict {
  readonly name: string;
  readonly verdict: string;
  readonly told: TypedProgram;
}

/** Where the programs can be judged: only with the types of a kernel, or everywhere. */
export type Judgeable = 'withKernelTypes' | 'anywhere';

/** Each program gets its verdict, and the running kernel's in all that is compared. */
export function describeVerdicts(
  what: string,
  all: readonly ExpectedVerdict[],
  judgeable: Judgeable = 'withKernelTypes',
): void {
  const options = { kernelBtf: kernelBtf() };
  const skipped = judgeable === 'withKernelTypes' && options.kernelBtf === null;

  describe.skipIf(skipped)(skipped ? `${what} (skipped without the types of a kernel)` : what, () => {
    it.each(all)('$name', ({ told, verdict }) => {
      const { verdict: outcome, message } = ours(told, options);
      expect(outcome === 'accept' ? 'accept' : message || outcome).toBe(verdict);
    });

    it.skipIf(!kernelAnswers)('are judged as the running kernel does (skipped where there is none)', () => {
      const asked = kernels(all.map(({ told }) => told));
      expect(all.map(({ name, told }) => ({ name, ...ours(told, options) }))).toEqual(
        all.map(({ name }, i) => ({ name, ...asked[i] })),
      );
    });
  });
}
