import type { MapType } from './mapTypes.ts';

/** BPF_F_* of BPF_MAP_CREATE. Source: include/uapi/linux/bpf.h, Linux 6.18. */
export const MAP_FLAGS = {
  noPrealloc: 1 << 0,
  noCommonLru: 1 << 1,
  numaNode: 1 << 2,
  /** User space may only read, or only write. */
  rdonly: 1 << 3,
  wronly: 1 << 4,
  stackBuildId: 1 << 5,
  zeroSeed: 1 << 6,
  /** Programs may only read, or only write. */
  rdonlyProg: 1 << 7,
  wronlyProg: 1 << 8,
  clone: 1 << 9,
  mmapable: 1 << 10,
  preserveElems: 1 << 11,
  innerMap: 1 << 12,
  link: 1 << 13,
  vtypeBtfObjFd: 1 << 15,
  segvOnFault: 1 << 17,
  noUserConv: 1 << 18,
} as const;

/** The part of a map's declaration that BPF_MAP_CREATE looks at; a `MapSpec` is one. */
export interface MapShape {
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly inner: MapShape | null;
  /** map_extra; absent for 0. */
  readonly extra?: number;
}

/** Why the kernel would refuse to make a map: its errno, and plain words. */
export interface MapRefusal {
  readonly errno: number;
  readonly message: string;
}

/**
 * Why the kernel would refuse to make the map, or null. Mirrors `map_create` of kernel/bpf/syscall.c, v6.18, and the
 * `map_alloc_check` and `map_alloc` functions of the types. The BTF of a map, the kernel's memory and the rights of who
 * asks are not looked at.
 */
export function mapRefusal(map: MapShape): MapRefusal | null {
  const rule = MAP_RULES[map.type];
  if (rule === undefined) return null;
  return (
    generalRefusal(map) ??
    (rule.big === undefined ? null : early(map, rule)) ??
    invalid(unknownFlags(map, rule)) ??
    (rule.prealloc === true && (map.flags & F.noPrealloc) !== 0 ? { errno: 524, message: ALWAYS_THERE } : null) ??
    invalid(sizeProblem('key', map.keySize, rule.key)) ??
    invalid(sizeProblem('value', map.valueSize, rule.value)) ??
    invalid(entriesProblem(map, rule)) ??
    invalid(flagsProblem(map, rule)) ??
    invalid(extraProblem(map)) ??
    tooBig(map, rule) ??
    invalid(innerProblem(map))
  );
}

/** What `mapRefusal` says in words. */
export function mapProblem(map: MapShape): string | null {
  return mapRefusal(map)?.message ?? null;
}

/**
 * The declaration as libbpf passes it on: it gives a perf event array without a size one slot a CPU, and rounds the size
 * of a ring buffer up to a power of two of whole pages. Mirrors `map_set_def_max_entries` and `adjust_ringbuf_sz`.
 */
export function asLoaderCreates<T extends MapShape>(map: T, cpus: number): T {
  if (map.type === 'perf_event_array' && map.maxEntries === 0) return { ...map, maxEntries: cpus };
  if ((map.type !== 'ringbuf' && map.type !== 'user_ringbuf') || map.maxEntries === 0) return map;
  let size = PAGE;
  while (size < map.maxEntries && size < 0x8000_0000) size *= 2;
  return { ...map, maxEntries: size };
}

/** An exact size, one of several, a range, or anything but zero (`some`). */
export type SizeRule = number | readonly number[] | { readonly min: number; readonly max: number } | 'some';

export interface MapRule {
  readonly key: SizeRule;
  readonly value: SizeRule;
  readonly entries: 'some' | 'pages' | 'one' | 'none';
  /** All flags that are allowed. */
  readonly flags: number;
  /** Flags that must be set. */
  readonly needs?: number;
  /** What is well formed, but bigger than a kernel makes it (E2BIG). */
  readonly most?: { readonly key?: number; readonly value?: number; readonly both?: number; readonly entries?: number };
  /** What is too big is refused before all else, or before flags and entries, instead of last. */
  readonly big?: 'first' | 'afterSizes';
  /** Entries are always made beforehand: BPF_F_NO_PREALLOC is refused in a way of its own (ENOTSUPP). */
  readonly prealloc?: boolean;
}

const EINVAL = 22;
const E2BIG = 7;

const PAGE = 4096;
/** KMALLOC_MAX_SIZE of x86-64. */
const MAX_BYTES = 1 << 22;
/** PCPU_MIN_UNIT_SIZE: how big a per-CPU value may be. */
const MAX_PER_CPU_BYTES = 32_768;
/** sysctl kernel.perf_event_max_stack as it is by default. */
const MAX_STACK_DEPTH = 127;
/** CONFIG_NR_CPUS of the distributions' x86-64 kernels. */
const MAX_CPUS = 8192;
/** BPF_LOCAL_STORAGE_MAX_VALUE_SIZE of x86-64: U16_MAX less struct bpf_local_storage_elem. */
const MAX_STORAGE_BYTES = 65_407;
/** MAX_BPF_STACK. */
const MAX_STACK_BYTES = 512;
const MOST_BUCKETS = 2 ** 31;
/** Pages in 4 GiB. */
const MOST_ARENA_PAGES = 2 ** 20;

const F = MAP_FLAGS;
const PROGRAM_ACCESS = F.rdonlyProg | F.wronlyProg;
const USER_ACCESS = F.rdonly | F.wronly;
const ACCESS = USER_ACCESS | PROGRAM_ACCESS;

const ALWAYS_THERE = 'LRU maps make all their entries beforehand, so they do not know BPF_F_NO_PREALLOC';

const HASH: MapRule = {
  key: 'some',
  value: 'some',
  entries: 'some',
  flags: F.noPrealloc | F.numaNode | F.zeroSeed | ACCESS,
  // struct htab_elem has 48 bytes.
  most: { both: MAX_BYTES - 49, entries: MOST_BUCKETS },
};
const PER_CPU_HASH: MapRule = { ...HASH, most: { ...HASH.most, value: MAX_PER_CPU_BYTES } };
const LRU_FLAGS = F.noPrealloc | F.noCommonLru | F.numaNode | F.zeroSeed | ACCESS;
const FD_ARRAY: MapRule = { key: 4, value: 4, entries: 'some', flags: F.numaNode | USER_ACCESS };
const QUEUE: MapRule = {
  key: 0,
  value: 'some',
  entries: 'some',
  flags: F.numaNode | ACCESS,
  most: { value: MAX_BYTES },
};
const DEVICES: MapRule = { key: 4, value: [4, 8], entries: 'some', flags: F.numaNode | USER_ACCESS };
const RING: MapRule = { key: 0, value: 0, entries: 'pages', flags: F.numaNode };
const STORAGE: MapRule = {
  key: 4,
  value: 'some',
  entries: 'none',
  flags: F.noPrealloc | F.clone,
  needs: F.noPrealloc,
  most: { value: MAX_STORAGE_BYTES },
};
const CGROUP_STORAGE: MapRule = {
  key: [8, 16],
  value: 'some',
  entries: 'none',
  flags: F.numaNode | ACCESS,
  most: { value: MAX_STORAGE_BYTES },
  big: 'afterSizes',
};

/** What each map type takes. The assembler's sizes and refusals come from here, too. */
export const MAP_RULES: Readonly<Partial<Record<MapType, MapRule>>> = {
  array: {
    key: 4,
    value: 'some',
    entries: 'some',
    flags: F.numaNode | F.mmapable | F.innerMap | ACCESS,
    most: { value: 0x7fff_ffff },
  },
  percpu_array: { key: 4, value: 'some', entries: 'some', flags: ACCESS, most: { value: MAX_PER_CPU_BYTES } },
  hash: HASH,
  percpu_hash: { ...PER_CPU_HASH, flags: F.noPrealloc | F.zeroSeed | ACCESS },
  lru_hash: { ...HASH, flags: LRU_FLAGS, prealloc: true },
  lru_percpu_hash: { ...PER_CPU_HASH, flags: LRU_FLAGS & ~F.numaNode, prealloc: true },
  prog_array: FD_ARRAY,
  perf_event_array: { ...FD_ARRAY, flags: FD_ARRAY.flags | F.preserveElems },
  cgroup_array: FD_ARRAY,
  array_of_maps: FD_ARRAY,
  hash_of_maps: { ...HASH, value: 4 },
  stack_trace: {
    key: 4,
    value: { min: 8, max: 32 * MAX_STACK_DEPTH },
    entries: 'some',
    flags: F.numaNode | USER_ACCESS | F.stackBuildId,
    most: { entries: MOST_BUCKETS },
  },
  lpm_trie: {
    key: { min: 5, max: 260 },
    value: { min: 1, max: MAX_BYTES - 280 },
    entries: 'some',
    flags: F.noPrealloc | F.numaNode | ACCESS,
    needs: F.noPrealloc,
  },
  devmap: DEVICES,
  devmap_hash: DEVICES,
  xskmap: { ...DEVICES, value: 4 },
  cpumap: { key: 4, value: [4, 8], entries: 'some', flags: F.numaNode, most: { entries: MAX_CPUS } },
  sockmap: DEVICES,
  sockhash: { ...DEVICES, key: 'some', most: { key: MAX_STACK_BYTES } },
  reuseport_sockarray: { ...DEVICES, flags: F.numaNode | ACCESS },
  queue: QUEUE,
  stack: QUEUE,
  bloom_filter: { ...QUEUE, flags: F.numaNode | F.zeroSeed | ACCESS, big: 'first' },
  ringbuf: RING,
  user_ringbuf: RING,
  sk_storage: STORAGE,
  inode_storage: STORAGE,
  task_storage: STORAGE,
  cgrp_storage: STORAGE,
  cgroup_storage: CGROUP_STORAGE,
  percpu_cgroup_storage: { ...CGROUP_STORAGE, most: { value: MAX_PER_CPU_BYTES } },
  struct_ops: { key: 4, value: 'some', entries: 'one', flags: F.link | F.vtypeBtfObjFd },
  arena: {
    key: 0,
    value: 0,
    entries: 'some',
    flags: F.mmapable | F.segvOnFault | F.noUserConv,
    needs: F.mmapable,
    most: { entries: MOST_ARENA_PAGES },
  },
};

function invalid(message: string | null): MapRefusal | null {
  return message === null ? null : { errno: EINVAL, message };
}

/** What is asked of all types before their own checks. */
function generalRefusal({ type, flags, extra = 0 }: MapShape): MapRefusal | null {
  if (extra !== 0 && type !== 'bloom_filter' && type !== 'arena')
    return invalid(`maps of type ${type} have no map_extra`);
  if ((flags & USER_ACCESS) === USER_ACCESS)
    return invalid('a map cannot be read-only and write-only for user space at once');
  return null;
}

function sizeProblem(what: 'key' | 'value', size: number, rule: SizeRule): string | null {
  if (rule === 'some') return size > 0 ? null : `the ${what} size must not be 0`;
  if (typeof rule === 'number') return size === rule ? null : `the ${what} size must be ${rule}, but it is ${size}`;
  if ('min' in rule) {
    const fits = size >= rule.min && size <= rule.max;
    return fits ? null : `the ${what} size must lie between ${rule.min} and ${rule.max}, but it is ${size}`;
  }
  return rule.includes(size) ? null : `the ${what} size must be ${rule.join(' or ')}, but it is ${size}`;
}

function entriesProblem({ type, maxEntries, valueSize, flags }: MapShape, rule: MapRule): string | null {
  if (rule.entries === 'none')
    return maxEntries === 0 ? null : `maps of type ${type} have no number of entries, but it is ${maxEntries}`;
  if (type === 'stack_trace' && stackProblem(valueSize, flags) !== null) return stackProblem(valueSize, flags);
  if (maxEntries === 0) return 'the number of entries must not be 0';
  if (rule.entries === 'one' && maxEntries !== 1) return `the number of entries must be 1, but it is ${maxEntries}`;
  if (rule.entries === 'pages' && (maxEntries % PAGE !== 0 || !Number.isInteger(Math.log2(maxEntries))))
    return `the size must be a power of two and a multiple of ${PAGE}`;
  return null;
}

/** A value holds whole stack entries: 8 bytes each, or 32 when they are build ids (struct bpf_stack_build_id). */
function stackProblem(valueSize: number, flags: number): string | null {
  const entry = (flags & F.stackBuildId) === 0 ? 8 : 32;
  if (valueSize % entry !== 0) return `the value size must be a multiple of ${entry}`;
  return valueSize / entry > MAX_STACK_DEPTH ? `the value size must be at most ${entry * MAX_STACK_DEPTH}` : null;
}

function unknownFlags({ type, flags }: MapShape, rule: MapRule): string | null {
  const unknown = flags & ~rule.flags;
  return unknown === 0 ? null : `maps of type ${type} do not know the flags 0x${(unknown >>> 0).toString(16)}`;
}

function flagsProblem({ type, flags }: MapShape, rule: MapRule): string | null {
  const missing = (rule.needs ?? 0) & ~flags;
  if (missing !== 0) return `maps of type ${type} need the flag ${flagName(missing)} (${missing})`;
  if ((flags & PROGRAM_ACCESS) === PROGRAM_ACCESS)
    return 'a map cannot be read-only and write-only for programs at once';
  return null;
}

function flagName(flag: number): string {
  return flag === F.noPrealloc ? 'BPF_F_NO_PREALLOC' : 'BPF_F_MMAPABLE';
}

/** A Bloom filter has at most 15 hash functions, an arena begins on a page. */
function extraProblem({ type, extra = 0 }: MapShape): string | null {
  if (type === 'bloom_filter' && extra > 0xf) return `a Bloom filter has at most 15 hash functions, not ${extra}`;
  return type === 'arena' && extra % PAGE !== 0 ? 'an arena begins on a page' : null;
}

function early(map: MapShape, rule: MapRule): MapRefusal | null {
  if (rule.big === 'first') return tooBig(map, rule);
  const wrong = sizeProblem('key', map.keySize, rule.key) ?? sizeProblem('value', map.valueSize, rule.value);
  return invalid(wrong) ?? tooBig(map, rule);
}

function tooBig(map: MapShape, rule: MapRule): MapRefusal | null {
  const message = bigProblem(map, rule.most ?? {});
  return message === null ? null : { errno: E2BIG, message };
}

function bigProblem(map: MapShape, most: NonNullable<MapRule['most']>): string | null {
  const { type, keySize, valueSize, maxEntries } = map;
  const value = Math.ceil(valueSize / 8) * 8;
  if (keySize > (most.key ?? Infinity)) return `a key must not be bigger than ${most.key} bytes`;
  if (type.includes('percpu') && value > (most.value ?? Infinity))
    return `a per-CPU value must not be bigger than ${most.value} bytes`;
  if (valueSize > (most.value ?? Infinity)) return `a value must not be bigger than ${most.value} bytes`;
  if (keySize + valueSize > (most.both ?? Infinity))
    return `key and value together must not be bigger than ${most.both} bytes`;
  if (maxEntries > (most.entries ?? Infinity)) return `at most ${most.entries} entries are possible`;
  if ((type === 'queue' || type === 'stack') && maxEntries >= Math.floor(0xffff_ffff / valueSize))
    return 'the entries together must be smaller than 4 GiB';
  return null;
}

function innerProblem(map: MapShape): string | null {
  const outer = map.type === 'array_of_maps' || map.type === 'hash_of_maps';
  return outer && map.inner === null ? `maps of type ${map.type} need an inner map` : null;
}
