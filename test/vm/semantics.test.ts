import { describe, expect, it } from 'vitest';
import type { Insn } from '../../server/src/isa/insn.ts';
import { rawProgram, runRaw } from '../../server/src/vm/runRaw.ts';
import { run, shown } from './support.ts';

const exit: Insn = { kind: 'exit' };

function checkTrap(insns: readonly Insn[], expected: string): void {
  expect(shown(runRaw(rawProgram(insns), new Uint8Array()))).toBe(expected);
}

function load(text: string): string {
  return run(`r6 = r1\nr0 = 7\n${text}\nexit`);
}

/** What the public conformance vectors leave open: each of these catches a mutant that they do not. */
describe('semantics beyond the public vectors', () => {
  it.each([
    ['add32 clears the upper half', 'r0 = -1 ll\nw0 += 0\nexit', '0xffffffff'],
    ['sub32 clears the upper half', 'r0 = 0x100000000 ll\nw0 -= 1\nexit', '0xffffffff'],
    ['mod32 by zero clears the upper half', 'r0 = 0x1200000007 ll\nr1 = 0\nw0 %= w1\nexit', '0x7'],
    ['mod64 by zero keeps all of dst', 'r0 = 0x1200000007 ll\nr1 = 0\nr0 %= r1\nexit', '0x1200000007'],
    ['div by zero is zero', 'r0 = 7\nr1 = 0\nr0 /= r1\nexit', '0x0'],
    ['div32 looks at the low halves', 'r0 = 0x100000008 ll\nr1 = 0x500000002 ll\nw0 /= w1\nexit', '0x4'],
    ['sdiv of the smallest value', 'r0 = 0x8000000000000000 ll\nr0 s/= -1\nexit', '0x8000000000000000'],
    ['smod of the smallest value', 'r0 = 0x8000000000000000 ll\nr0 s%= -1\nexit', '0x0'],
    ['sdiv32 of the smallest value', 'w0 = -2147483648\nw0 s/= -1\nexit', '0x80000000'],
    ['smod32 of the smallest value', 'w0 = -2147483648\nw0 s%= -1\nexit', '0x0'],
    ['smod has the sign of the dividend', 'r0 = -7\nr0 s%= 4\nexit', '0xfffffffffffffffd'],
    ['jset32 ignores the upper half', 'r0 = 0\nr1 = 0x100000000 ll\nif w1 & -1 goto +1\nr0 = 1\nexit', '0x1'],
    ['jset64 sees the upper half', 'r0 = 0\nr1 = 0x100000000 ll\nr2 = r1\nif r1 & r2 goto +1\nr0 = 1\nexit', '0x0'],
    ['jeq32 ignores the upper half', 'r0 = 0\nr1 = 0x100000005 ll\nif w1 == 5 goto +1\nr0 = 1\nexit', '0x0'],
    ['jump immediates are sign-extended', 'r0 = 0\nr1 = 0xffffffff ll\nif r1 == -1 goto +1\nr0 = 1\nexit', '0x1'],
    ['unsigned compare with a negative immediate', 'r0 = 1\nr1 = -2\nif r1 < -1 goto +1\nr0 = 0\nexit', '0x1'],
    ['signed compare across the sign', 'r0 = 1\nr1 = -1\nif r1 s< 0 goto +1\nr0 = 0\nexit', '0x1'],
    [
      'a stored immediate is sign-extended',
      '*(u64 *)(r10 - 8) = -2\nr0 = *(u64 *)(r10 - 8)\nexit',
      '0xfffffffffffffffe',
    ],
    [
      'a 4-byte store leaves its neighbours',
      '*(u64 *)(r10 - 8) = -1\n*(u32 *)(r10 - 8) = 0\nr0 = *(u64 *)(r10 - 8)\nexit',
      '0xffffffff00000000',
    ],
    ['mov32 sign extension', 'r1 = 0x80\nw0 = (s8)w1\nexit', '0xffffff80'],
    ['mov64 sign extension', 'r1 = 0x8000\nr0 = (s16)r1\nexit', '0xffffffffffff8000'],
    ['sign-extending load', '*(u32 *)(r10 - 4) = -5\nr0 = *(s32 *)(r10 - 4)\nexit', '0xfffffffffffffffb'],
    ['zero-extending load', '*(u32 *)(r10 - 4) = -5\nr0 = *(u32 *)(r10 - 4)\nexit', '0xfffffffb'],
    ['shift counts are masked to 6 bits', 'r0 = 1\nr1 = 65\nr0 <<= r1\nexit', '0x2'],
    ['shift counts are masked to 5 bits', 'r0 = 1\nr1 = 33\nw0 <<= w1\nexit', '0x2'],
    ['arithmetic shift fills with the sign', 'r0 = 0x8000000000000000 ll\nr0 s>>= 63\nexit', '0xffffffffffffffff'],
    ['arsh32 looks at bit 31', 'w0 = -2147483648\nw0 s>>= 31\nexit', '0xffffffff'],
    ['rsh32 of the sign bit', 'w0 = -2147483648\nw0 >>= 0\nexit', '0x80000000'],
    ['swap64', 'r0 = 0x0102030405060708 ll\nr0 = bswap64 r0\nexit', '0x807060504030201'],
    ['be16 cuts', 'r0 = 0x010203 ll\nr0 = be16 r0\nexit', '0x302'],
    ['le32 cuts', 'r0 = -1\nr0 = le32 r0\nexit', '0xffffffff'],
    ['neg32 clears the upper half', 'r0 = 1\nw0 = -w0\nexit', '0xffffffff'],
    [
      'negative offsets wrap',
      'r2 = r10\nr2 += -2147483648\nr2 += 2147483632\n*(u64 *)(r2 + 0) = 9\nr0 = *(u64 *)(r10 - 16)\nexit',
      '0x9',
    ],
  ])('%s', (_, text, expected) => expect(run(text)).toBe(expected));

  it.each([
    [
      'fetch_add 64',
      'r1 = 3\nr1 = atomic_fetch_add((u64 *)(r10 - 8), r1)\nr0 = *(u64 *)(r10 - 8)\nr0 <<= 8\nr0 += r1\nexit',
      '0xa07',
    ],
    ['fetch_or 32 zero-extends', 'r1 = -1\nw1 = atomic_fetch_or((u32 *)(r10 - 8), w1)\nr0 = r1\nexit', '0x7'],
    ['add 32 stays in its word', 'r1 = -8\nlock *(u32 *)(r10 - 8) += w1\nr0 = *(u64 *)(r10 - 8)\nexit', '0xffffffff'],
    ['xchg', 'r1 = 5\nr1 = xchg_64(r10 - 8, r1)\nr0 = *(u64 *)(r10 - 8)\nr0 <<= 8\nr0 += r1\nexit', '0x507'],
    [
      'cmpxchg that matches',
      'r0 = 7\nr1 = 9\nr0 = cmpxchg_64(r10 - 8, r0, r1)\nr2 = *(u64 *)(r10 - 8)\nr2 <<= 8\nr0 += r2\nexit',
      '0x907',
    ],
    [
      'cmpxchg that does not',
      'r0 = 8\nr1 = 9\nr0 = cmpxchg_64(r10 - 8, r0, r1)\nr2 = *(u64 *)(r10 - 8)\nr2 <<= 8\nr0 += r2\nexit',
      '0x707',
    ],
    [
      'cmpxchg 32 compares the low half',
      'r0 = 0x500000007 ll\nr1 = 9\nw0 = cmpxchg32_32(r10 - 8, w0, w1)\nexit',
      '0x7',
    ],
    ['load_acquire', 'r0 = load_acquire((u8 *)(r10 - 8))\nexit', '0x7'],
    ['store_release', 'r1 = 0x1234\nstore_release((u16 *)(r10 - 8), r1)\nr0 = *(u64 *)(r10 - 8)\nexit', '0x1234'],
  ])('atomic %s', (_, text, expected) => expect(run(`*(u64 *)(r10 - 8) = 7\n${text}`)).toBe(expected));

  it.each([
    [
      'a callee has a stack of its own',
      '*(u64 *)(r10 - 8) = 1\ncall f\nr0 = *(u64 *)(r10 - 8)\nexit\nf: *(u64 *)(r10 - 8) = 2\nr0 = 0\nexit',
      '0x1',
    ],
    [
      'r6-r9 survive a call',
      'r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\ncall f\nr0 = r6\nr0 += r7\nr0 += r8\nr0 += r9\nexit\nf: r6 = 9\nr7 = 9\nr8 = 9\nr9 = 9\nr0 = 0\nexit',
      '0xa',
    ],
    [
      'a callee writes the stack of its caller',
      '*(u64 *)(r10 - 8) = 1\nr1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 - 8)\nexit\nf: *(u64 *)(r1 + 0) = 5\nr0 = 0\nexit',
      '0x5',
    ],
    ['callx calls what a function pointer names', 'r2 = f ll\nr0 = 1\ncallx r2\nexit\nf: r0 = 42\nexit', '0x2a'],
    ['gotol takes its offset from the immediate', 'r0 = 1\ngotol +1\nr0 = 2\nexit', '0x1'],
    [
      'may_goto goes on for 8,388,608 rounds',
      'r0 = 0\nagain: may_goto out\nr0 += 1\ngoto again\nout: exit',
      '0x800000',
    ],
  ])('%s', (_, text, expected) => expect(run(text, {}, 1e9)).toBe(expected));

  it('loads packet bytes in network order, and ends with 0 behind the packet', () => {
    expect(load('r0 = *(u32 *)skb[4]')).toBe('0x4050607');
    expect(load('r2 = 3\nr0 = *(u16 *)skb[r2 + 5]')).toBe('0x809');
    expect(load('r0 = *(u8 *)skb[63]')).toBe('0x3f');
    expect(load('r0 = *(u16 *)skb[63]')).toBe('0x0');
    expect(load('r0 = *(u8 *)skb[-1048576 + 1]'.replace('-1048576 + 1', '-1048575'))).toBe('0xf');
  });

  it('returns 0 from a function that loads behind the packet, and goes on in its caller', () => {
    expect(load('r6 = r1\ncall f\nr0 += 7\nexit\nf: r6 = r1\nr0 = *(u8 *)skb[999]\nr0 = 5')).toBe('0x7');
  });
});

describe('32-bit results clear the upper half', () => {
  it.each([
    ['w0 += 1', 0x8n],
    ['w0 -= 1', 0x6n],
    ['w0 *= 3', 0x15n],
    ['w0 /= 2', 0x3n],
    ['w0 s/= 2', 0x3n],
    ['w0 %= 4', 0x3n],
    ['w0 s%= 4', 0x3n],
    ['w0 |= 8', 0xfn],
    ['w0 &= 6', 0x6n],
    ['w0 ^= 1', 0x6n],
    ['w0 <<= 1', 0xen],
    ['w0 >>= 1', 0x3n],
    ['w0 s>>= 1', 0x3n],
    ['w0 = w0', 0x7n],
    ['w0 = -w0', 0xffff_fff9n],
    ['w0 = (s8)w0', 0x7n],
    ['w0 = (s16)w0', 0x7n],
    ['r0 = le16 r0', 0x7n],
    ['r0 = le32 r0', 0x7n],
    ['r0 = be16 r0', 0x700n],
    ['r0 = be32 r0', 0x700_0000n],
    ['r0 = *(u8 *)(r10 - 8)', 0x5n],
    ['r0 = *(u16 *)(r10 - 8)', 0x5n],
    ['r0 = *(u32 *)(r10 - 8)', 0x5n],
    ['r0 = load_acquire((u32 *)(r10 - 8))', 0x5n],
  ] as const)('%s', (text, expected) => {
    const before = '*(u64 *)(r10 - 8) = 5\nr0 = 0x1200000007 ll\n';
    expect(run(`${before}${text}\nexit`)).toBe(`0x${expected.toString(16)}`);
  });

  it('and packet loads', () => {
    expect(load('r0 = -1\nr0 = *(u32 *)skb[0]')).toBe('0x10203');
  });
});

describe('64-bit atomics work on both halves', () => {
  it.each([
    ['load_acquire', 'r0 = load_acquire((u64 *)(r10 - 8))', '0x1ffffffff'],
    [
      'cmpxchg compares the upper half',
      'r0 = 0xffffffff ll\nr1 = 9\nr0 = cmpxchg_64(r10 - 8, r0, r1)\nr0 = *(u64 *)(r10 - 8)',
      '0x1ffffffff',
    ],
    ['add carries', 'r1 = 1\nlock *(u64 *)(r10 - 8) += r1\nr0 = *(u64 *)(r10 - 8)', '0x200000000'],
  ])('%s', (_, text, expected) => {
    expect(run(`r1 = 0x1ffffffff ll\n*(u64 *)(r10 - 8) = r1\n${text}\nexit`)).toBe(expected);
  });
});

describe('calls', () => {
  it('take the values of r1-r5 away', () => {
    expect(run('r1 = 1\ncall f\nr0 = r1\nexit\nf: r0 = 0\nexit')).toBe('2: reads r1, which holds no value here');
  });

  it('leave the rounds of may_goto of the caller alone', () => {
    const text =
      'call f\nmay_goto out\nr0 = 1\nexit\nout: r0 = 2\nexit\nf: r0 = 0\nagain: may_goto done\ngoto again\ndone: exit';
    expect(run(text, {}, 1e9)).toBe('0x1');
  });
});

describe('instructions that cannot be executed', () => {
  it('says which one and why', () => {
    checkTrap(
      [{ kind: 'call', target: 'kfunc', imm: 5, off: 0 }, exit],
      '0: number 5 is a function of the kernel (kfunc) that is not known here',
    );
    checkTrap(
      [{ kind: 'loadBtfId', dst: 0, btfId: 5, module: 0 }, { kind: 'wideSlot' }, exit],
      '0: addresses of kernel variables (ksyms) are not supported yet',
    );
    checkTrap(
      [{ kind: 'addrSpaceCast', dst: 0, src: 1, dstSpace: 0, srcSpace: 1 }, exit],
      '0: addr_space_cast makes a pointer into an arena, which a replay does not have',
    );
    checkTrap([{ kind: 'goto', off: 5, long: false }, exit], '2: execution reaches instruction 2, outside the program');
    checkTrap(
      [{ kind: 'goto', off: 1, long: false }, { kind: 'loadImm64', dst: 0, lo: 1, hi: 0 }, { kind: 'wideSlot' }, exit],
      '2: jumps into the middle of the two-slot instruction at 1',
    );
    checkTrap(
      [{ kind: 'invalid', opcode: 255, regs: 0, off: 0, imm: 0, reason: 'unknown opcode 0xff', kernelMessage: '' }],
      '0: invalid instruction: unknown opcode 0xff',
    );
    checkTrap([{ kind: 'call', target: 'helper', imm: 7, off: 0 }, exit], '0: there is no helper number 7');
  });
});
