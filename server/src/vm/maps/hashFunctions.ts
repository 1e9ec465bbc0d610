/**
 * Numbers that the halves of a key's n-th eight bytes are mixed with. Compiled programs hash by themselves (see
 * jit/mapFunctions.ts), so the function is made for that: eight bytes cost one multiplication, and no multiplication
 * waits for another one. The method is NH, by Black, Halevi, Krawczyk, Krovetz and Rogaway ("UMAC", 1999).
 */
export function hashMasks(n: number): { readonly low: number; readonly high: number } {
  return { low: Math.imul(2 * n + 1, 0x9e3779b1), high: Math.imul(2 * n + 2, 0x85ebca6b) };
}

/** The sum, over every eight bytes, of the product of their masked halves; its own halves are joined in the end. */
export function hashBytes(bytes: Uint8Array, at: number, size: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0, n = 0; i < size; i += 8, n++) {
    const left = rest(bytes, at + i, size - i);
    const right = rest(bytes, at + i + 4, size - i - 4);
    const { low: maskLow, high: maskHigh } = hashMasks(n);
    const a = left ^ maskLow;
    const b = right ^ maskHigh;
    low += Math.imul(a, b) >>> 0;
    high = (high + upperProduct(a, b)) | 0;
  }
  return ((low >>> 0) ^ (high + Math.floor(low / 0x1_0000_0000))) >>> 0;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const other = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

const JHASH_START = 0xdeadbeef | 0;

/**
 * Bob Jenkins' lookup3, the kernel's `jhash` and `jhash2`. With seed 0 it decides the order of a map with
 * BPF_F_ZERO_SEED. Mirrors `htab_map_hash` of kernel/bpf/hashtab.c, v6.18.
 */
export function jenkinsHash(bytes: Uint8Array, at: number, size: number, seed = 0): number {
  let a = (JHASH_START + size + seed) | 0;
  let b = a;
  let c = a;
  let i = at;
  let left = size;
  for (; left > 12; left -= 12, i += 12) {
    a = (a + word(bytes, i)) | 0;
    b = (b + word(bytes, i + 4)) | 0;
    c = (c + word(bytes, i + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (left === 0) return c >>> 0;
  return lastMix((a + rest(bytes, i, left)) | 0, (b + rest(bytes, i + 4, left - 4)) | 0, (c + rest(bytes, i + 8, left - 8)) | 0); // prettier-ignore
}

/** Up to four bytes of what is left, little-endian. */
function rest(bytes: Uint8Array, at: number, left: number): number {
  if (left >= 4) return word(bytes, at);
  let value = 0;
  for (let i = 0; i < left; i++) value |= bytes[at + i]! << (8 * i);
  return value;
}

function lastMix(a0: number, b0: number, c0: number): number {
  let c = ((c0 ^ b0) - rotate(b0, 14)) | 0;
  let a = ((a0 ^ c) - rotate(c, 11)) | 0;
  let b = ((b0 ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
