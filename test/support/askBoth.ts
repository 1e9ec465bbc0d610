import { expect } from 'vitest';
import type { Program } from '../../server/src/program/program.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { programOfText } from './assembled.ts';
import { kernelBtf } from './kernelBtf.ts';
import { kernelOracle } from './oracle.ts';
import { RUNNING_KERNEL } from './runningKernel.ts';

/** What can be compared of a verdict: all lines of a refusal, its place and how far the walk came. */
interface Comparable {
  readonly verdict: string;
  readonly lines: readonly string[];
  readonly pc: number | null;
  readonly processed: number | null;
}

/** A program in assembly as both may be asked about: a whole text, or the body of a function in that section. */
export interface Asked {
  readonly section: string;
  readonly body: string;
  readonly change?: Partial<Program>;
}

export function programAsked({ section, body, change = {} }: Asked): Program {
  const text = body.includes('.section') ? body : `.section "${section}"\n.globl main\nmain:\n${body}\n`;
  return { ...programOfText(`.license "GPL"\n${text}`), ...change };
}

/** Verdict, words, place and length of the walk are those of this machine's kernel, program by program. */
export function expectSameVerdicts(asked: readonly Asked[]): void {
  const programs = asked.map(programAsked);
  const kernel = kernelOracle()?.verify(programs) ?? [];
  const btf = kernelBtf();
  for (const [i, program] of programs.entries()) {
    const theirs = kernel[i];
    const ours = verify(program, { kernel: RUNNING_KERNEL, kernelBtf: btf });
    const walked = theirs?.processed === null ? null : ours.processed;
    const mine: Comparable = {
      verdict: ours.outcome === 'unsupported' ? `unsupported: ${ours.finding?.message ?? ''}` : ours.outcome,
      lines: ours.finding?.kernelLines ?? [],
      pc: ours.finding?.pc ?? null,
      processed: walked,
    };
    const expected: Comparable = {
      verdict: theirs?.verdict === 'accept' ? 'accepted' : 'rejected',
      lines: theirs?.lines ?? [],
      pc: theirs?.pc ?? null,
      processed: theirs?.processed ?? null,
    };
    expect(mine, asked[i]?.body).toEqual(expected);
  }
}
