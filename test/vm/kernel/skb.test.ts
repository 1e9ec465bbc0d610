import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments, packet } from './random.ts';
import { times } from '../../support/times.ts';

/** What a call leaves behind: its result and the context's fields, as instructions that store them from `at` on. */
function dump(at: number): string {
  const fields = [0, 4, 16, 20, 24, 28, 68]; // len, pkt_type, protocol, vlan_*, hash
  return [
    `*(u64 *)(r7 + ${at}) = r0`,
    ...fields.map((off, i) => `r1 = *(u32 *)(r6 + ${off})\n*(u32 *)(r7 + ${at + 8 + 4 * i}) = r1`),
    `r1 = *(u64 *)(r6 + 152)\n*(u64 *)(r7 + ${at + 40}) = r1`, // tstamp
    `r1 = *(u8 *)(r6 + 180)\n*(u8 *)(r7 + ${at + 48}) = r1`, // tstamp_type
  ].join('\n');
}

const DUMP_BYTES = 56;
/** Where buffers lie in the compared bytes. */
const BUFFER = 1024;

const wide = (reg: number, value: number | bigint): string => `r${reg} = ${value} ll`;

function call(helper: string, args: readonly (number | bigint | string)[]): string {
  const loads = args.map((arg, i) => (typeof arg === 'string' ? `r${i + 2} = ${arg}` : wide(i + 2, arg)));
  const buffers = args.flatMap((arg, i) => (arg === 'r7' ? [`r${i + 2} += ${BUFFER}`] : []));
  return ['r1 = r6', ...loads, ...buffers, `call ${helper}`].join('\n');
}

type Make = (random: Arguments, length: number) => string;

const FLAGS_64 = (random: Arguments, known: number): bigint =>
  random.chance(3) ? 1n << BigInt(random.below(64)) : BigInt(random.below(known + 1));

const CALLS: Readonly<Record<string, Make>> = {
  bpf_skb_vlan_push: (random) =>
    call('bpf_skb_vlan_push', [random.one([0x0081, 0xa888, 0x0008, 0, 0x1_0081]), random.number(0, 0xffff)]),
  bpf_skb_vlan_pop: () => call('bpf_skb_vlan_pop', []),
  bpf_skb_change_proto: (random) =>
    call('bpf_skb_change_proto', [random.one([0x0008, 0xdd86, 0xdd86, 0x0608]), FLAGS_64(random, 0)]),
  bpf_skb_change_type: (random) => call('bpf_skb_change_type', [random.number(0, 8)]),
  bpf_skb_change_tail: (random, length) =>
    call('bpf_skb_change_tail', [random.number(0, length * 2), FLAGS_64(random, 0)]),
  bpf_skb_change_head: (random) => call('bpf_skb_change_head', [random.number(0, 100), FLAGS_64(random, 0)]),
  bpf_skb_pull_data: (random, length) => call('bpf_skb_pull_data', [random.number(0, length + 20)]),
  bpf_skb_adjust_room: (random, length) => {
    const flags = random.chance(50) ? 0 : random.chance(70) ? 1 << random.below(10) : random.below(1024);
    const inner = random.chance(20) ? BigInt(random.below(24)) << 56n : 0n;
    const size = random.chance(50) ? random.number(0, 80) : -random.number(0, length);
    return call('bpf_skb_adjust_room', [BigInt.asUintN(64, BigInt(size)), random.number(0, 2), BigInt(flags) | inner]);
  },
  bpf_set_hash: (random) => call('bpf_set_hash', [random.number(0, 1000)]),
  bpf_set_hash_invalid: () => call('bpf_set_hash_invalid', []),
  bpf_csum_update: (random) => call('bpf_csum_update', [random.number(0, 0xffff)]),
  bpf_csum_level: (random) => call('bpf_csum_level', [random.number(0, 4)]),
  bpf_skb_ecn_set_ce: () => call('bpf_skb_ecn_set_ce', []),
  bpf_skb_set_tstamp: (random) => call('bpf_skb_set_tstamp', [random.one([0, 5, 1n << 40n]), random.number(0, 3)]),
  bpf_l3_csum_replace: (random, length) =>
    call('bpf_l3_csum_replace', [
      random.number(0, length + 2),
      random.one([0, 0, random.number(0, 0xffff), random.below(0xffff_ffff)]),
      random.number(0, 0xffff),
      random.one([0n, 2n, 4n, FLAGS_64(random, 16)]),
    ]),
  bpf_l4_csum_replace: (random, length) =>
    call('bpf_l4_csum_replace', [
      random.number(0, length + 2),
      random.one([0, 0, random.number(0, 0xffff), random.below(0xffff_ffff)]),
      random.number(0, 0xffff),
      BigInt(random.one([0, 2, 4])) | random.one([0n, 0x10n, 0x20n, 0x40n, 0x60n, 0x80n, FLAGS_64(random, 0xff)]),
    ]),
  bpf_skb_store_bytes: (random, length) =>
    call('bpf_skb_store_bytes', [random.number(0, length + 4), 'r7', 1 + random.below(40), FLAGS_64(random, 4)]),
  bpf_skb_load_bytes: (random, length) =>
    call('bpf_skb_load_bytes', [random.number(0, length + 4), 'r7', 1 + random.below(40)]),
  bpf_skb_load_bytes_relative: (random, length) =>
    call('bpf_skb_load_bytes_relative', [
      random.number(0, length + 4),
      'r7',
      1 + random.below(40),
      random.number(0, 2),
    ]),
  bpf_check_mtu: (random) =>
    `r3 = r7\nr3 += ${BUFFER}\n*(u32 *)(r3 + 0) = ${random.one([0, 0, 100, 65536, 65537, 70000])}\n` +
    `r1 = r6\nr2 = ${random.one([0, 1, 99])}\n${wide(4, random.number(0, 70_000))}\n${wide(5, FLAGS_64(random, 1))}\ncall bpf_check_mtu`,
};

function trial(random: Arguments, makers: Readonly<Record<string, Make>>, section: string): Trial {
  const bytes = packet(random);
  const calls = Array.from({ length: 1 + random.below(6) }, (_, i) => {
    const make = random.one(Object.values(makers));
    return `${make(random, bytes.length)}\n${dump(i * DUMP_BYTES)}`;
  });
  const seed = wide(1, 0x1122_3344_5566_7788n);
  const fill = `${seed}\n${[0, 8, 16, 24, 32].map((off) => `*(u64 *)(r7 + ${BUFFER + off}) = r1`).join('\n')}`;
  return { body: `${fill}\n${calls.join('\n')}`, section, packet: bytes };
}

describe.skipIf(testRunTool === null)(
  'helpers of network packets, against the running kernel (skipped where there is none)',
  () => {
    it.each(Object.keys(CALLS))('%s', (name) => {
      const random = new Arguments(name.length * 1000 + name.charCodeAt(8));
      checkSameAsKernel(Array.from({ length: times(50) }, () => trial(random, { [name]: CALLS[name] as Make }, 'tc')));
    });

    it('any of them one after the other', () => {
      const random = new Arguments(4711);
      const calls = { ...CALLS, bpf_skb_change_tail: longTail };
      checkSameAsKernel(Array.from({ length: times(600) }, () => trial(random, calls, 'tc')));
    });
  },
);

/**
 * A test run's packet has no transport header, which the kernel mistakes for one near the beginning once it has moved
 * the packet to a larger buffer; so the shortest length is not what it is on a device.
 */
function longTail(random: Arguments): string {
  return call('bpf_skb_change_tail', [random.number(400, 800), FLAGS_64(random, 0)]);
}
