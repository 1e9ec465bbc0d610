import { describe, expect, it } from 'vitest';
import type { Verification } from '../../server/src/verifier/verification.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { lineOfPc, programOf, verdictFiles } from '../support/verdictFiles.ts';
import type { VerdictFile } from '../support/verdictFiles.ts';

/** Our verdict on each program of test/files/verdicts is what the file says the kernel says. */
describe('verdicts of the corpus', () => {
  it.each(verdictFiles().map((file) => [file.name, file] as const))('%s', (_name, file) => {
    const program = programOf(file);
    const ours = verify(program);
    expect(seen(file, ours, lineOfPc(program, file.text, ours.finding?.pc ?? null))).toEqual({
      outcome: file.outcome,
      message: file.message,
      line: file.line,
      processed: file.processed,
    });
  });
});

type Seen = Pick<VerdictFile, 'message' | 'line' | 'processed'> & { readonly outcome: string };

/** What `verify` found, in the terms of the file; the line only where the kernel names one. */
function seen(file: VerdictFile, { outcome, finding, processed }: Verification, line: number | null): Seen {
  return {
    outcome,
    message: finding?.kernelMessage.split('\n')[0] ?? null,
    line: file.line === null ? null : line,
    processed: file.processed === null ? null : processed,
  };
}
