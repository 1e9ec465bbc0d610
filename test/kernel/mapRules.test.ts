import { describe, expect, it } from 'vitest';
import { asLoaderCreates, MAP_FLAGS, mapProblem, mapRefusal } from '../../server/src/kernel/mapRules.ts';
import type { MapShape } from '../../server/src/kernel/mapRules.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import { kernelMaps } from '../support/kmaps.ts';
import { randomNumbers } from '../support/random.ts';

function shape(type: MapType, keySize: number, valueSize: number, maxEntries: number, flags = 0): MapShape {
  return { type, keySize, valueSize, maxEntries, flags, inner: null };
}

describe('map declarations', () => {
  it.each([
    [shape('array', 4, 8, 1), null],
    [shape('array', 8, 8, 1), 'the key size must be 4, but it is 8'],
    [shape('array', 4, 0, 1), 'the value size must not be 0'],
    [shape('hash', 4, 8, 0), 'the number of entries must not be 0'],
    [shape('hash', 4, 8, 1, 1 << 10), 'maps of type hash do not know the flags 0x400'],
    [shape('percpu_array', 4, 32_776, 1), 'a per-CPU value must not be bigger than 32768 bytes'],
    [shape('lpm_trie', 8, 8, 1), 'maps of type lpm_trie need the flag BPF_F_NO_PREALLOC (1)'],
    [shape('ringbuf', 0, 0, 5000), 'the size must be a power of two and a multiple of 4096'],
    [shape('cpumap', 4, 6, 1), 'the value size must be 4 or 8, but it is 6'],
    [shape('struct_ops', 4, 64, 1), null],
    [shape('struct_ops', 4, 64, 2), 'the number of entries must be 1, but it is 2'],
    [shape('hash_of_maps', 4, 4, 1), 'maps of type hash_of_maps need an inner map'],
  ])('%o: %s', (map, problem) => {
    expect(mapProblem(map)).toBe(problem);
  });

  it('are rounded up as libbpf does', () => {
    expect(asLoaderCreates(shape('ringbuf', 0, 0, 5000), 4).maxEntries).toBe(8192);
    expect(asLoaderCreates(shape('perf_event_array', 4, 4, 0), 4).maxEntries).toBe(4);
    expect(asLoaderCreates(shape('hash', 4, 4, 0), 4).maxEntries).toBe(0);
  });
});

/** A declaration of each type that works; the parts of it are changed one by one and then at random. */
const GOOD: Readonly<Partial<Record<MapType, readonly [key: number, value: number, entries: number, flags: number]>>> = {
  array: [4, 4, 1, 0], percpu_array: [4, 4, 1, 0], hash: [4, 4, 1, 0], percpu_hash: [4, 4, 1, 0],
  lru_hash: [4, 4, 1, 0], lru_percpu_hash: [4, 4, 1, 0], prog_array: [4, 4, 1, 0], perf_event_array: [4, 4, 1, 0],
  cgroup_array: [4, 4, 1, 0], array_of_maps: [4, 4, 1, 0], hash_of_maps: [4, 4, 1, 0], devmap: [4, 4, 1, 0],
  devmap_hash: [4, 4, 1, 0], xskmap: [4, 4, 1, 0], cpumap: [4, 4, 1, 0], sockmap: [4, 4, 1, 0], sockhash: [4, 4, 1, 0],
  reuseport_sockarray: [4, 4, 1, 0], lpm_trie: [8, 8, 1, 1], queue: [0, 8, 1, 0], stack: [0, 8, 1, 0],
  bloom_filter: [0, 8, 1, 0], ringbuf: [0, 0, 4096, 0], user_ringbuf: [0, 0, 4096, 0], stack_trace: [4, 1016, 1, 0],
  cgroup_storage: [8, 4, 0, 0], percpu_cgroup_storage: [16, 4, 0, 0], arena: [0, 0, 1, MAP_FLAGS.mmapable],
  sk_storage: [4, 4, 0, 1], inode_storage: [4, 4, 0, 1], task_storage: [4, 4, 0, 1], cgrp_storage: [4, 4, 0, 1],
}; // prettier-ignore

const KEYS = [0, 1, 4, 5, 7, 8, 16, 260, 261, 512, 513, 1024, 5_000_000];
const VALUES = [
  0, 1, 4, 5, 8, 16, 32, 1016, 1024, 4064, 4096, 32_768, 32_776, 65_407, 65_408, 4_194_024, 4_194_025, 5_000_000,
];
const ENTRIES = [0, 1, 2, 3, 4096, 8192, 12_288];
const FLAGS = [...Object.values(MAP_FLAGS).filter((flag) => flag !== MAP_FLAGS.numaNode), 0x18, 0x180, 1 << 20];
const EXTRAS = [1, 15, 16, 4096];

/** A map whose size the grid may make too large to be made at all is left out. */
function isSmall({ type, valueSize, maxEntries, keySize }: MapShape): boolean {
  // How many CPUs a kernel is built for differs from kernel to kernel.
  if (type === 'cpumap' && maxEntries >= 64) return false;
  return (valueSize + keySize) * Math.max(1, maxEntries) < 1 << 24;
}

function variants(type: MapType): MapShape[] {
  const [key, value, entries, flags] = GOOD[type] ?? [4, 4, 1, 0];
  const random = randomNumbers(MAP_TYPES.indexOf(type));
  const of = <T>(list: readonly T[], usual: T): T => (random(3) === 0 ? list[random(list.length)]! : usual);
  const inner = type.endsWith('_of_maps') ? shape('array', 4, 4, 1) : null;
  return [
    ...KEYS.map((size) => shape(type, size, value, entries, flags)),
    ...VALUES.map((size) => shape(type, key, size, entries, flags)),
    ...ENTRIES.map((count) => shape(type, key, value, count, flags)),
    ...FLAGS.map((flag) => shape(type, key, value, entries, flags ^ flag)),
    ...EXTRAS.map((extra) => ({ ...shape(type, key, value, entries, flags), extra })),
    ...Array.from({ length: 120 }, () =>
      shape(type, of(KEYS, key), of(VALUES, value), of(ENTRIES, entries), flags ^ of(FLAGS, 0) ^ of(FLAGS, 0)),
    ),
  ]
    .map((map) => Object.assign(map, { inner }))
    .filter(isSmall);
}

/** BTF with one type, an int of four bytes: values of sockets and the like must have one. */
const INT = '9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400';

function line({ type, keySize, valueSize, maxEntries, flags, extra = 0, inner }: MapShape): string {
  const btf = type === 'sk_storage' || type.endsWith('e_storage') || type === 'task_storage' || type === 'cgrp_storage';
  const types = btf && !type.includes('cgroup') ? '0 1 1' : '-1 -1 -1';
  return `map ${MAP_TYPES.indexOf(type)} ${keySize} ${valueSize} ${maxEntries} ${flags} ${inner === null ? -1 : 0} ${types} ${extra}`;
}

/** Types of values of another size than the map's are refused, whatever else is right. */
function lacksType({ type, valueSize }: MapShape): boolean {
  return type.endsWith('_storage') && !type.includes('cgroup') && valueSize !== 4;
}

describe.skipIf(kernelMaps === null)(
  'map declarations, against the running kernel (skipped where there is none)',
  () => {
    it.each(Object.keys(GOOD) as MapType[])('%s', (type) => {
      const maps = variants(type).filter((map) => !lacksType(map) || mapRefusal(map) !== null);
      const lines = maps.flatMap((map) => ['reset', `btf ${INT}`, line(shape('array', 4, 4, 1)), line(map)]);
      const answers = kernelMaps!.ask(lines).filter((_, i) => i % 4 === 3);
      const shown = (map: MapShape, answer: number): string => `${line(map)}: ${answer}`;
      expect(maps.map((map) => shown(map, -(mapRefusal(map)?.errno ?? 0)))).toEqual(
        maps.map((map, i) => shown(map, Math.min(0, Number(answers[i])))),
      );
    });
  },
);
