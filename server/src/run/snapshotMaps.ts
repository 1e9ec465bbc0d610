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
  const { name, type, maxEntries } = map.spec;
  if (type === 'queue' || type === 'stack') return snapshotQueue(machine, map, limit);
  if (type !== 'array' && type !== 'percpu_array') return mapContents(machine.memory, map, machine.cpus, limit);
  const whole = mapContents(machine.memory, map, machine.cpus, maxEntries);
  const entries = whole.entries
    .filter(({ values }) => maxEntries === 1 || !values.every(isZero))
    .toSorted((a, b) => indexOf(a.key) - indexOf(b.key));
  return { name, type, entries: entries.slice(0, limit), truncated: entries.length > limit };
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

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function indexOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}
