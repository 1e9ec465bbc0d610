import type { Machine } from '../vm/createMachine.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import { readU32 } from '../vm/maps/baseMap.ts';
import { mapContents } from '../vm/maps/contents.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { QueueMap } from '../vm/maps/queue.ts';
import { UserRingbufMap } from '../vm/maps/userRingbuf.ts';
import { isHolder } from './mapHolds.ts';
import { thingInSlot } from './mapThings.ts';
import type { MapSnapshot } from './result.ts';

/** Maps whose contents mean nothing outside the machine, or were handed out already. */
const WITHOUT_CONTENTS: ReadonlySet<MapType> = new Set<MapType>([
  'ringbuf', 'perf_event_array', 'bloom_filter', 'struct_ops', 'arena',
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
  if (map instanceof QueueMap) return snapshotQueue(machine, map, limit);
  if (map instanceof UserRingbufMap) return snapshotSamples(map, limit);
  if (isHolder(type)) return snapshotThings(machine, map, limit);
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

/** In the order in which a program would take them. */
function snapshotQueue(machine: Machine, map: QueueMap, limit: number): MapSnapshot {
  const { name, type, valueSize } = map.spec;
  const values = map.contents(limit + 1).map((at) => machine.memory.u8.slice(at, at + valueSize));
  const entries = values.slice(0, limit).map((value) => ({ key: new Uint8Array(), values: [value] }));
  return { name, type, entries, truncated: values.length > limit };
}

function snapshotSamples(map: UserRingbufMap, limit: number): MapSnapshot {
  const { name, type } = map.spec;
  const samples = map.samples(limit + 1);
  const entries = samples.slice(0, limit).map((sample) => ({ key: new Uint8Array(), values: [sample] }));
  return { name, type, entries, truncated: samples.length > limit };
}

/** Slots say which thing they hold. */
function snapshotThings(machine: Machine, map: GuestMap, limit: number): MapSnapshot {
  const contents = mapContents(map, machine.cpus, limit);
  const number = (bytes: Uint8Array | undefined): number => (bytes === undefined ? 0 : readU32(bytes, 0));
  const entries = contents.entries.map(({ key, values }) => ({
    key,
    values: [],
    holds: thingInSlot(machine, map, number(values[0])),
  }));
  return { ...contents, entries };
}

function isZero(words: Int32Array, start: number, count: number): boolean {
  for (let i = start; i < start + count; i++) if (words[i] !== 0) return false;
  return true;
}
