/** Internet checksum arithmetic as the kernel does it (include/net/checksum.h); sums are unsigned 32-bit numbers. */

/** Ones' complement sum: an end-around carry. */
export function checksumAdd(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return (sum > 0xffff_ffff ? sum + 1 : sum) >>> 0;
}

export function checksumSub(a: number, b: number): number {
  return checksumAdd(a, ~b);
}

/** To 16 bits, inverted: what stands in a header. */
export function checksumFold(sum: number): number {
  return ~checksumTo16(sum) & 0xffff;
}

export function checksumTo16(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return ((once & 0xffff) + (once >>> 16)) & 0xffff;
}

/** Adds bytes in memory order, as little-endian words; an odd last byte counts as if a zero followed. */
export function checksumPartial(bytes: Uint8Array, start: number, size: number, seed: number): number {
  let sum = seed >>> 0;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const at = start + i;
    sum = checksumAdd(sum, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  for (let shift = 0; i < size; i++, shift += 8) sum = checksumAdd(sum, bytes[start + i]! << shift);
  return sum;
}

function add16(a: number, b: number): number {
  const sum = (a & 0xffff) + (b & 0xffff);
  return (sum + (sum >>> 16)) & 0xffff;
}

/** New checksum field after a 16-bit word changed. */
export function checksumReplace2(field: number, from: number, to: number): number {
  return ~add16(add16(~field, ~from), to) & 0xffff;
}

/** New checksum field after a 32-bit word changed. */
export function checksumReplace4(field: number, from: number, to: number): number {
  return checksumFold(checksumAdd(checksumSub(~field >>> 0, from), to));
}

/** New checksum field when the sum of the covered bytes grew by `difference`. */
export function checksumReplaceByDifference(field: number, difference: number): number {
  return checksumFold(checksumAdd(difference, ~field));
}
