import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

const KEY = 1536;
const OPTIONS = 1600;

function key(random: Arguments, helper: string, at: number, flags: readonly number[]): string {
  const size = random.chance(70) ? 44 : random.one([8, 22, 24, 28, 4, 43, 48]);
  const flag = random.chance(5) ? 1 << random.below(12) : random.one(flags);
  return `r1 = r6\nr2 = r7\nr2 += ${at}\nr3 = ${size}\nr4 = ${flag}\ncall ${helper}`;
}

/** A key with or without what IPv4 must not have. */
function fill(random: Arguments): string {
  const words = Array.from({ length: 11 }, () => random.below(0x1_0000_0000));
  words[5] = (words[5] ?? 0) & (random.chance(90) ? 0xffff : 0xffff_ffff);
  if (random.chance(60)) words[6] = 0;
  return words.map((word, i) => `*(u32 *)(r7 + ${KEY + 4 * i}) = ${word | 0}`).join('\n');
}

function step(random: Arguments, at: number): string {
  const kind = random.one(['set', 'set', 'get', 'get', 'setOptions', 'getOptions'] as const);
  const store = `*(u64 *)(r7 + ${at}) = r0`;
  switch (kind) {
    case 'set':
      return `${fill(random)}\n${key(random, 'bpf_skb_set_tunnel_key', KEY, [0, 1, 2, 4, 8, 16, 31])}\n${store}`;
    case 'get':
      return `${key(random, 'bpf_skb_get_tunnel_key', at + 8, [0, 1, 16, 17])}\n${store}`;
    case 'setOptions':
      return `r1 = r6\nr2 = r7\nr2 += ${OPTIONS}\nr3 = ${random.one([4, 8, 12, 64, 252, 6, 256])}\ncall bpf_skb_set_tunnel_opt\n${store}`;
    case 'getOptions':
      return `r1 = r6\nr2 = r7\nr2 += ${at + 8}\nr3 = ${random.one([4, 8, 32, 60, 64])}\ncall bpf_skb_get_tunnel_opt\n${store}`;
  }
}

function trial(random: Arguments): Trial {
  const body = Array.from({ length: 16 }, (_, i) => step(random, 80 * i)).join('\n');
  return { body, section: 'tc', packet: random.bytes(60) };
}

describe.skipIf(testRunTool === null)(
  'tunnel metadata, against the running kernel (skipped where there is none)',
  () => {
    it('keys and options in random order', () => {
      const random = new Arguments(6);
      checkSameAsKernel(Array.from({ length: 400 }, () => trial(random)));
    });
  },
);
