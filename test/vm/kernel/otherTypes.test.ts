import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments, packet } from './random.ts';

const BUFFER = 1024;

/** What programs of the type may call and a test run can show. */
const CALLS: Readonly<Record<string, (random: Arguments, length: number) => string>> = {
  load: (random, length) =>
    `r2 = ${random.number(0, length)} ll\nr3 = r7\nr3 += ${BUFFER}\nr4 = 16\ncall bpf_skb_load_bytes`,
  relative: (random, length) =>
    `r2 = ${random.number(0, length)} ll\nr3 = r7\nr3 += ${BUFFER}\nr4 = 16\nr5 = ${random.below(3)}\ncall bpf_skb_load_bytes_relative`,
  pull: (random, length) => `r2 = ${random.number(0, length)} ll\ncall bpf_skb_pull_data`,
  ecn: () => 'call bpf_skb_ecn_set_ce',
  tail: (random) => `r2 = ${random.number(300, 500)} ll\nr3 = 0\ncall bpf_skb_change_tail`,
  head: (random) => `r2 = ${random.number(0, 40)} ll\nr3 = 0\ncall bpf_skb_change_head`,
  hash: () => 'call bpf_set_hash_invalid',
  tunnel: () => `r2 = r7\nr2 += ${BUFFER}\nr3 = 44\nr4 = 0\ncall bpf_skb_get_tunnel_key`,
  level: (random) => `r2 = ${random.below(4)}\ncall bpf_csum_level`,
  store: (random, length) =>
    `r2 = ${random.number(0, length)} ll\nr3 = r7\nr3 += ${BUFFER}\nr4 = 16\nr5 = 0\ncall bpf_skb_store_bytes`,
  push: (random) => pushHeader(random),
};

/** A header of IPv4 or IPv6, now and then of wrong length or version. */
function pushHeader(random: Arguments): string {
  const first = random.one([0x45, 0x45, 0x60, 0x46, 0x4f, 0x30]);
  const size = random.one([20, 40, 40, 48, 19, 24]);
  const zero = random.chance(50) ? `*(u16 *)(r7 + ${BUFFER + 10}) = 0\n` : '';
  return `${zero}*(u8 *)(r7 + ${BUFFER}) = ${first}\nr2 = 2\nr3 = r7\nr3 += ${BUFFER}\nr4 = ${size}\ncall bpf_lwt_push_encap`;
}

const READING = ['load', 'pull'];
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  socket: ['load', 'relative'],
  'cgroup_skb/egress': ['load', 'relative', 'ecn'],
  lwt_in: [...READING, 'push'],
  lwt_out: READING,
  lwt_xmit: [...READING, 'tail', 'head', 'hash', 'tunnel', 'level', 'store'],
};

function dump(at: number): string {
  const fields = [0, 16, 68];
  return `*(u64 *)(r7 + ${at}) = r0\n${fields.map((off, i) => `r1 = *(u32 *)(r6 + ${off})\n*(u32 *)(r7 + ${at + 8 + 4 * i}) = r1`).join('\n')}`;
}

function trial(random: Arguments, section: string): Trial {
  const bytes = packet(random);
  const fill = [0, 8, 16, 24, 32, 40].map((off) => `*(u64 *)(r7 + ${BUFFER + off}) = ${random.below(1 << 30)}`);
  const calls = Array.from({ length: 6 }, (_, i) => {
    const call = CALLS[random.one(SECTIONS[section] ?? [])]?.(random, bytes.length) ?? '';
    return `r1 = r6\n${call}\n${dump(24 * i)}`;
  });
  return { body: [...fill, ...calls].join('\n'), section, packet: bytes };
}

describe.skipIf(testRunTool === null)(
  'helpers in other program types, against the running kernel (skipped where there is none)',
  () => {
    it.each(Object.keys(SECTIONS))('%s', (section) => {
      const random = new Arguments(section.length);
      checkSameAsKernel(Array.from({ length: 250 }, () => trial(random, section)));
    });
  },
);
