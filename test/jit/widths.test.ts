import { describe, expect, it } from 'vitest';
import { flowGraph, FlowMarks } from '../../server/src/jit/controlFlow.ts';
import { FunctionEffects } from '../../server/src/jit/functionEffects.ts';
import { findWidths } from '../../server/src/jit/widths.ts';
import { programOfText } from '../support/assembled.ts';
import { FLAVOURS, flavourName, runRawJit } from './support.ts';
import { rawProgram, runRaw } from '../../server/src/vm/runRaw.ts';

/** The slots whose results are kept in 32 bits, and by block the registers that are so when it begins. */
function narrow(text: string, wideAddresses = false): { results: number[]; entries: string[] } {
  const { insns } = programOfText(`.section "xdp"\n${text}`);
  const flow = flowGraph(insns, 0, new FlowMarks(insns.length));
  const options = { wideAddresses, helperArgs: () => 2 };
  const effects = new FunctionEffects(insns, flow, options);
  const { atEntry, results } = findWidths(effects, flow, new Uint8Array(insns.length));
  const live = [...atEntry].map((mask) =>
    [1, 2, 3, 6, 7]
      .filter((reg) => (mask >> reg) & 1)
      .map((reg) => `r${reg}`)
      .join(' '),
  );
  return { results: [...results.entries()].filter(([, bit]) => bit === 1).map(([pc]) => pc), entries: live };
}

describe('values that are kept in 32 bits', () => {
  it.each([
    ['results of 32-bit operations', 'w3 = 5\nw3 += 1\nw3 ^= w3\nw0 = w3\nexit', [0, 1, 2]],
    ['no sums of 64 bits', 'r3 = *(u32 *)(r1 + 0)\nr3 += 1\nr0 = r3\nexit', []],
    [
      'sums of which only the low half is stored',
      'r3 = *(u64 *)(r1 + 0)\nr3 += 1\n*(u32 *)(r1 + 8) = r3\nr0 = 0\nexit',
      [0, 1],
    ],
    ['addresses', 'r3 = r1\nr3 += 8\nr4 = *(u64 *)(r3 + 0)\nr0 = r4\nexit', [0, 1]],
    [
      'no addresses that are compared',
      'r3 = r1\nr3 += 8\nif r3 > r1 goto +1\nr3 = *(u64 *)(r3 + 0)\nr0 = 0\nexit',
      [3, 4],
    ],
    ['no values that are read in 64 bits throughout', 'r3 = *(u32 *)(r1 + 0)\nr4 = -1 ll\nr4 *= r3\nr0 = r4\nexit', []],
    ['masks', 'r3 = *(u64 *)(r1 + 0)\nr3 &= 0xff\nw3 += 1\n*(u8 *)(r1 + 0) = r3\nr0 = 0\nexit', [0, 1, 2]],
    [
      'shifts that clear the upper half',
      'r3 = *(u64 *)(r1 + 0)\nr3 >>= 32\nw3 += 1\n*(u32 *)(r1 + 0) = r3\nr0 = 0\nexit',
      [1, 2],
    ],
    ['no shifts down of 64 bits', 'r3 = *(u64 *)(r1 + 0)\nr3 >>= 4\n*(u32 *)(r1 + 0) = r3\nr0 = 0\nexit', [1]],
    ['no division of 64 bits', 'r3 = *(u64 *)(r1 + 0)\nr3 /= 4\n*(u32 *)(r1 + 0) = r3\nr0 = 0\nexit', [1]],
    ['values behind sign extension', 'w3 = 5\nr4 = (s8)r3\nr0 = r4\nexit', [0]],
  ] as const)('are %s', (_name, text, expected) => {
    // r0 goes out in 64 bits; whether its constant is narrow is of no interest.
    const results = narrow(text).results.filter((pc) => !text.split('\n')[pc]!.startsWith('r0 = 0'));
    expect(results).toEqual(expected.filter((pc) => !text.split('\n')[pc]!.startsWith('r0 = 0')));
  });

  it('are the same on all ways into a block', () => {
    const text = 'r6 = 0\nif r1 == 0 goto out\nr6 = *(u32 *)(r1 + 0)\nout: w6 += 1\nw0 = w6\nexit';
    expect(narrow(text).entries.at(-1)).toContain('r6');
    const mixed = 'r6 = 0\nif r1 == 0 goto out\nr6 = *(u64 *)(r1 + 0)\nout: r0 = r6\nexit';
    expect(narrow(mixed).results).toEqual([]);
    expect(narrow(mixed).entries.at(-1)).not.toContain('r6');
  });

  it('are not addresses where these are checked in 64 bits', () => {
    const text = 'r3 = r1\nr3 += 8\nr4 = *(u64 *)(r3 + 0)\nr0 = r4\nexit';
    expect(narrow(text, true).results).toEqual([]);
  });
});

describe('programs in which widths mix', () => {
  const DATA = Uint8Array.from({ length: 64 }, (_, i) => 255 - 5 * i);

  it.each([
    ['a narrow value that becomes negative in 64 bits', 'w6 = 1\nr6 -= 2\nr0 = r6\nexit'],
    ['a narrow value compared with a negative number', 'w6 = -1\nr0 = 1\nif r6 == -1 goto out\nr0 = 2\nout: exit'],
    ['a narrow value compared as a signed one', 'w6 = -1\nr0 = 1\nif r6 s> 5 goto out\nr0 = 2\nout: exit'],
    ['a narrow value tested with a negative mask', 'w6 = 1\nw6 <<= 31\nr0 = 1\nif r6 & -1 goto out\nr0 = 2\nout: exit'],
    ['a narrow value shifted by 40', 'w6 = -1\nr6 >>= 40\nw6 += 3\nr0 = r6\nexit'],
    ['a low half shifted left out of it', 'r6 = *(u64 *)(r1 + 0)\nr6 <<= 36\nw6 += 1\nw0 = w6\nexit'],
    ['a low half after a shift by a register', 'r6 = *(u64 *)(r1 + 0)\nr2 = 33\nr6 <<= r2\nw6 += 1\nw0 = w6\nexit'],
    [
      'eight bytes of which four matter',
      'r6 = *(u64 *)(r1 + 3)\nr6 ^= -1\n*(u32 *)(r1 + 0) = r6\nr0 = *(u64 *)(r1 + 0)\nexit',
    ],
    ['a signed load of which half matters', 'r6 = *(s8 *)(r1 + 0)\n*(u32 *)(r1 + 8) = r6\nr0 = *(u64 *)(r1 + 8)\nexit'],
    ['division of a narrow value by one', 'r6 = *(u32 *)(r1 + 0)\nr2 = *(u8 *)(r1 + 9)\nr6 /= r2\nr0 = r6\nexit'],
    ['division of a narrow value by zero', 'r6 = *(u32 *)(r1 + 0)\nw2 = 0\nr6 %= r2\nr0 = r6\nexit'],
    ['division of a narrow value by a negative number', 'w6 = -1\nr6 /= -1\nr0 = r6\nexit'],
    [
      'a sum in a loop',
      'w6 = 0\nw3 = 9\nagain: r2 = r1\nr2 += r3\nr2 = *(u8 *)(r2 + 0)\nw6 += w2\nw3 -= 1\nif r3 != 0 goto again\nr0 = r6\nexit',
    ],
    ['an operation on itself', 'r6 = *(u64 *)(r1 + 0)\nr6 += r6\nr6 &= 0x7fffffff\nw6 >>= 1\nr0 = r6\nexit'],
    [
      'an atomic operation that fetches',
      'r6 = -1 ll\nlock *(u32 *)(r1 + 0) += r6\nr6 = *(u64 *)(r1 + 0)\nr0 = r6\nexit',
    ],
    [
      'an index into the frame',
      '*(u64 *)(r10 - 16) = 0x12345678\nr2 = *(u8 *)(r1 + 0)\nr2 &= 3\nr3 = r10\nr3 += -16\nr3 += r2\nr0 = *(u8 *)(r3 + 0)\nexit',
    ],
    [
      'an index below',
      '*(u64 *)(r10 - 16) = -1\nr2 = -5\nr3 = r10\nr3 += -8\nr3 += r2\n*(u8 *)(r3 + 0) = 7\nr0 = *(u64 *)(r10 - 16)\nexit',
    ],
    ['an index from the end', '*(u64 *)(r10 - 24) = 77\nr2 = -24\nr3 = r10\nr3 += r2\nr0 = *(u64 *)(r3 + 0)\nexit'],
    [
      'an indexed address that goes on',
      '*(u64 *)(r10 - 16) = 99\nr2 = 3\nr3 = r10\nr3 += -24\nr3 += r2\nr4 = r3\nr3 += 9\nr4 += r2\nr4 += 2\nr3 -= 4\nr0 = *(u8 *)(r3 + 0)\nr5 = *(u8 *)(r4 + 0)\nr0 += r5\nexit',
    ],
    [
      'an index that changes afterwards',
      '*(u64 *)(r10 - 16) = 99\nr2 = 8\nr3 = r10\nr3 += -24\nr3 += r2\nr2 = 0\nr0 = *(u64 *)(r3 + 0)\nr0 += r2\nexit',
    ],
  ])('%s', (_name, text) => {
    const program = rawProgram(programOfText(`.section "xdp"\n${text}`).insns);
    const expected = runRaw(program, DATA.slice());
    expect(expected.kind).toBe('exit');
    for (const flavour of FLAVOURS) {
      const outcome = runRawJit(program, DATA.slice(), flavour);
      expect({ ...outcome, insns: null }, flavourName(flavour)).toEqual({ ...expected, insns: null });
    }
  });
});
