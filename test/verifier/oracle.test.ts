import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { exampleFiles } from '../support/exampleFiles.ts';
import { kernelOracle } from '../support/oracle.ts';
import { programsOf, verdictFiles } from '../support/verdictFiles.ts';

const oracle = kernelOracle();
const files = [...verdictFiles(), ...exampleFiles()].flatMap((file) =>
  programsOf(file).map((program) => [`${file.name} ${program.name}`, program] as const),
);

/** Our verdict, message and place against this machine's kernel, program by program. */
describe.skipIf(oracle === null)('verify, against the running kernel (skipped where there is none)', () => {
  const verdicts = oracle?.verify(files.map(([, program]) => program)) ?? [];

  it.each(files.map(([name, program], i) => [name, program, i] as const))('%s', (_name, program, i) => {
    const kernel = verdicts[i];
    const ours = verify(program);
    expect({
      verdict: ours.outcome,
      message: ours.finding?.kernelMessage ?? '',
      pc: kernel?.pc === null ? null : (ours.finding?.pc ?? null),
      processed: kernel?.processed === null ? null : ours.processed,
    }).toEqual({
      verdict: kernel?.verdict === 'accept' ? 'accepted' : 'rejected',
      message: kernel?.message,
      pc: kernel?.pc,
      processed: kernel?.processed,
    });
  });
});
