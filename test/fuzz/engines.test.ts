import { describe, expect, it } from 'vitest';
import { kernelRunner, runInKernel } from '../support/kernelRun.ts';
import { ENGINES, observedInKernel, packetsFor, TestBed } from './engines.ts';
import { validProgram } from './validProgram.ts';

const COUNT = 200;
const FIRST_SEED = 77_000;
const programs = Array.from({ length: COUNT }, (_, i) => validProgram(FIRST_SEED + i));
const packets = packetsFor(FIRST_SEED);

describe('random programs', () => {
  it.each(ENGINES.slice(1).map((engine) => [engine.name, engine] as const))('do the same in: %s', (_, engine) => {
    const bed = new TestBed(programs);
    const reference = ENGINES[0]!;
    for (const [i, program] of programs.entries())
      expect(bed.run(engine, program, packets), `seed ${FIRST_SEED + i}`).toEqual(bed.run(reference, program, packets));
  });
});

describe.skipIf(kernelRunner === null)('the running kernel (SKIPPED where bpf() is not open)', () => {
  it('takes all of them and computes the same', () => {
    const bed = new TestBed(programs);
    const answers = runInKernel(programs, packets);
    for (const [i, program] of programs.entries()) {
      const answer = answers[i]!;
      expect(answer.log, `seed ${FIRST_SEED + i}`).toBe('');
      expect(bed.run(ENGINES[0]!, program, packets), `seed ${FIRST_SEED + i}`).toEqual(
        observedInKernel(program, answer),
      );
    }
  });
});
