import { ERRNO } from '../errno.ts';
import { UPDATE, type GuestMap } from './guestMap.ts';

export interface MapEntry {
  readonly key: Uint8Array;
  /** One value, or one per CPU. */
  readonly values: readonly Uint8Array[];
}

export interface MapContents {
  readonly name: string;
  readonly type: string;
  readonly entries: readonly MapEntry[];
  /** True when only the first entries are listed. */
  readonly truncated: boolean;
}

/** Copies a map's entries, sorted by the bytes of their keys. Queues and stacks have no keys and no entries here. */
export function mapContents(map: GuestMap, cpus: number, limit = 65_536): MapContents {
  const keys = map.keys(limit + 1);
  const truncated = keys.length > limit;
  const entries = keys
    .slice(0, limit)
    .sort(compareBytes)
    .map((key) => entryOf(map, cpus, key));
  return { name: map.spec.name, type: map.spec.type, entries, truncated };
}

function entryOf(map: GuestMap, cpus: number, key: Uint8Array): MapEntry {
  return { key, values: mapValues(map, cpus, key) ?? [] };
}

/** Copies of the values under a key; null when there is none. */
export function mapValues(map: GuestMap, cpus: number, key: Uint8Array): Uint8Array[] | null {
  const values: Uint8Array[] = [];
  for (let cpu = 0; cpu < (map.perCpu ? cpus : 1); cpu++) {
    const at = map.find(key, 0, cpu);
    if (at === 0) return null;
    values.push(map.userCopy(at));
  }
  return values;
}

/**
 * Stores a value as user space does: 0 or a negated errno. Several values are one per CPU; a single one goes to all.
 * Too short keys or values are filled up with zeros.
 */
export function setMapValue(
  map: GuestMap,
  cpus: number,
  key: Uint8Array,
  values: readonly Uint8Array[],
  flags = 0,
): number {
  const { keySize, valueSize } = map.spec;
  // Mirrors `bpf_map_check_op_flags` of include/linux/bpf.h, v6.18, which comes before all checks of the map itself.
  if ((flags & UPDATE.lock) !== 0 && !map.hasLock) return -ERRNO.EINVAL;
  const count = map.perCpu ? cpus : 1;
  const whole = new Uint8Array(map.stride * count);
  for (let cpu = 0; cpu < count; cpu++) {
    const value = values.length === 1 ? values[0] : values[cpu];
    whole.set((value ?? new Uint8Array()).subarray(0, valueSize), cpu * map.stride);
  }
  return map.update(padded(key, keySize), 0, whole, 0, flags, null);
}

export function deleteMapValue(map: GuestMap, key: Uint8Array): number {
  return map.delete(padded(key, map.spec.keySize), 0);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const whole = new Uint8Array(size);
  whole.set(bytes.subarray(0, size));
  return whole;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
