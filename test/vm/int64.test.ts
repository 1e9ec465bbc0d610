import { describe, expect, it } from 'vitest';
import * as int64 from '../../server/src/vm/int64.ts';

const SPECIAL = [0n, 1n, 2n, 3n, 7n, 10n, 31n, 32n, 33n, 63n, 64n, 0xffn, 0xffffn, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n,
  0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n, 0x1f_ffff_ffff_ffffn, 0x20_0000_0000_0000n, 0x20_0000_0000_0001n,
  0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x8000_0000_0000_0001n, 0xffff_ffff_0000_0000n,
  0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn]; // prettier-ignore

/** A seeded generator, so that a failure can be repeated. */
function randoms(seed: number, count: number): bigint[] {
  let state = BigInt(seed);
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    // Shifting by a random amount gives values of all sizes.
    return (state ^ (state >> 29n)) >> (state % 64n);
  });
}

const VALUES = [...SPECIAL, ...randoms(1, 200)];

const s64 = (x: bigint): bigint => BigInt.asIntN(64, x);
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);

type InPlace = (lo: Int32Array, hi: Int32Array, d: number, s: number) => void;

const BINARY: Record<string, [InPlace, (a: bigint, b: bigint) => bigint]> = {
  multiply: [int64.multiply, (a, b) => a * b],
  divideUnsigned: [int64.divideUnsigned, (a, b) => (b === 0n ? 0n : a / b)],
  moduloUnsigned: [int64.moduloUnsigned, (a, b) => (b === 0n ? a : a % b)],
  divideSigned: [int64.divideSigned, (a, b) => (b === 0n ? 0n : s64(a) / s64(b))],
  moduloSigned: [int64.moduloSigned, (a, b) => (b === 0n ? a : s64(a) % s64(b))],
  shiftLeft: [int64.shiftLeft, (a, b) => a << (b & 63n)],
  shiftRight: [int64.shiftRight, (a, b) => a >> (b & 63n)],
  shiftRightSigned: [int64.shiftRightSigned, (a, b) => s64(a) >> (b & 63n)],
};

function apply(operation: InPlace, a: bigint, b: bigint, sameRegister = false): bigint {
  const lo = new Int32Array([Number(BigInt.asIntN(32, a)), Number(BigInt.asIntN(32, b))]);
  const hi = new Int32Array([Number(BigInt.asIntN(32, a >> 32n)), Number(BigInt.asIntN(32, b >> 32n))]);
  operation(lo, hi, 0, sameRegister ? 0 : 1);
  return (BigInt(hi[0]! >>> 0) << 32n) | BigInt(lo[0]! >>> 0);
}

describe('64-bit arithmetic on pairs equals bigint', () => {
  it.each(Object.entries(BINARY))('%s', (_, [operation, expected]) => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        const got = apply(operation, a, b);
        if (got !== u64(expected(a, b))) expect({ a, b, got }).toEqual({ a, b, got: u64(expected(a, b)) });
      }
    }
  });

  it.each(Object.entries(BINARY))('%s with both operands in one register', (_, [operation, expected]) => {
    for (const a of VALUES) expect(apply(operation, a, a, true)).toBe(u64(expected(a, a)));
  });

  it('negate', () => {
    for (const a of VALUES) expect(apply((lo, hi, d) => int64.negate(lo, hi, d), a, 0n)).toBe(u64(-a));
  });
});

const u32 = (x: bigint): bigint => BigInt.asUintN(32, x);
const s32 = (x: bigint): bigint => BigInt.asIntN(32, x);

const NARROW: Record<string, [(a: number, b: number) => number, (a: bigint, b: bigint) => bigint]> = {
  divide32: [int64.divide32, (a, b) => (u32(b) === 0n ? 0n : u32(a) / u32(b))],
  modulo32: [int64.modulo32, (a, b) => (u32(b) === 0n ? a : u32(a) % u32(b))],
  divideSigned32: [int64.divideSigned32, (a, b) => (u32(b) === 0n ? 0n : s32(a) / s32(b))],
  moduloSigned32: [int64.moduloSigned32, (a, b) => (u32(b) === 0n ? a : s32(a) % s32(b))],
};

describe('32-bit division equals bigint', () => {
  it.each(Object.entries(NARROW))('%s', (_, [operation, expected]) => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        const got = BigInt(operation(Number(s32(a)), Number(s32(b))) >>> 0);
        if (got !== u32(expected(a, b))) expect({ a, b, got }).toEqual({ a, b, got: u32(expected(a, b)) });
      }
    }
  });

  it('swaps bytes', () => {
    expect(int64.swap16(0x12345678)).toBe(0x7856);
    expect(int64.swap32(0x12345678) >>> 0).toBe(0x78563412);
    expect(int64.swap32(0x000000ff) >>> 0).toBe(0xff000000);
  });
});
