import type { Program } from '../../../server/src/program/program.ts';
import { kernelOracle } from '../../support/oracle.ts';
import { programOf, verdictFiles, type VerdictFile } from '../../support/verdictFiles.ts';
import type { Judged } from '../judged.ts';
import { CannotAsk, type Source } from './source.ts';

/** The programs of test/files/verdicts: one rule each, accepted or refused. */
export const ownPrograms: Source = {
  name: 'own',
  what: 'our own small programs of `test/files/verdicts`, one rule each',
  collect() {
    const oracle = kernelOracle();
    if (oracle === null) throw new CannotAsk('this machine’s kernel does not load eBPF programs for this user');
    const files = verdictFiles();
    const judged = ([1, 2] as const).flatMap((logLevel) => {
      // Of long walks only the end is kept.
      const programs = files
        .filter(({ processed }) => (processed ?? 0) > 10_000 === (logLevel === 1))
        .map(nameAndProgram);
      const verdicts = oracle.verify(
        programs.map(({ program }) => program),
        logLevel,
      );
      return programs.map(({ id, program }, i): Judged => {
        return { id, section: program.section, program: () => program, kernel: verdicts[i] ?? null, logLevel };
      });
    });
    return Promise.resolve(judged);
  },
};

function nameAndProgram(file: VerdictFile): { id: string; program: Program } {
  return { id: file.name, program: programOf(file) };
}
