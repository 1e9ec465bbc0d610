import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

const IP = 1024;
const TCP = 1088;

/** A TCP header with options, most of them whole. */
function header(random: Arguments): Uint8Array {
  const size = Uint8Array.of(2, 4, ...random.bytes(2));
  const options = random.one([
    [],
    size,
    [1, 1, ...size],
    [3, 3, 7, 1, ...size],
    [2, 4, 5, 0xb4],
    [2, 2, 0, 0],
    [0, ...size],
    [8, 0, 1, 1],
  ]);
  const padded = [...options, ...Array(8).fill(0)].slice(0, 4 * Math.ceil(options.length / 4));
  const bytes = Uint8Array.from([...random.bytes(20), ...padded]);
  bytes[12] = random.chance(90) ? (bytes.length / 4) << 4 : random.below(256);
  return bytes;
}

/** What a program makes itself it accepts; the cookie's own bits are the kernel's secret. */
function step(random: Arguments, at: number): string {
  const version = random.one(['4', '6']);
  const tcp = header(random);
  const words = Array.from({ length: 10 }, () => random.below(0x1_0000_0000) | 0);
  const size = random.chance(85) ? tcp.length : random.one([16, 20, 24, 28]);
  return `${words.map((word, i) => `*(u32 *)(r7 + ${IP + 4 * i}) = ${word}`).join('\n')}
    ${[...tcp].map((byte, i) => `*(u8 *)(r7 + ${TCP + i}) = ${byte}`).join('\n')}
    r1 = r7
    r1 += ${IP}
    r2 = r7
    r2 += ${TCP}
    r3 = ${size}
    call bpf_tcp_raw_gen_syncookie_ipv${version}
    r8 = r0
    r1 = r0
    r1 s>>= 32
    *(u64 *)(r7 + ${at}) = r1
    if r8 s< 0 goto next${at}
    w8 = w8
    r8 += 1
    r8 = be32 r8
    *(u32 *)(r7 + ${TCP + 8}) = r8
    r1 = *(u32 *)(r7 + ${TCP + 4})
    r1 = be32 r1
    r1 += 1
    r1 = be32 r1
    *(u32 *)(r7 + ${TCP + 4}) = r1
    r1 = r7
    r1 += ${IP}
    r2 = r7
    r2 += ${TCP}
    call bpf_tcp_raw_check_syncookie_ipv${version}
    *(u32 *)(r7 + ${at + 8}) = r0
    *(u32 *)(r7 + ${TCP + 8}) = ${random.below(0x7fff_ffff)}
    r1 = r7
    r1 += ${IP}
    r2 = r7
    r2 += ${TCP}
    call bpf_tcp_raw_check_syncookie_ipv${version}
    *(u32 *)(r7 + ${at + 12}) = r0
  next${at}:
    *(u64 *)(r7 + ${TCP + 4}) = 0`;
}

function trial(random: Arguments): Trial {
  const body = Array.from({ length: 10 }, (_, i) => step(random, 16 * i)).join('\n');
  return { body, section: 'tc', packet: random.bytes(60) };
}

describe.skipIf(testRunTool === null)('SYN cookies, against the running kernel (skipped where there is none)', () => {
  it('segment sizes, errors, and that a cookie is accepted once made', () => {
    const random = new Arguments(7);
    checkSameAsKernel(Array.from({ length: 100 }, () => trial(random)));
  });
});
