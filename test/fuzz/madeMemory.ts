/** Memory outside the program that is made up: any address of it reads the same each time, so that runs can be repeated. */

/** Where made-up pointers into the kernel lead: the direct map of x86-64. */
const KERNEL = 0xffff_8880_0000_0000n;

/** A pointer that leads to made-up kernel memory. */
export function kernelPointer(seed: number): bigint {
  return KERNEL + BigInt(mixed(seed) >>> 3) * 8n;
}

/** What reads outside the program find. Half of all seeds have no user memory, so that programs see errors, too. */
export function madeMemory(seed: number): (address: bigint, size: number, user: boolean) => Uint8Array | null {
  return (address, size, user) => {
    if (user && seed % 2 === 1) return null;
    const bytes = new Uint8Array((size + 7) & ~7);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < size; at += 8) view.setBigUint64(at, wordAt(address + BigInt(at), seed), true);
    return bytes.subarray(0, size);
  };
}

/** Of any address, so that no pointer is put together of two halves. */
function wordAt(address: bigint, seed: number): bigint {
  const low = Number(BigInt.asIntN(32, address));
  const high = Number(BigInt.asIntN(32, address >> 32n));
  return madeWord(mixed(low ^ mixed(high ^ seed)));
}

/** Eight bytes as kernel structures have them: zeros, small numbers, pointers, text, and anything. */
export function madeWord(noise: number): bigint {
  const more = BigInt(mixed(noise) >>> 0);
  switch (noise & 7) {
    case 0:
    case 1:
      return 0n;
    case 2:
      return more & 0xffn;
    case 3:
    case 4:
      return kernelPointer(noise);
    case 5:
      return TEXT;
    case 6:
      return more & 0x3fffn;
    default:
      return (more << 32n) | BigInt(noise >>> 0);
  }
}

/** "/bin/sh"; no shorter text, which as a pointer would lead into the program's own memory. */
const TEXT = 0x0068_732f_6e69_622fn;

/** Bits that look random: the last steps of MurmurHash3. */
export function mixed(value: number): number {
  let bits = value + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
