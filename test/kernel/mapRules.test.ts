import { describe, expect, it } from 'vitest';
import { asLoaderCreates, MAP_FLAGS, mapProblem } from '../../server/src/kernel/mapRules.ts';
import type { MapShape } from '../../server/src/kernel/mapRules.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import { askKernel, kverify } from '../support/kverify.ts';

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

const types: readonly MapType[] = [
  'array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'prog_array', 'perf_event_array',
  'cgroup_array', 'array_of_maps', 'hash_of_maps', 'stack_trace', 'lpm_trie', 'devmap', 'devmap_hash', 'xskmap',
  'cpumap', 'queue', 'stack', 'bloom_filter', 'ringbuf', 'user_ringbuf',
]; // prettier-ignore

/** A declaration of each type that works, and what is tried instead of each of its parts. */
const GOOD: Partial<Record<MapType, readonly [key: number, value: number, entries: number, flags: number]>> = {
  lpm_trie: [8, 8, 1, 1],
  queue: [0, 8, 1, 0],
  stack: [0, 8, 1, 0],
  bloom_filter: [0, 8, 1, 0],
  ringbuf: [0, 0, 4096, 0],
  user_ringbuf: [0, 0, 4096, 0],
  stack_trace: [4, 1016, 1, 0],
};
const SIZES = [0, 1, 4, 5, 7, 8, 16, 260, 261, 1016, 1024, 32_768, 32_776, 5_000_000];
const ENTRIES = [0, 1, 2, 3, 4096, 8192, 12_288];
const FLAGS = [...Object.values(MAP_FLAGS).filter((flag) => flag !== MAP_FLAGS.numaNode), 0x18, 0x180, 1 << 20];

function variants(type: MapType): MapShape[] {
  const [key, value, entries, flags] = GOOD[type] ?? [4, 4, 1, 0];
  const inner = type.endsWith('_of_maps') ? shape('array', 4, 4, 1) : null;
  return [
    ...SIZES.map((size) => shape(type, size, value, entries, flags)),
    ...SIZES.map((size) => shape(type, key, size, entries, flags)),
    // How many CPUs a kernel is built for differs from kernel to kernel.
    ...ENTRIES.filter((count) => type !== 'cpumap' || count < 64).map((count) => shape(type, key, value, count, flags)),
    ...FLAGS.map((flag) => shape(type, key, value, entries, flags | flag)),
  ].map((map) => Object.assign(map, { inner }));
}

function text(map: MapShape, good: boolean): string {
  return `${map.keySize} ${map.valueSize} ${map.maxEntries} ${map.flags}: ${good ? 'good' : 'bad'}`;
}

function rawMap(map: MapShape): object {
  const inner = map.inner === null ? {} : { inner: rawMap(map.inner) };
  const { keySize: key, valueSize: value, maxEntries: entries, flags } = map;
  return { type: MAP_TYPES.indexOf(map.type), key, value, entries, flags, ...inner };
}

describe.skipIf(kverify === null)('map declarations, against the running kernel (skipped where there is none)', () => {
  it.each(types)('%s', (type) => {
    const maps = variants(type);
    const verdicts = askKernel(
      maps.map((map) => ({ type: 'xdp', insns: 'b7000000000000009500000000000000', maps: [rawMap(map) as never] })),
    );
    expect(maps.map((map) => text(map, mapProblem(map) === null))).toEqual(
      maps.map((map, i) => text(map, verdicts[i]?.setup === null)),
    );
  });
});
