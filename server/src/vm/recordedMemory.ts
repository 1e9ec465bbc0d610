/** Memory outside the program as it was when an event happened. */
export interface RecordedMemory {
  readonly space: 'kernel' | 'user';
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Bytes at an address, out of one stretch of recorded memory or several that adjoin; null when one is missing. */
export function recordedBytes(
  memory: readonly RecordedMemory[],
  address: bigint,
  size: number,
  user: boolean,
): Uint8Array | null {
  const space = user ? 'user' : 'kernel';
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const at = address + BigInt(done);
    const found = memory.find((one) => one.space === space && at >= one.address && at < endOf(one));
    if (found === undefined) return null;
    const part = found.bytes.subarray(Number(at - found.address)).subarray(0, size - done);
    bytes.set(part, done);
    done += part.length;
  }
  return bytes;
}

function endOf({ address, bytes }: RecordedMemory): bigint {
  return address + BigInt(bytes.length);
}
