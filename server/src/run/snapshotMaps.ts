import type { Machine } from '../vm/createMachine.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import { readU32 } from '../vm/maps/baseMap.ts';
import { mapContents } from '../vm/maps/contents.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { UserRingbufMap } from '../vm/maps/userRingbuf.ts';
import { isHolder } from './mapHolds.ts';
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
  if (type === 'queue' || type === 'stack') return snapshotQueue(machine, map, limit);
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
    holds: thingOf(machine, map, number(values[0])),
  }));
  return { ...contents, entries };
}

/** The member by which the maps file names the thing, with its name or number. */
function thingOf(
  machine: Machine,
  { spec }: GuestMap,
  number: number,
): NonNullable<MapSnapshot['entries'][number]['holds']> {
  const { devices, sockets, cgroups } = machine.world.given;
  switch (spec.type) {
    case 'prog_array':
      return { what: 'program', name: machine.programs[number - 1]?.name ?? number };
    case 'array_of_maps':
    case 'hash_of_maps':
      return { what: 'map', name: machine.maps[number - 1]?.spec.name ?? number };
    case 'devmap':
    case 'devmap_hash': {
      const device = devices.find(({ ifindex }) => ifindex === number);
      return device === undefined ? { what: 'ifindex', name: number } : { what: 'device', name: device.name };
    }
    case 'cgroup_array':
      return { what: 'cgroup', name: cgroups[number - 1]?.path ?? number };
    case 'xskmap':
      return { what: 'queue', name: number };
    default:
      return { what: 'socket', name: Number(sockets[number - 1]?.cookie ?? number) };
  }
}

function isZero(words: Int32Array, start: number, count: number): boolean {
  for (let i = start; i < start + count; i++) if (words[i] !== 0) return false;
  return true;
}
