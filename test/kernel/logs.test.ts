import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { firstDifference } from '../fidelity/compareLog.ts';
import { possibleProcessors } from '../fidelity/processors.ts';
import { kernelOracle } from '../support/oracle.ts';
import { programOf, verdictFiles } from '../support/verdictFiles.ts';

/** The log at level 2 tells every step, so the same log means the same steps. Long walks are left to their counts. */
const files = verdictFiles().filter(({ processed }) => (processed ?? 0) < 1000);
const programs = files.map(programOf);
const oracle = kernelOracle();

describe.skipIf(oracle === null)('logs, against the running kernel (skipped where there is none)', () => {
  const said = oracle?.verify(programs, 2) ?? [];

  it.each(files.map(({ name }, i) => [name, i] as const))('%s', (_name, i) => {
    const program = programs[i];
    const kernel = said[i];
    if (program === undefined || kernel === undefined) throw new Error('no verdict');
    const { log } = verify(program, { logLevel: 2, processors: possibleProcessors() });
    expect(firstDifference(kernel.log, log)).toBeNull();
  });
});
