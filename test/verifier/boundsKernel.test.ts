import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import { randomNumbers } from '../support/random.ts';
import { readLog } from './boundsLog.ts';
import { randomProgram, rangePairProgram, shiftEdgeProgram, signMaskProgram } from './boundsPrograms.ts';
import { TELLING_PROGRAMS } from './tellingPrograms.ts';
import { walk } from './boundsWalk.ts';
import { times } from '../support/times.ts';

/** Every register of every step of every path, equal to the letter to what this machine's kernel prints. */
function checkLikeKernel(programs: readonly Insn[][]): void {
  const inputs = programs.map((insns) => ({ type: 'socket_filter', insns: toHex(encode(insns)) }));
  for (let at = 0; at < inputs.length; at += 500) {
    const answers = askKernel(inputs.slice(at, at + 500), 2);
    for (const [i, { verdict, log }] of answers.entries()) {
      expect(verdict, log).toBe('accept');
      checkLog(log, programs[at + i] ?? []);
    }
  }
}

function checkLog(log: string, insns: readonly Insn[]): void {
  const logged = readLog(log);
  const walked = walk(insns);
  expect(walked.length, log).toBe(logged.length);
  for (const [i, { lines, pruned }] of logged.entries()) {
    const ours = walked[i]?.lines ?? [];
    expect(pruned ? ours.slice(0, lines.length) : ours, log).toEqual(lines);
  }
}

function programs(count: number, seed: number, make: (random: (below: number) => number) => Insn[]): Insn[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => make(random));
}

describe.skipIf(kverify === null)('bounds equal to the kernel (skipped where there is no kernel to ask)', () => {
  it('for 8,000 pairs of ranges through one operation or comparison', () => {
    checkLikeKernel(programs(times(3000), 1, rangePairProgram));
  });

  it('for 8,000 random sequences of comparisons and operations', () => {
    checkLikeKernel(programs(times(3000), 2, randomProgram));
  });

  it('for 2,000 masks of a sign, at which paths are split', () => {
    checkLikeKernel(programs(times(1000), 3, signMaskProgram));
  });

  it('for 1,000 shifts at the edge of an overflow', () => {
    checkLikeKernel(programs(1000, 4, shiftEdgeProgram));
  });

  it(`for ${TELLING_PROGRAMS.length} programs that tell the rules apart`, () => {
    checkLikeKernel(TELLING_PROGRAMS.map((insns) => decode(fromHex(insns) ?? new Uint8Array())));
  });
});
