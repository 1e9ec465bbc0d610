import type { Machine } from './createMachine.ts';
import type { World } from './world.ts';

/** Memory outside the program as it was when an event happened. */
export interface RecordedMemory {
  readonly space: 'kernel' | 'user';
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** What an earlier event of a thread told of memory. */
export interface EarlierMemory {
  readonly tid: number;
  readonly memory: readonly RecordedMemory[];
}

/** How many events back memory is looked for. */
const MOST_EARLIER = 64;

/** The present event's memory is becoming earlier memory. */
export function remembered({ earlier, tid, memory }: World): readonly EarlierMemory[] {
  return memory.length === 0 ? earlier : [{ tid, memory }, ...earlier.slice(0, MOST_EARLIER - 1)];
}

/**
 * Memory of the present event; where it tells nothing of an address, what earlier events of the same thread told of it,
 * as a system call's end often looks at what its beginning was given.
 */
export function foreignBytes(machine: Machine, address: bigint, size: number, user: boolean): Uint8Array | null {
  const { world, notes } = machine;
  const now = recordedBytes(world.memory, address, size, user);
  if (now !== null) return now;
  for (const { tid, memory } of world.earlier) {
    const bytes = tid === world.tid ? recordedBytes(memory, address, size, user) : null;
    if (bytes === null) continue;
    if (notes.size < 100) notes.add('some memory was read as an earlier event of the same thread told it');
    return bytes;
  }
  return null;
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

/** Memory of the present event gets new bytes; false where not all of it is recorded. */
export function rewriteRecorded(world: World, address: bigint, bytes: Uint8Array, user: boolean): boolean {
  if (recordedBytes(world.memory, address, bytes.length, user) === null) return false;
  const space = user ? 'user' : 'kernel';
  world.memory = world.memory.map((one) => (one.space === space ? overlaid(one, address, bytes) : one));
  return true;
}

function overlaid(memory: RecordedMemory, address: bigint, bytes: Uint8Array): RecordedMemory {
  const offset = Number(BigInt.asIntN(64, address - memory.address));
  const from = Math.max(0, offset);
  const end = Math.min(memory.bytes.length, offset + bytes.length);
  if (from >= end) return memory;
  const changed = memory.bytes.slice();
  changed.set(bytes.subarray(from - offset, end - offset), from);
  return { ...memory, bytes: changed };
}

function endOf({ address, bytes }: RecordedMemory): bigint {
  return address + BigInt(bytes.length);
}
