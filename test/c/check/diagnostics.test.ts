import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clang19 } from '../../support/clang.ts';
import { checkedProgram, problemLines } from './checkedProgram.ts';

/** Wrong programs, each with what clang 19 says about it; where we differ on purpose, the file tells why. */

interface Case {
  readonly text: string;
  readonly expected: string[];
  /** What clang says, where that is something else, and why. */
  readonly clang: string[] | null;
}

const cases = ['diagnostics.txt', 'declarations.txt', 'warnings.txt']
  .map((file) => `${readFileSync(path.join(import.meta.dirname, file), 'utf8').trimEnd()}\n`)
  .flatMap((text) => text.split(/^={3}\n/m))
  .map((block): Case => {
    const [text = '', expected = '', clang] = block.split(/^--.*(?:\n|$)/m);
    return { text, expected: lines(expected), clang: clang === undefined ? null : lines(clang) };
  });

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

describe('wrong programs', () => {
  it.each(cases)('$text', ({ text, expected }) => {
    expect(problemLines(checkedProgram(text))).toEqual(expected);
  });
});

describe.skipIf(clang19() === null)('clang 19 says the same (skipped where there is none)', () => {
  it('about all of them', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ebpf-workbench-'));
    const files = cases.map(({ text }, i) => {
      const file = path.join(folder, `${i}.c`);
      writeFileSync(file, text);
      return file;
    });
    // Behind an error clang no longer looks at the flow of programs, not even of those in other files.
    const isWrong = cases.map(({ expected, clang }) => (clang ?? expected).some((line) => line.includes(': error: ')));
    const stderr = [false, true]
      .map((wrong) => files.filter((_, i) => isWrong[i] === wrong))
      .map((some) => spawnSync('clang-19', [...FLAGS, ...some], { encoding: 'utf8', maxBuffer: 1 << 26 }).stderr)
      .join('\n');
    rmSync(folder, { recursive: true });
    const said = cases.map(() => [] as string[]);
    for (const [, number = '', line = ''] of stderr.matchAll(/^[^\n]*\/(\d+)\.c:(\d[^\n]*)$/gm))
      said[Number(number)]?.push(line);
    expect(said).toEqual(cases.map(({ expected, clang }) => clang ?? expected));
  });
});

/** The compiler proper takes all files in one process, which its driver does not. */
const FLAGS = [
  '-cc1', '-triple', 'bpf', '-fsyntax-only', '-x', 'c', '-Wall', '-fno-caret-diagnostics', '-ferror-limit', '0',
  '-fgnuc-version=4.2.1',
]; // prettier-ignore
