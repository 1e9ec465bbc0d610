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
} as const;

/** The part of a map's declaration that BPF_MAP_CREATE looks at; a `MapSpec` is one. */
export interface MapShape {
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly inner: MapShape | null;
}

/**
 * Why the kernel would refuse to make the map, in plain words, or null. Mirrors the `map_alloc_check` functions of
 * kernel/bpf/*.c, v6.18. Types that need BTF or kernel structures are not looked at.
 */
export function mapProblem(map: MapShape): string | null {
  const rule = RULES[map.type];
  if (rule === undefined) return null;
  return (
    sizeProblem('key', map.keySize, rule.key) ??
    sizeProblem('value', map.valueSize, rule.value) ??
    entriesProblem(map, rule) ??
    flagsProblem(map, rule) ??
    innerProblem(map)
  );
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
type SizeRule = number | readonly number[] | { readonly min: number; readonly max: number } | 'some';

interface Rule {
  readonly key: SizeRule;
  readonly value: SizeRule;
  readonly entries: 'some' | 'pages' | 'cpus';
  /** All flags that are allowed. */
  readonly flags: number;
  /** Flags that must be set. */
  readonly needs?: number;
  readonly perCpu?: boolean;
}

const PAGE = 4096;
/** KMALLOC_MAX_SIZE of x86-64. */
const MAX_BYTES = 1 << 22;
/** PCPU_MIN_UNIT_SIZE: how big a per-CPU value may be. */
const MAX_PER_CPU_BYTES = 32_768;
/** sysctl kernel.perf_event_max_stack as it is by default. */
const MAX_STACK_DEPTH = 127;
/** CONFIG_NR_CPUS of the distributions' x86-64 kernels. */
const MAX_CPUS = 8192;

const F = MAP_FLAGS;
const PROGRAM_ACCESS = F.rdonlyProg | F.wronlyProg;
const ACCESS = F.rdonly | F.wronly | PROGRAM_ACCESS;

const HASH: Rule = {
  key: 'some',
  value: 'some',
  entries: 'some',
  flags: F.noPrealloc | F.numaNode | F.zeroSeed | ACCESS,
};
const LRU: Rule = { ...HASH, flags: F.noCommonLru | F.numaNode | F.zeroSeed | ACCESS };
const FD_ARRAY: Rule = { key: 4, value: 4, entries: 'some', flags: F.numaNode | F.rdonly | F.wronly };
const QUEUE: Rule = { key: 0, value: { min: 1, max: MAX_BYTES }, entries: 'some', flags: F.numaNode | ACCESS };
const DEVICES: Rule = { key: 4, value: [4, 8], entries: 'some', flags: F.numaNode | F.rdonly | F.wronly };
const RING: Rule = { key: 0, value: 0, entries: 'pages', flags: F.numaNode };

const RULES: Partial<Record<MapType, Rule>> = {
  array: { key: 4, value: 'some', entries: 'some', flags: F.numaNode | F.mmapable | F.innerMap | ACCESS },
  percpu_array: { key: 4, value: 'some', entries: 'some', flags: ACCESS, perCpu: true },
  hash: HASH,
  percpu_hash: { ...HASH, flags: F.noPrealloc | F.zeroSeed | ACCESS, perCpu: true },
  lru_hash: LRU,
  lru_percpu_hash: { ...LRU, flags: F.noCommonLru | F.zeroSeed | ACCESS, perCpu: true },
  prog_array: FD_ARRAY,
  perf_event_array: { ...FD_ARRAY, flags: FD_ARRAY.flags | F.preserveElems },
  cgroup_array: FD_ARRAY,
  array_of_maps: FD_ARRAY,
  hash_of_maps: { ...HASH, value: 4 },
  stack_trace: {
    key: 4,
    value: { min: 8, max: 8 * MAX_STACK_DEPTH },
    entries: 'some',
    flags: F.numaNode | F.rdonly | F.wronly | F.stackBuildId,
  },
  lpm_trie: {
    key: { min: 5, max: 260 },
    value: { min: 1, max: MAX_BYTES - 512 },
    entries: 'some',
    flags: F.noPrealloc | F.numaNode | ACCESS,
    needs: F.noPrealloc,
  },
  devmap: DEVICES,
  devmap_hash: DEVICES,
  xskmap: { ...DEVICES, value: 4 },
  cpumap: { key: 4, value: [4, 8], entries: 'cpus', flags: F.numaNode },
  queue: QUEUE,
  stack: QUEUE,
  bloom_filter: { key: 0, value: { min: 1, max: MAX_BYTES }, entries: 'some', flags: F.numaNode | F.zeroSeed | ACCESS },
  ringbuf: RING,
  user_ringbuf: RING,
};

function sizeProblem(what: 'key' | 'value', size: number, rule: SizeRule): string | null {
  if (rule === 'some') return size > 0 ? null : `the ${what} size must not be 0`;
  if (typeof rule === 'number') return size === rule ? null : `the ${what} size must be ${rule}, but it is ${size}`;
  if ('min' in rule) {
    const fits = size >= rule.min && size <= rule.max;
    return fits ? null : `the ${what} size must lie between ${rule.min} and ${rule.max}, but it is ${size}`;
  }
  return rule.includes(size) ? null : `the ${what} size must be ${rule.join(' or ')}, but it is ${size}`;
}

function entriesProblem(map: MapShape, rule: Rule): string | null {
  const { maxEntries } = map;
  if (map.type === 'stack_trace') return stackTraceProblem(map);
  if (rule.perCpu === true && map.valueSize > MAX_PER_CPU_BYTES)
    return `a per-CPU value must not be bigger than ${MAX_PER_CPU_BYTES} bytes`;
  if (HASHES.has(map.type) && map.keySize + map.valueSize >= MAX_BYTES)
    return `key and value together must be smaller than ${MAX_BYTES} bytes`;
  if (maxEntries === 0) return 'the number of entries must not be 0';
  if (rule.entries === 'cpus' && maxEntries > MAX_CPUS) return `at most ${MAX_CPUS} entries are possible`;
  if (rule.entries === 'pages' && (maxEntries % PAGE !== 0 || (maxEntries & (maxEntries - 1)) !== 0))
    return `the size must be a power of two and a multiple of ${PAGE}`;
  return null;
}

const HASHES: ReadonlySet<MapType> = new Set<MapType>([
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'hash_of_maps',
]);

/** A value holds whole stack entries: 8 bytes each, or 32 when they are build ids (struct bpf_stack_build_id). */
function stackTraceProblem(map: MapShape): string | null {
  const entry = (map.flags & F.stackBuildId) === 0 ? 8 : 32;
  if (map.valueSize % entry !== 0) return `the value size must be a multiple of ${entry}`;
  return map.maxEntries === 0 ? 'the number of entries must not be 0' : null;
}

function flagsProblem(map: MapShape, rule: Rule): string | null {
  const { flags } = map;
  const unknown = flags & ~rule.flags;
  if (unknown !== 0) return `maps of type ${map.type} do not know the flags 0x${(unknown >>> 0).toString(16)}`;
  if ((flags & (rule.needs ?? 0)) !== (rule.needs ?? 0))
    return `maps of type ${map.type} need the flag BPF_F_NO_PREALLOC (1)`;
  if ((flags & PROGRAM_ACCESS) === PROGRAM_ACCESS)
    return 'a map cannot be read-only and write-only for programs at once';
  if ((flags & F.rdonly) !== 0 && (flags & F.wronly) !== 0)
    return 'a map cannot be read-only and write-only for user space at once';
  return null;
}

function innerProblem(map: MapShape): string | null {
  const outer = map.type === 'array_of_maps' || map.type === 'hash_of_maps';
  return outer && map.inner === null ? `maps of type ${map.type} need an inner map` : null;
}
