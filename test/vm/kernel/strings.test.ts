import { describe, it } from 'vitest';
import { checkSameAsKernel, type Trial } from '../../support/sameAsKernel.ts';
import { testRunTool } from '../../support/testRun.ts';
import { Arguments } from './random.ts';

const TEXT = 1024;
const BUFFER = 1280;

/** Texts that are numbers, or nearly. */
function number(random: Arguments): string {
  const digits = random.one(['0123456789', '01234567', '0123456789abcdefABCDEF', '09aA-+ x\n\0']);
  const body = Array.from(
    { length: random.below(random.chance(20) ? 24 : 6) },
    () => digits[random.below(digits.length)],
  );
  const start =
    random.one(['', '', ' ', '\t\n ', '\v', '\0']) +
    random.one(['', '', '-', '+', '--']) +
    random.one(['', '', '0x', '0X', '0']);
  const end = random.one(['', '\0', ' ', 'z', '\n']);
  const whole = random.chance(10)
    ? random.one([
        '9223372036854775807',
        '-9223372036854775808',
        '9223372036854775808',
        '18446744073709551615',
        '18446744073709551616',
        '0xffffffffffffffff',
        '-0',
        '-1',
      ])
    : start + body.join('');
  return whole + end;
}

function fill(text: string, at: number): string {
  return Array.from(new TextEncoder().encode(`${text}\0`), (byte, i) => `*(u8 *)(r7 + ${at + i}) = ${byte}`).join('\n');
}

function step(random: Arguments, at: number): string {
  const kind = random.one(['strtol', 'strtoul', 'read', 'readString'] as const);
  const store = `*(u64 *)(r7 + ${at}) = r0`;
  if (kind === 'strtol' || kind === 'strtoul') {
    const text = number(random);
    const base = random.chance(5) ? random.one([2, 7, 32, 1 << 20]) : random.one([0, 8, 10, 16]);
    const size = Math.max(1, text.length + random.one([0, 0, 0, 1, -1]));
    return `${fill(text, TEXT)}\nr1 = r7\nr1 += ${TEXT}\nr2 = ${size}\nr3 = ${base}\nr4 = r7\nr4 += ${at + 8}\ncall bpf_${kind}\n${store}`;
  }
  const text = Array.from({ length: random.below(40) }, () => 'abc'[random.below(3)]).join('');
  const size = random.below(48);
  const helper = kind === 'read' ? 'bpf_probe_read_kernel' : 'bpf_probe_read_kernel_str';
  const source = random.chance(85) ? `r3 = r7\nr3 += ${TEXT}` : `r3 = ${random.one([0, 1, 4096])}`;
  return `${fill(text, TEXT)}\nr1 = r7\nr1 += ${BUFFER}\nr2 = ${size}\n${source}\ncall ${helper}\n${store}\n${copy(at + 8)}`;
}

/** What came of the buffer, so that the next call cannot hide it. */
function copy(to: number): string {
  return [0, 8, 16, 24, 32, 40]
    .map((off) => `r1 = *(u64 *)(r7 + ${BUFFER + off})\n*(u64 *)(r7 + ${to + off}) = r1`)
    .join('\n');
}

function trial(random: Arguments): Trial {
  const ones = Array.from({ length: 6 }, (_, i) => `*(u64 *)(r7 + ${BUFFER + 8 * i}) = -1`).join('\n');
  const body = Array.from({ length: 12 }, (_, i) => step(random, 64 * i)).join('\n');
  return { body: `${ones}\n${body}`, section: 'tc', packet: new Uint8Array(60) };
}

describe.skipIf(testRunTool === null)(
  'texts and memory, against the running kernel (skipped where there is none)',
  () => {
    it('numbers in texts, copies of memory and strings', () => {
      const random = new Arguments(8);
      checkSameAsKernel(Array.from({ length: 400 }, () => trial(random)));
    });
  },
);
