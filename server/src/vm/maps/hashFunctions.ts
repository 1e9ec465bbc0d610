/** Mixes four bytes at a time, in the manner of MurmurHash3. */
export function hashBytes(bytes: Uint8Array, at: number, size: number): number {
  let hash = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) hash = mix(hash, word(bytes, at + i));
  for (; i < size; i++) hash = mix(hash, bytes[at + i]!);
  return finish(hash);
}

/** `hashBytes` for a key on a four-byte boundary of the linear memory. */
export function hashWords(words: Uint32Array, bytes: Uint8Array, at: number, size: number): number {
  let hash = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) hash = mix(hash, words[(at + i) >> 2]!);
  for (; i < size; i++) hash = mix(hash, bytes[at + i]!);
  return finish(hash);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  const joined = hash ^ Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
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
  let value = 0;
  for (let i = 0; i < Math.min(4, left); i++) value |= bytes[at + i]! << (8 * i);
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
