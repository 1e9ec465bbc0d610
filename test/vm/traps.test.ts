import { describe, expect, it } from 'vitest';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { fixture, run } from './support.ts';

const PACKET = 'r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\n';
const MAPS = `
.license "GPL"
.map counts, type=array, key=4, value=12, entries=4
.map flows, type=hash, key=4, value=8, entries=4
.section "xdp"
.globl main
main:
`;
const LOOKUP = '*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = counts ll\ncall bpf_map_lookup_elem\n';

const ENDLESS =
  '0: still running after 1000 instructions, in the loop at instruction 0 (line 5), ' +
  'which made 999 rounds during the last 1000 instructions';

describe('bad accesses trap with place and reason', () => {
  it.each([
    [
      'behind the packet',
      `${PACKET}r0 = *(u32 *)(r2 + 62)\nexit`,
      '2: reads 4 bytes at packet+62, but the packet ends at packet+64',
    ],
    [
      'right behind the packet',
      `${PACKET}r0 = *(u8 *)(r3 + 0)\nexit`,
      '2: reads 1 byte at packet+64, but the packet ends at packet+64',
    ],
    [
      'before the packet',
      `${PACKET}*(u16 *)(r2 - 2) = 1\nexit`,
      '2: writes 2 bytes at packet-2, before the packet begins',
    ],
    [
      'behind the context',
      'r0 = *(u32 *)(r1 + 24)\nexit',
      '0: reads 4 bytes at context+24, but the context ends at context+24',
    ],
    [
      'below the stack',
      'r0 = 0\n*(u64 *)(r10 - 520) = 1\nexit',
      '1: writes 8 bytes at r10-520, outside stack frame 0 (r10-512 to r10-1)',
    ],
    [
      'above the stack',
      'r0 = *(u64 *)(r10 - 4)\nexit',
      '0: reads 8 bytes at r10-4, outside stack frame 0 (r10-512 to r10-1)',
    ],
    [
      'stack of a function that has returned',
      'call f\nr0 = *(u64 *)(r0 + 0)\nexit\nf: r0 = r10\nr0 += -8\nexit',
      '1: reads 8 bytes at r10+1016, outside stack frame 0 (r10-512 to r10-1)',
    ],
    ['null', 'r2 = 0\nr0 = *(u64 *)(r2 + 8)\nexit', '1: reads 8 bytes at 0x8: a null pointer'],
    [
      'no address at all',
      'r2 = 0x123456789abc ll\nr0 = *(u8 *)(r2 + 0)\nexit',
      "2: reads 1 byte at 0x123456789abc, which is not an address of this program's memory",
    ],
    [
      'between regions',
      'r2 = 0x1800000\nr0 = *(u8 *)(r2 + 0)\nexit',
      '1: reads 1 byte at 0x1800000, where nothing is mapped',
    ],
    [
      'a function',
      'r2 = f ll\nr0 = *(u64 *)(r2 + 0)\nexit\nf: r0 = 0\nexit',
      "2: reads 8 bytes of the program's own code; a function can only be called",
    ],
    ['an uninitialised register', 'r0 = r7\nexit', '0: reads r7, which holds no value here'],
    ['r0 that nobody set', 'exit', '0: reads r0, which holds no value here'],
    [
      'an argument after a call',
      'r1 = 1\ncall bpf_ktime_get_ns\nr0 = r1\nexit',
      '2: reads r1, which holds no value here',
    ],
    [
      'callee-saved registers in a callee',
      'r6 = 1\ncall f\nexit\nf: r0 = r6\nexit',
      '3: reads r6, which holds no value here',
    ],
    ['an endless loop', 'again: goto again\nexit', ENDLESS],
    ['endless recursion', 'call f\nexit\nf: call f\nexit', '2: calls nest deeper than 8 frames'],
    [
      'a call of something else',
      'r2 = 77777\ncallx r2\nexit',
      '1: calls r2 = 0x12fd1, which is not the address of a function',
    ],
    ['a helper that does not exist', 'call 4095\nexit', '0: there is no helper number 4095'],
    ['a helper that is missing', 'call bpf_timer_init\nexit', '0: reads r2, which holds no value here'],
  ])('%s', (_, text, expected) => expect(run(text, {}, 1000)).toBe(expected));

  it.each([
    [
      'the result of a lookup that found nothing',
      `${LOOKUP.replace('= 1', '= 9')}r0 = *(u64 *)(r0 + 0)\nexit`,
      '6: reads 8 bytes at 0x0: a null pointer (bpf_map_lookup_elem at instruction 5 returned null and the result was not checked)',
    ],
    [
      'behind a value',
      `${LOOKUP}r0 = *(u64 *)(r0 + 8)\nexit`,
      '6: reads 8 bytes at value of map counts+8, but the value of map counts ends at value of map counts+12',
    ],
    [
      'the gap between two values',
      `${LOOKUP}r0 = *(u32 *)(r0 + 12)\nexit`,
      '6: reads 4 bytes at value of map counts+12, but the value of map counts ends at value of map counts+12',
    ],
    [
      'a map handle',
      'r1 = counts ll\nr0 = *(u64 *)(r1 + 0)\nexit',
      '2: reads 8 bytes of the map counts itself; look a value up first',
    ],
    [
      'a key on no stack',
      'r1 = counts ll\nr2 = 0\ncall bpf_map_lookup_elem\nexit',
      '3: bpf_map_lookup_elem reads 4 bytes at 0x0: a null pointer',
    ],
    [
      'no map',
      'r1 = 5\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nexit',
      '3: bpf_map_lookup_elem: argument 1 is not a map',
    ],
  ])('%s', (_, text, expected) => expect(run(MAPS + text)).toBe(expected));

  it('read-only parts of the context and packets', () => {
    const contextWritable = new Uint8Array(24).fill(1, 12, 16);
    const store = (off: number): string => run(`*(u32 *)(r1 + ${off}) = 1\nr0 = 0\nexit`, { contextWritable });
    expect(store(12)).toBe('0x0');
    expect(store(4)).toBe('0: writes 4 bytes at context+4, which is read-only');
    expect(store(14)).toBe('0: writes 4 bytes at context+14, which is read-only');
    const packet = { packetOptions: { writable: false } };
    expect(run(`${PACKET}*(u8 *)(r2 + 0) = 1\nr0 = 0\nexit`, packet)).toBe(
      '2: writes 1 byte at packet+0, which is read-only',
    );
  });

  it('metadata and packet are two regions', () => {
    const around = { packetOptions: { metaBytes: 8 } };
    const meta = 'r2 = *(u32 *)(r1 + 8)\n';
    expect(run(`${meta}r0 = *(u64 *)(r2 + 0)\nexit`, around)).toBe('0x706050403020100');
    expect(run(`${meta}r0 = *(u32 *)(r2 + 6)\nexit`, around)).toBe(
      '1: reads 4 bytes at packet metadata+6, but the packet metadata ends at packet metadata+8',
    );
  });

  it('keeps the faulting instruction, its program and the address', () => {
    const { interpreter } = fixture(`${PACKET}r0 = *(u8 *)(r3 + 1)\nexit`);
    const outcome = interpreter.run(LAYOUT.ctx, 100);
    expect(outcome).toMatchObject({ kind: 'trap', insns: 3 });
    if (outcome.kind === 'trap')
      expect(outcome.trap).toMatchObject({
        kind: 'memory',
        pc: 2,
        program: 'main',
        address: BigInt(LAYOUT.packet + 256 + 65),
      });
  });

  it('a trapped run does not disturb the next one', () => {
    const { interpreter, machine } = fixture(
      `${PACKET}r2 += 14\nif r2 > r3 goto +1\nr0 = *(u8 *)(r2 + 0)\nr0 = *(u8 *)(r2 - 1)\nexit`,
    );
    machine.packet.set(new Uint8Array(4));
    expect(interpreter.run(LAYOUT.ctx, 100).kind).toBe('trap');
    machine.packet.set(new Uint8Array(64).fill(7));
    expect(interpreter.run(LAYOUT.ctx, 100)).toMatchObject({ kind: 'exit', r0: 7n });
  });
});
