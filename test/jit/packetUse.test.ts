import { describe, expect, it } from 'vitest';
import { mayChangePacket } from '../../server/src/jit/packetUse.ts';
import { programOfText } from '../support/assembled.ts';

const MAPS = '.map counts, type=array, key=4, value=8, entries=4\n';
const PACKET = 'r6 = r1\nr7 = *(u32 *)(r6 + 0)\n';
const LOOKUP = `${PACKET}*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto out
`;

describe('whether a program can change the packet', () => {
  it.each([
    ['reads it', `${PACKET}r0 = *(u8 *)(r7 + 0)`, false],
    ['writes to the stack at a place that depends on it', `${PACKET}r1 = *(u8 *)(r7 + 0)\nr1 &= 7\nr2 = r10\nr2 += r1\n*(u8 *)(r2 - 9) = 1`, false],
    ['counts in a map', `${LOOKUP}r1 = 1\nlock *(u64 *)(r0 + 0) += r1`, false],
    ['counts at a fixed place of a value', `${LOOKUP}r0 += 4\n*(u32 *)(r0 + 0) = 1`, false],
    ['writes to its context', `${PACKET}*(u32 *)(r6 + 8) = 1`, false],
    ['writes to it', `${PACKET}*(u8 *)(r7 + 0) = 1`, true],
    ['writes to it atomically', `${PACKET}r1 = 1\nlock *(u64 *)(r7 + 0) += r1`, true],
    ['writes through a pointer that it kept on the stack', `${PACKET}*(u64 *)(r10 - 8) = r7\nr1 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 + 0) = 1`, true],
    ['writes through either of two pointers', `${PACKET}r3 = *(u8 *)(r7 + 0)\nr1 = r10\nr1 += -8\nif r3 != 0 goto write\nr1 = r7\nwrite: *(u8 *)(r1 + 0) = 1`, true],
    ['writes through a pointer to which the null of a lookup was added', `${LOOKUP}exit\nout: r0 += r7\n*(u8 *)(r0 + 0) = 1\nexit\nunused:`, true],
    ['writes through a pointer to which the difference of two was added', `${PACKET}r1 = r10\nr2 = r10\nr1 -= r2\nr1 += r7\n*(u8 *)(r1 + 0) = 1`, true],
    ['lets a helper write', `${PACKET}r1 = r6\nr2 = -4\ncall bpf_xdp_adjust_head`, true],
    ['hands it to a function that writes', `${PACKET}r1 = r7\ncall write\nr0 = 2\nexit\nwrite: *(u8 *)(r1 + 0) = 1`, true],
    ['calls a function that writes to its stack', `${PACKET}r1 = r7\ncall write\nr0 = 2\nexit\nwrite: *(u64 *)(r10 - 8) = r1`, false],
  ])('%s', (_, code, expected) => {
    const end = code.includes('out:') ? '' : '\nout: r0 = 2\nexit';
    expect(mayChangePacket(programOfText(`${MAPS}.section "xdp"\n${code}${end}`))).toBe(expected);
  });
}); // prettier-ignore
