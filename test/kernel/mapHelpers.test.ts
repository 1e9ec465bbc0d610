import { describe, expect, it } from 'vitest';
import { HELPERS } from '../../server/src/kernel/helpers.ts';
import { mapFitsHelper, mapHelperMessage } from '../../server/src/kernel/mapHelpers.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import { helperAvailable } from '../../server/src/kernel/helpers.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { hex16, hex32 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawMap } from '../support/kverify.ts';

describe('maps and helpers', () => {
  it.each([
    ['array', 1, true],
    ['prog_array', 1, false],
    ['prog_array', 12, true],
    ['array', 12, false],
    ['perf_event_array', 25, true],
    ['hash', 25, false],
    ['percpu_array', 195, true],
    ['array', 195, false],
  ] as const)('%s and helper %i: %s', (type, id, fits) => {
    expect(mapFitsHelper(type, id)).toBe(fits);
  });

  it('are refused in the words of the kernel', () => {
    expect(mapHelperMessage('prog_array', 1)).toBe('cannot pass map_type 3 into func bpf_map_lookup_elem#1');
  });
});

const KEY_VALUE: Partial<Record<MapType, readonly [key: number, value: number, entries: number, flags?: number]>> = {
  hash: [4, 8, 1],
  array: [4, 8, 1],
  prog_array: [4, 4, 1],
  perf_event_array: [4, 4, 1],
  percpu_hash: [4, 8, 1],
  percpu_array: [4, 8, 1],
  stack_trace: [4, 64, 1],
  cgroup_array: [4, 4, 1],
  lru_hash: [4, 8, 1],
  lru_percpu_hash: [4, 8, 1],
  lpm_trie: [8, 8, 1, 1],
  devmap: [4, 4, 1],
  cpumap: [4, 4, 1],
  xskmap: [4, 4, 1],
  devmap_hash: [4, 4, 1],
  queue: [0, 8, 1],
  stack: [0, 8, 1],
  bloom_filter: [0, 8, 1],
  ringbuf: [0, 0, 4096],
  user_ringbuf: [0, 0, 4096],
};

/** Helpers whose map argument can be reached with r1 = ctx and a map in the register after it. */
const HELPER_IDS = HELPERS.filter(({ proto }) => proto?.args.some(({ type }) => type === 'constMapPtr')).map(
  ({ id }) => id,
);

describe.skipIf(kverify === null)('maps and helpers, against the running kernel (skipped where there is none)', () => {
  it.each(Object.keys(KEY_VALUE) as MapType[])('%s', (mapType) => {
    const cases = HELPER_IDS.flatMap((id) =>
      (['xdp', 'perf_event'] as ProgramType[])
        .filter((type) => helperAvailable(type, id, true))
        .slice(0, 1)
        .map((type) => ({ id, type })),
    );
    const [key, value, entries, flags = 0] = KEY_VALUE[mapType] ?? [4, 4, 1];
    const maps: RawMap[] = [{ type: MAP_TYPES.indexOf(mapType), key, value, entries, flags }];
    const verdicts = askKernel(
      cases.map(({ id, type }) => ({ type, maps, mapRefs: [[0, 0]], insns: callWithMap(id) })),
    );
    const answers = cases.map(({ id }, i) => ({ id, kernel: verdicts[i]?.message ?? '' }));
    // Where an argument is refused before the kernel looks at the pair, its verdict says nothing about the pair.
    const reached = answers.filter(
      ({ kernel }) => kernel === '' || /^(cannot pass map_type|expected prog)/.test(kernel),
    );
    expect(reached.length).toBeGreaterThan(4);
    expect(reached.map(({ id }) => `${id} ${mapFitsHelper(mapType, id) ? '' : mapHelperMessage(mapType, id)}`)).toEqual(
      reached.map(({ id, kernel }) => `${id} ${kernel}`),
    );
  });
});

/** Puts the map where the helper wants it and memory, its size or zero everywhere else. */
function callWithMap(id: number): string {
  const args = HELPERS[id - 1]?.proto?.args ?? [];
  const setup = args.map((arg, i) => {
    const reg = (i + 1).toString(16);
    if (arg.type === 'constMapPtr') return `bf9${reg}000000000000`;
    if (arg.type === 'ctx') return `bf6${reg}000000000000`;
    if (arg.type === 'mem' || arg.type === 'mapKey' || arg.type === 'mapValue' || arg.type === 'stack')
      return `bfa${reg}000000000000070${reg}0000c0ffffff`;
    return `b70${reg}000008000000`;
  });
  const zeroStack = Array.from({ length: 8 }, (_, i) => `7a0a${hex16(-8 * (i + 1))}00000000`).join('');
  const map = '18190000000000000000000000000000';
  return `${map}bf16000000000000${zeroStack}${setup.join('')}85000000${hex32(id)}b7000000000000009500000000000000`;
}
