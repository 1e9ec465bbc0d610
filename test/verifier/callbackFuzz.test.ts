import { describe, expect, it } from 'vitest';
import { VERIFY_DEFAULTS, verifyJob } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelAnswers, kernels, ours, type Told } from '../support/sameVerdict.ts';
import type { TypedProgram } from '../support/typedProgram.ts';
import { times } from '../support/times.ts';
import { callbackProgram } from './callbackPrograms.ts';

const BATCH = 50;
/** Longer walks would fill the kernel's log. */
const LONG = 3000;
/** Behind these are programs at which Linux 6.18.44 itself faults, in mark_chain_precision: a search stays before them. */
const MOST_BATCHES = 48;
const options = { kernelBtf: kernelBtf() };

/** Random programs with callbacks and their like get the verdict, text, place and count of steps of the running kernel. */
describe.skipIf(!kernelAnswers)('random callbacks, against the running kernel (skipped where there is none)', () => {
  it.each(Array.from({ length: Math.min(times(3), MOST_BATCHES) }, (_, i) => i * BATCH))(
    'seeds from %i',
    { timeout: 120_000 },
    (from) => {
      const walked = Array.from({ length: BATCH }, (_, i) => ({ seed: from + i, program: callbackProgram(from + i) }))
        .filter(({ program }) => isShort(program))
        .map(({ seed, program }) => ({ seed, program, told: ours(program, options) }));
      const known = walked.filter(({ told }) => told.verdict !== 'unsupported');
      expect(known.length).toBeGreaterThan(0.9 * walked.length);
      const asked = kernels(known.map(({ program }) => program));
      expect(known.map(({ seed, told }, i) => [seed, comparable(told, asked[i])])).toEqual(
        known.map(({ seed }, i) => [seed, asked[i] && comparable(asked[i], asked[i])]),
      );
    },
  );
});

function isShort({ program }: TypedProgram): boolean {
  return verifyJob(program, { ...VERIFY_DEFAULTS, ...options }).advance(LONG);
}

/** The log does not always tell the place, or tells that in the rewritten program. */
function comparable(told: Told, kernel: Told | undefined): Told {
  const message = told.message.replace(/(No program to jit) at insn \d+/, '$1');
  const rewritten = message !== told.message;
  return { ...told, message, pc: kernel?.pc === null || rewritten ? null : told.pc };
}
