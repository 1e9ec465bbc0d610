import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelOracle } from '../support/oracle.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import { lineOfPc, programOf, readVerdictFile, verdictFiles } from '../support/verdictFiles.ts';
import type { VerdictFile } from '../support/verdictFiles.ts';

/**
 * The programs of test/files/verdicts say what the kernel says about them; here the kernel confirms it. With
 * UPDATE_VERDICTS=1 in the environment, what it says is written into the files (the outcome never is: somebody has to
 * have meant it).
 */
const files = verdictFiles();
const oracle = kernelOracle();

describe('the corpus', () => {
  it('holds many programs, about as many right as wrong', () => {
    const wrong = files.filter(({ outcome }) => outcome === 'rejected').length;
    expect(files.length).toBeGreaterThanOrEqual(200);
    expect(wrong / files.length).toBeGreaterThan(0.4);
    expect(wrong / files.length).toBeLessThan(0.6);
  });

  it.each(files.map((file) => [file.name, file] as const))('%s says what to expect', (_name, file) => {
    expect(file.text).toMatch(/^\/\/ \S.*\n\/\/ outcome: /);
    expect(programOf(file).insns.length).toBeGreaterThan(0);
    if (file.outcome === 'rejected') expect(file.message).toMatch(/\S/);
    else expect([file.message, file.line]).toEqual([null, null]);
  });
});

describe.skipIf(oracle === null)('the corpus, against the running kernel (skipped where there is none)', () => {
  const verdicts = new Map<string, KernelVerdict>();
  const said = oracle?.verify(files.map(programOf)) ?? [];
  for (const [i, file] of files.entries()) if (said[i] !== undefined) verdicts.set(file.name, said[i]);

  it.each(files.map((file) => [file.name, file] as const))('%s', (name, file) => {
    const verdict = verdicts.get(name);
    if (verdict === undefined) throw new Error('no verdict');
    if (process.env['UPDATE_VERDICTS'] === '1') update(file, verdict);
    const { outcome, message, line, processed } = readVerdictFile(file.path);
    expect({ outcome, message, line, processed }).toEqual(expectation(file, verdict));
  });
});

type Expectation = Pick<VerdictFile, 'outcome' | 'message' | 'line' | 'processed'>;

function expectation(file: VerdictFile, verdict: KernelVerdict): Expectation {
  return {
    outcome: verdict.verdict === 'accept' ? 'accepted' : 'rejected',
    message: verdict.lines[0] ?? null,
    line: lineOfPc(programOf(file), file.text, verdict.pc),
    processed: verdict.processed,
  };
}

function update(file: VerdictFile, verdict: KernelVerdict): void {
  const { message, line, processed } = expectation(file, verdict);
  const lines = file.text.split('\n').map((text) => text.replace(/ *\/\/ ERROR$/, ''));
  if (line !== null) lines[line - 1] += ' // ERROR';
  const kept = lines.filter((text) => !/^\/\/ (message|processed): /.test(text));
  const directives = [
    ...(message === null ? [] : [`// message: ${message}`]),
    ...(processed === null ? [] : [`// processed: ${processed}`]),
  ];
  kept.splice(kept.findIndex((text) => text.startsWith('// outcome: ')) + 1, 0, ...directives);
  writeFileSync(file.path, kept.join('\n'));
}
