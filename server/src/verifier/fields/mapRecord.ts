/** The special fields of a map's values. Mirrors `map_check_btf` of kernel/bpf/syscall.c, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import { resolve, resolveId, sizeOf } from '../../btf/query.ts';
import { MAP_FLAGS } from '../../kernel/mapRules.ts';
import type { MapType } from '../../kernel/mapTypes.ts';
import type { MapSpec } from '../../program/program.ts';
import type { TypeSources } from './parseRecord.ts';
import { checkUserPointers, parseRecord } from './parseRecord.ts';
import type { FieldKind, FieldRecord } from './specialField.ts';
import { ERRNO, FieldRefusal, KPTRS, refuse } from './specialField.ts';
import { structRecords } from './structRecords.ts';

/** What the kernel knows of the map's types: none at all, no special fields, or these. */
export interface MapTypes {
  readonly typed: boolean;
  readonly record: FieldRecord | null;
}

const UNTYPED: MapTypes = { typed: false, record: null };

/**
 * Where the kernel refuses a map's types, loaders make the map once more without them (`bpf_object__create_map` of
 * libbpf, 1.7), so that it has no special fields then.
 */
export function mapTypes(map: MapSpec, sources: TypeSources): MapTypes {
  const known = KNOWN.get(map);
  if (known !== undefined && known.btf === sources.btf && known.kernelBtf === sources.kernelBtf) return known.types;
  const { errno: _, ...types } = readMapTypes(map, sources);
  KNOWN.set(map, { ...sources, types });
  return types;
}

const KNOWN = new WeakMap<MapSpec, TypeSources & { readonly types: MapTypes }>();

/** The same with the errno of a refusal; 0 for none. */
export function readMapTypes(map: MapSpec, sources: TypeSources): MapTypes & { readonly errno: number } {
  if ((map.keyTypeId === 0 && map.valueTypeId === 0) || UNTYPED_MAPS.has(map.type)) return { ...UNTYPED, errno: 0 };
  try {
    return { typed: true, record: checkedRecord(map, sources), errno: 0 };
  } catch (error) {
    if (error instanceof FieldRefusal) return { ...UNTYPED, errno: error.errno };
    throw error;
  }
}

/** Map types that libbpf never gives types to. */
const UNTYPED_MAPS: ReadonlySet<MapType> = new Set<MapType>([
  'perf_event_array', 'cgroup_array', 'stack_trace', 'array_of_maps', 'hash_of_maps', 'devmap', 'devmap_hash', 'cpumap',
  'xskmap', 'sockmap', 'sockhash', 'queue', 'stack', 'arena',
]); // prettier-ignore

const VALUE_FIELDS: ReadonlySet<FieldKind> = new Set<FieldKind>([
  'spinLock', 'resSpinLock', 'timer', 'workqueue', 'taskWork', 'listHead', 'rbRoot', 'refcount', ...KPTRS, 'uptr',
]); // prettier-ignore

function checkedRecord(map: MapSpec, sources: TypeSources): FieldRecord | null {
  const { btf } = sources;
  const records = structRecords(sources);
  if (typeof records === 'number') return refuse(records);
  checkKeyType(btf, map);
  const valueId = resolveId(btf, map.valueTypeId);
  if (sizeOf(btf, valueId) !== map.valueSize) refuse(ERRNO.invalid);
  const record = recordOrNone(map, sources, valueId);
  if (record === null) return null;
  if (map.flags & (MAP_FLAGS.rdonlyProg | MAP_FLAGS.wronlyProg)) refuse(ERRNO.access);
  for (const { kind } of record.fields) if (!HOLDERS[kind].has(map.type)) refuse(ERRNO.notSupported);
  for (const { element } of record.fields) if (element !== null && !records.has(element.valueId)) refuse(ERRNO.fault);
  checkUserPointers(record);
  return record;
}

/** A value whose fields make no record is a value without: the kernel keeps the error and makes the map. */
function recordOrNone(map: MapSpec, sources: TypeSources, valueId: number): FieldRecord | null {
  try {
    return parseRecord(sources, valueId, VALUE_FIELDS, map.valueSize);
  } catch (error) {
    if (error instanceof FieldRefusal) return null;
    throw error;
  }
}

const STORAGES = ['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'] as const;
const LOCK_HOLDERS: ReadonlySet<MapType> = new Set<MapType>(['hash', 'array', 'cgroup_storage', ...STORAGES]);
const TIMER_HOLDERS: ReadonlySet<MapType> = new Set<MapType>(['hash', 'lru_hash', 'array']);
const KPTR_HOLDERS: ReadonlySet<MapType> = new Set<MapType>([
  'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'array', 'percpu_array', ...STORAGES,
]); // prettier-ignore
const NOTHING: ReadonlySet<MapType> = new Set();

/** Which maps may hold which fields. */
const HOLDERS: Readonly<Record<FieldKind, ReadonlySet<MapType>>> = {
  spinLock: LOCK_HOLDERS,
  resSpinLock: LOCK_HOLDERS,
  timer: TIMER_HOLDERS,
  workqueue: TIMER_HOLDERS,
  taskWork: TIMER_HOLDERS,
  kptrUnref: KPTR_HOLDERS,
  kptrRef: KPTR_HOLDERS,
  kptrPercpu: KPTR_HOLDERS,
  refcount: KPTR_HOLDERS,
  uptr: new Set<MapType>(['task_storage']),
  listHead: TIMER_HOLDERS,
  rbRoot: TIMER_HOLDERS,
  listNode: NOTHING,
  rbNode: NOTHING,
};

/** Maps whose keys must be a number of 32 bits. */
const NUMBERED: ReadonlySet<MapType> = new Set<MapType>(['array', 'percpu_array', ...STORAGES]);

/** Mirrors `array_map_check_btf` and `bpf_local_storage_map_check_btf`: only sections of variables need no key. */
function checkKeyType(btf: Btf, map: MapSpec): void {
  const key = resolve(btf, map.keyTypeId);
  if (map.keyTypeId !== 0 && sizeOf(btf, map.keyTypeId) !== map.keySize) refuse(ERRNO.invalid);
  if (map.keyTypeId === 0) {
    const keyless = map.type === 'array' && map.maxEntries === 1 && resolve(btf, map.valueTypeId).kind === 'datasec';
    if (!keyless) refuse(ERRNO.invalid);
  } else if (NUMBERED.has(map.type) && !(key.kind === 'int' && key.bits === 32 && key.offsetBits === 0))
    refuse(ERRNO.invalid);
}
