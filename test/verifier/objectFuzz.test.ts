import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { programAsked } from '../support/askBoth.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { logLines } from '../support/logLines.ts';
import { kernelOracle } from '../support/oracle.ts';
import { RUNNING_KERNEL } from '../support/runningKernel.ts';
import { times } from '../support/times.ts';
import { DYNPTR_CASES } from './dynptrCallCases.ts';
import { ITERATOR_CASES } from './iteratorCases.ts';
import { objectProgram } from './objectPrograms.ts';

const oracle = kernelOracle();
const able = oracle !== null && kernelBtf() !== null;
/** Seeds of an area that no other test uses. */
const FIRST = 700_000;
const options = { kernel: RUNNING_KERNEL, kernelBtf: kernelBtf() };

describe.skipIf(!able)(
  'random programs with dynptrs and iterators, against the running kernel (skipped where there is none)',
  () => {
    const programs = Array.from({ length: times(120) }, (_, i) => objectProgram(FIRST + i));
    const ours = able ? programs.map((program) => verify(program, options)) : [];

    it('verdicts, all lines, places and steps', () => {
      const kernel = oracle?.verify(programs) ?? [];
      expect(
        ours.map(({ outcome, finding, processed }, i) => ({
          seed: FIRST + i,
          verdict: outcome,
          lines: finding?.kernelLines ?? [],
          pc: kernel[i]?.pc === null ? null : (finding?.pc ?? null),
          processed,
        })),
      ).toEqual(
        kernel.map(({ verdict, lines, pc, processed }, i) => ({
          seed: FIRST + i,
          verdict: `${verdict}ed`,
          lines,
          pc,
          processed,
        })),
      );
      expect(ours.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThan(programs.length / 3);
    });

    it.each([1, 2] as const)('logs of level %i', (logLevel) => {
      const small = programs.filter((_, i) => (ours[i]?.processed ?? 0) < 2000);
      const kernel = oracle?.verify(small, logLevel) ?? [];
      expect(small.map((program) => logLines(verify(program, { ...options, logLevel }).log))).toEqual(
        kernel.map(({ log }) => logLines(log)),
      );
    });
  },
);

describe.skipIf(!able)('logs of level 2, against the running kernel (skipped where there is none)', () => {
  const asked = [
    ...ITERATOR_CASES.map(([, body]) => ({ section: 'tp/syscalls/sys_enter_nanosleep', body })),
    ...DYNPTR_CASES.map(([, section, body]) => ({ section, body })),
  ];

  it('show iterators and dynptrs as the kernel shows them', () => {
    const programs = asked.map(programAsked);
    const kernel = oracle?.verify(programs, 2) ?? [];
    expect(programs.map((program) => logLines(verify(program, { ...options, logLevel: 2 }).log))).toEqual(
      kernel.map(({ log }) => logLines(log)),
    );
  });
});
