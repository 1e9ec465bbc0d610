/** Ranges of numbers, read without and with a sign, and what comparisons say of them. */
import type { CompareOp } from '../ir/ir.ts';

export interface Range {
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
}

/** Of a number below 2^bits. */
export function fullRange(bits: number, width: 32 | 64): Range {
  const umax = (1n << BigInt(bits)) - 1n;
  if (bits < width) return { umin: 0n, umax, smin: 0n, smax: umax };
  const half = 1n << BigInt(width - 1);
  return { umin: 0n, umax, smin: -half, smax: half - 1n };
}

/** What is left when the comparison with the constant holds. */
export function narrowed(range: Range, kind: CompareOp, by: bigint, width: 32 | 64): Range {
  const signed = BigInt.asIntN(width, by);
  let { umin, umax, smin, smax } = range;
  switch (kind) {
    case 'eq':
      return { umin: by, umax: by, smin: signed, smax: signed };
    case 'ne':
      if (umin === by) umin += 1n;
      if (umax === by) umax -= 1n;
      break;
    case 'ult':
      umax = least(umax, by - 1n);
      break;
    case 'ule':
      umax = least(umax, by);
      break;
    case 'ugt':
      umin = most(umin, by + 1n);
      break;
    case 'uge':
      umin = most(umin, by);
      break;
    case 'slt':
      smax = least(smax, signed - 1n);
      break;
    case 'sle':
      smax = least(smax, signed);
      break;
    case 'sgt':
      smin = most(smin, signed + 1n);
      break;
    case 'sge':
      smin = most(smin, signed);
      break;
  }
  return reconciled({ umin, umax, smin, smax }, width);
}

/** What of a range is between two signed numbers. */
export function within(low: bigint, high: bigint, range: Range, width: 32 | 64): Range {
  return reconciled({ ...range, smin: most(range.smin, low), smax: least(range.smax, high) }, width);
}

/** Where all numbers have the same sign, both readings agree. */
function reconciled({ umin, umax, smin, smax }: Range, width: 32 | 64): Range {
  const half = 1n << BigInt(width - 1);
  if (smin >= 0n) {
    const [low, high] = [most(umin, smin), least(umax, smax)];
    return { umin: low, umax: high, smin: low, smax: high };
  }
  if (umax < half) return { umin, umax, smin: most(smin, umin), smax: least(smax, umax) };
  return { umin, umax, smin, smax };
}

/** The answer, where the range has one. */
export function decide({ umin, umax, smin, smax }: Range, kind: CompareOp, by: bigint, width: 32 | 64): boolean | null {
  const signed = BigInt.asIntN(width, by);
  // A range without numbers is a path that is never taken; whoever asks there may believe anything.
  if (umin > umax || smin > smax) return null;
  switch (kind) {
    case 'eq':
      return isOutside(by, umin, umax) || isOutside(signed, smin, smax) ? false : umin === umax ? true : null;
    case 'ne':
      return isOutside(by, umin, umax) || isOutside(signed, smin, smax) ? true : umin === umax ? false : null;
    case 'ult':
      return umax < by ? true : umin >= by ? false : null;
    case 'ule':
      return umax <= by ? true : umin > by ? false : null;
    case 'ugt':
      return umin > by ? true : umax <= by ? false : null;
    case 'uge':
      return umin >= by ? true : umax < by ? false : null;
    case 'slt':
      return smax < signed ? true : smin >= signed ? false : null;
    case 'sle':
      return smax <= signed ? true : smin > signed ? false : null;
    case 'sgt':
      return smin > signed ? true : smax <= signed ? false : null;
    case 'sge':
      return smin >= signed ? true : smax < signed ? false : null;
  }
}

function isOutside(value: bigint, min: bigint, max: bigint): boolean {
  return value < min || value > max;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
