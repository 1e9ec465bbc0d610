import type { Machine } from '../vm/createMachine.ts';
import { mapContents } from '../vm/maps/contents.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import type { MapSnapshot } from './result.ts';

/** Maps whose contents mean nothing outside the machine, or were handed out already. */
const WITHOUT_CONTENTS = new Set([
  'ringbuf', 'user_ringbuf', 'prog_array', 'perf_event_array', 'devmap', 'devmap_hash', 'cpumap', 'xskmap', 'sockmap',
  'sockhash', 'array_of_maps', 'hash_of_maps', 'cgroup_array', 'bloom_filter', 'stack_trace',
]); // prettier-ignore

/** What the maps hold now, at most `limit` entries each. */
export function snapshotMaps(machine: Machine, limit: number): MapSnapshot[] {
  const snapshots: MapSnapshot[] = [];
  for (const map of machine.maps)
    if (map !== null && !WITHOUT_CONTENTS.has(map.spec.type)) snapshots.push(snapshotMap(machine, map, limit));
  return snapshots;
}

function snapshotMap(machine: Machine, map: GuestMap, limit: number): MapSnapshot {
  const { type } = map.spec;
  if (type === 'queue' || type === 'stack') return snapshotQueue(machine, map, limit);
  if (map.values !== null) return snapshotArray(machine, map, map.values, limit);
  return mapContents(map, machine.cpus, limit);
}

/** Reads the storage itself: an array may have millions of slots that nobody ever touched. */
function snapshotArray(machine: Machine, map: GuestMap, values: number, limit: number): MapSnapshot {
  const { name, type, maxEntries } = map.spec;
  const { i32 } = machine.memory;
  const cpus = Array.from({ length: map.perCpu ? machine.cpus : 1 }, (_, cpu) => values + cpu * map.cpuStride);
  const entries: { key: Uint8Array; values: Uint8Array[] }[] = [];
  for (let index = 0; index < maxEntries; index++) {
    const at = index * map.stride;
    if (maxEntries > 1 && cpus.every((base) => isZero(i32, (base + at) >> 2, map.stride >> 2))) continue;
    const copies = cpus.map((base) => map.userCopy(base + at));
    // Locks and pointers to objects are not shown, so a value may be zero without them.
    if (maxEntries > 1 && copies.every((copy) => copy.every((byte) => byte === 0))) continue;
    if (entries.length === limit) return { name, type, entries, truncated: true };
    entries.push({ key: Uint8Array.of(index, index >> 8, index >> 16, index >> 24), values: copies });
  }
  return { name, type, entries, truncated: false };
}

/** Takes everything out in the order a program would, and puts it back. */
function snapshotQueue(machine: Machine, map: GuestMap, limit: number): MapSnapshot {
  const { name, type, valueSize, maxEntries } = map.spec;
  const values: Uint8Array[] = [];
  while (values.length < maxEntries) {
    const at = map.pop(true);
    if (at === 0) break;
    values.push(machine.memory.u8.slice(at, at + valueSize));
  }
  for (const value of type === 'stack' ? values.toReversed() : values) map.push(value, 0, 0);
  const entries = values.slice(0, limit).map((value) => ({ key: new Uint8Array(), values: [value] }));
  return { name, type, entries, truncated: values.length > limit };
}

function isZero(words: Int32Array, start: number, count: number): boolean {
  for (let i = start; i < start + count; i++) if (words[i] !== 0) return false;
  return true;
}
