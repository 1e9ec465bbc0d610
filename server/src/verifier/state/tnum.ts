/**
 * Tristate numbers: what is known of a 64-bit value bit by bit. A bit of `mask` that is 1 is unknown; elsewhere the bit
 * of `value` is the known one. Unknown bits of `value` are 0. Both fields lie in [0, 2^64).
 *
 * The operations give the same results as those of kernel/bpf/tnum.c, v6.18; the idea and the proofs are in "Sound,
 * Precise, and Fast Abstract Interpretation with Tristate Numbers" (Vishwanathan et al., 2022).
 */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

const ALL = 0xffff_ffff_ffff_ffffn;
const LOW_HALF = 0xffff_ffffn;
const HIGH_HALF = 0xffff_ffff_0000_0000n;

export const TNUM_UNKNOWN: Tnum = { value: 0n, mask: ALL };
export const TNUM_ZERO: Tnum = { value: 0n, mask: 0n };

/** Exactly `value`, which may be given signed or unsigned. */
export function tnumConst(value: bigint): Tnum {
  return { value: BigInt.asUintN(64, value), mask: 0n };
}

/** The smallest tnum that holds every unsigned value from `min` to `max`. */
export function tnumRange(min: bigint, max: bigint): Tnum {
  const differing = bitLength(min ^ max);
  if (differing > 63) return TNUM_UNKNOWN;
  const low = (1n << BigInt(differing)) - 1n;
  return { value: min & ~low, mask: low };
}

export function tnumIsUnknown(t: Tnum): boolean {
  return t.mask === ALL;
}

export function tnumEqual(a: Tnum, b: Tnum): boolean {
  return a === b || (a.value === b.value && a.mask === b.mask);
}

export function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const sum = BigInt.asUintN(64, a.value + b.value);
  const unknown = a.mask | b.mask;
  if (unknown === 0n) return { value: sum, mask: 0n };
  // Carries differ between the smallest and the largest sum exactly where an unknown bit may reach.
  const largest = BigInt.asUintN(64, sum + a.mask + b.mask);
  return masked(sum, (largest ^ sum) | unknown);
}

export function tnumSub(a: Tnum, b: Tnum): Tnum {
  const difference = BigInt.asUintN(64, a.value - b.value);
  const unknown = a.mask | b.mask;
  if (unknown === 0n) return { value: difference, mask: 0n };
  const largest = BigInt.asUintN(64, difference + a.mask);
  const smallest = BigInt.asUintN(64, difference - b.mask);
  return masked(difference, (largest ^ smallest) | unknown);
}

export function tnumNeg(t: Tnum): Tnum {
  return tnumSub(TNUM_ZERO, t);
}

export function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const value = a.value & b.value;
  return { value, mask: (a.value | a.mask) & (b.value | b.mask) & ~value };
}

export function tnumOr(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return { value, mask: (a.mask | b.mask) & ~value };
}

export function tnumXor(a: Tnum, b: Tnum): Tnum {
  return masked(a.value ^ b.value, a.mask | b.mask);
}

export function tnumLshift(t: Tnum, shift: number): Tnum {
  const by = BigInt(shift);
  return { value: BigInt.asUintN(64, t.value << by), mask: BigInt.asUintN(64, t.mask << by) };
}

export function tnumRshift(t: Tnum, shift: number): Tnum {
  const by = BigInt(shift);
  return { value: t.value >> by, mask: t.mask >> by };
}

/** Arithmetic shift of the low `bits`; for 32 the upper half of the result is zero. */
export function tnumArshift(t: Tnum, shift: number, bits: 32 | 64): Tnum {
  const by = BigInt(shift);
  return {
    value: BigInt.asUintN(bits, BigInt.asIntN(bits, t.value) >> by),
    mask: BigInt.asUintN(bits, BigInt.asIntN(bits, t.mask) >> by),
  };
}

/**
 * Long multiplication over the bits of `a`. Where a bit is unknown, the two possible sums are united; that is the
 * method of v6.18 (older kernels multiply value and mask apart and come to other, mostly wider results).
 */
export function tnumMul(a: Tnum, b: Tnum): Tnum {
  if ((a.mask | b.mask) === 0n) return tnumConst(a.value * b.value);
  if (a.mask === ALL) return unknownFromLowestBitOf(b);
  if (b.mask === ALL) return unknownFromLowestBitOf(a);
  if (isPowerOfTwo(a)) return tnumLshift(b, bitLength(a.value) - 1);
  if (isPowerOfTwo(b)) return tnumLshift(a, bitLength(b.value) - 1);
  let sum = TNUM_ZERO;
  let addend = b;
  let { value, mask } = a;
  while ((value | mask) !== 0n) {
    if ((value & 1n) !== 0n) sum = tnumAdd(sum, addend);
    else if ((mask & 1n) !== 0n) sum = tnumUnion(sum, tnumAdd(sum, addend));
    value >>= 1n;
    mask >>= 1n;
    addend = tnumLshift(addend, 1);
  }
  return sum;
}

/** What both say. Where they contradict each other, the bit counts as a known 1. */
export function tnumIntersect(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  const value = (a.value | b.value) & ~mask;
  if (mask === a.mask && value === a.value) return a;
  return { value, mask };
}

/** The smallest tnum that holds both. */
export function tnumUnion(a: Tnum, b: Tnum): Tnum {
  return masked(a.value & b.value, (a.value ^ b.value) | a.mask | b.mask);
}

/** Whether every value of `b` is a value of `a`. */
export function tnumIn(a: Tnum, b: Tnum): boolean {
  if (a === b || a.mask === ALL) return true;
  if (a.mask === 0n) return b.mask === 0n && a.value === b.value;
  return (b.mask & ~a.mask) === 0n && a.value === (b.value & ~a.mask);
}

/** Whether some value belongs to both. */
export function tnumOverlap(a: Tnum, b: Tnum): boolean {
  return ((a.value ^ b.value) & ~a.mask & ~b.mask) === 0n;
}

/** The low `sizeBytes` bytes, zero-extended. */
export function tnumCast(t: Tnum, sizeBytes: number): Tnum {
  if (sizeBytes >= 8) return t;
  const low = (1n << BigInt(8 * sizeBytes)) - 1n;
  if ((t.value | t.mask) <= low) return t;
  return { value: t.value & low, mask: t.mask & low };
}

export function tnumSubreg(t: Tnum): Tnum {
  return (t.value | t.mask) <= LOW_HALF ? t : { value: t.value & LOW_HALF, mask: t.mask & LOW_HALF };
}

/** The upper half of `t` with the lower half of `low`. */
export function tnumWithSubreg(t: Tnum, low: Tnum): Tnum {
  const value = (t.value & HIGH_HALF) | (low.value & LOW_HALF);
  const mask = (t.mask & HIGH_HALF) | (low.mask & LOW_HALF);
  return value === t.value && mask === t.mask ? t : { value, mask };
}

/** The upper half of `t` with the lower half known to be `low`, an unsigned 32-bit number. */
export function tnumConstSubreg(t: Tnum, low: number): Tnum {
  return { value: (t.value & HIGH_HALF) | BigInt(low >>> 0), mask: t.mask & HIGH_HALF };
}

export function tnumSubregIsConst(t: Tnum): boolean {
  return (t.mask & LOW_HALF) === 0n;
}

/** Whether every value is a multiple of `size`, a power of two (or 0, which everything is aligned to). */
export function tnumIsAligned(t: Tnum, size: bigint): boolean {
  return size === 0n || ((t.value | t.mask) & (size - 1n)) === 0n;
}

/** The low 16, 32 or 64 bits with their bytes in reverse order. */
export function tnumBswap(t: Tnum, bits: 16 | 32 | 64): Tnum {
  return { value: reverseBytes(t.value, bits), mask: reverseBytes(t.mask, bits) };
}

/** As the kernel's log prints a tnum: `(0x0; 0xff)`, or a plain number when it is known. */
export function tnumText(t: Tnum): string {
  if (t.mask === 0n) return t.value <= 0xffffn ? t.value.toString() : `0x${t.value.toString(16)}`;
  return `(0x${t.value.toString(16)}; 0x${t.mask.toString(16)})`;
}

function masked(value: bigint, mask: bigint): Tnum {
  return { value: value & ~mask, mask };
}

/** Such a factor moves the bits of the other one without a carry. */
function isPowerOfTwo(t: Tnum): boolean {
  return t.mask === 0n && t.value !== 0n && (t.value & (t.value - 1n)) === 0n;
}

/** A product with something unknown: only the zeros below the other factor's lowest possible 1 are known. */
function unknownFromLowestBitOf(t: Tnum): Tnum {
  const possible = t.value | t.mask;
  if (possible === 0n) return TNUM_ZERO;
  return { value: 0n, mask: BigInt.asUintN(64, -(possible & -possible)) };
}

/** The number of bits up to and with the highest 1 of an unsigned 64-bit value. */
function bitLength(value: bigint): number {
  const high = Number(value >> 32n);
  return high === 0 ? 32 - Math.clz32(Number(value & LOW_HALF)) : 64 - Math.clz32(high);
}

function reverseBytes(value: bigint, bits: number): bigint {
  let reversed = 0n;
  for (let at = 0; at < bits; at += 8) reversed = (reversed << 8n) | ((value >> BigInt(at)) & 0xffn);
  return reversed;
}
