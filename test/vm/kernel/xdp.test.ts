import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments, packet } from './random.ts';

const BUFFER = 1024;
type Make = (random: Arguments, length: number) => string;

const signed = (random: Arguments, least: number, most: number): number => (random.number(least, most) | 0) >> 0;

const CALLS: Readonly<Record<string, Make>> = {
  adjust_head: (random, length) => `r2 = ${signed(random, -220, length)}\ncall bpf_xdp_adjust_head`,
  adjust_tail: (random, length) => `r2 = ${signed(random, -length, 400)}\ncall bpf_xdp_adjust_tail`,
  adjust_meta: (random) => `r2 = ${4 * (signed(random, -60, 10) >> 2)}\ncall bpf_xdp_adjust_meta`,
  buff_len: () => 'call bpf_xdp_get_buff_len',
  load: (random, length) => bytes('load', random, length),
  store: (random, length) => bytes('store', random, length),
  mtu: (random) =>
    `r3 = r7\nr3 += ${BUFFER}\n*(u32 *)(r3 + 0) = ${random.one([0, 0, 100, 65536, 65537])}\nr2 = ${random.one([0, 1, 99])}\n` +
    `r4 = ${random.number(0, 70_000)} ll\nr5 = ${random.chance(10) ? 1 : 0}\ncall bpf_check_mtu`,
  redirect: (random) => `r1 = ${random.number(0, 3)} ll\nr2 = ${random.chance(20) ? 1 : 0}\ncall bpf_redirect`,
};

function bytes(what: 'load' | 'store', random: Arguments, length: number): string {
  const offset = random.number(0, length + 4);
  return `r2 = ${offset} ll\nr3 = r7\nr3 += ${BUFFER}\nr4 = ${1 + random.below(60)}\ncall bpf_xdp_${what}_bytes`;
}

/** Result, length of the packet and of the metadata after a call. */
function dump(at: number): string {
  return `*(u64 *)(r7 + ${at}) = r0
    r1 = *(u32 *)(r6 + 0)
    r2 = *(u32 *)(r6 + 4)
    r3 = *(u32 *)(r6 + 8)
    r4 = r1
    r1 -= r3
    *(u32 *)(r7 + ${at + 8}) = r1
    r2 -= r4
    *(u32 *)(r7 + ${at + 12}) = r2`;
}

function trial(random: Arguments): Trial {
  const packetBytes = random.chance(85) ? packet(random) : random.bytes(14 + random.below(6000));
  const fill = [0, 8, 16, 24, 32, 40, 48, 56].map(
    (off) => `*(u64 *)(r7 + ${BUFFER + off}) = ${random.number(0, 1 << 30) | 0}`,
  );
  const calls = Array.from({ length: 12 }, (_, i) => {
    const make = random.one(Object.values(CALLS));
    return `r1 = r6\n${make(random, packetBytes.length)}\n${dump(16 * i)}`;
  });
  return {
    body: [...fill, ...calls].join('\n'),
    section: random.chance(50) ? 'xdp' : 'xdp.frags',
    packet: packetBytes,
  };
}

describe.skipIf(testRunTool === null)(
  'helpers of XDP, against the running kernel (skipped where there is none)',
  () => {
    it('one after the other', () => {
      const random = new Arguments(1);
      checkSameAsKernel(Array.from({ length: 150 }, () => trial(random)));
    }, 60_000);
  },
);
