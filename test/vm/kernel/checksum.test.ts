import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

/** Differences between two stretches of the same bytes, either of which may be missing. */
function trial(random: Arguments): Trial {
  const fill = Array.from({ length: 16 }, (_, i) => {
    const value = random.one([0n, 0xffff_ffff_ffff_ffffn, BigInt(random.below(0xffff_ffff)) * 0x1_0001_0003n]);
    return `r1 = ${BigInt.asUintN(64, value)} ll\n*(u64 *)(r7 + ${1024 + 8 * i}) = r1`;
  });
  const side = (reg: number): string => {
    if (random.chance(20)) return `r${reg} = 0\nr${reg + 1} = 0`;
    return `r${reg} = r7\nr${reg} += ${1024 + 4 * random.below(16)}\nr${reg + 1} = ${4 * random.below(16)}`;
  };
  const calls = Array.from({ length: 20 }, (_, i) => {
    const seed = random.one([0, 0xffff_ffff, random.below(0xffff), random.below(0xffff_ffff)]);
    return `${side(1)}\n${side(3)}\nr5 = ${seed} ll\ncall bpf_csum_diff\n*(u64 *)(r7 + ${8 * i}) = r0`;
  });
  return { body: [...fill, ...calls].join('\n'), section: 'tc', packet: new Uint8Array(60) };
}

describe.skipIf(testRunTool === null)('bpf_csum_diff, against the running kernel (skipped where there is none)', () => {
  it('random bytes and seeds', () => {
    const random = new Arguments(2);
    checkSameAsKernel(Array.from({ length: 200 }, () => trial(random)));
  });
});
