import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { MAP_FLAGS } from '../../server/src/kernel/mapRules.ts';
import { MAP_TYPES, type MapType } from '../../server/src/kernel/mapTypes.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { deleteMapValue, setMapValue } from '../../server/src/vm/maps/contents.ts';
import { kernelMaps } from '../support/kmaps.ts';
import { randomNumbers } from '../support/random.ts';
import { mapNamed, object } from './support.ts';

interface Case {
  readonly type: MapType;
  readonly key: number;
  readonly value: number;
  /** What the slots hold: maps, programs and sockets are named, devices given by number (only 0 and 1 exist). */
  readonly holds: 'm' | 'p' | 's' | 'device';
  readonly flags?: number;
}

const CASES: readonly Case[] = [
  { type: 'prog_array', key: 4, value: 4, holds: 'p' },
  { type: 'array_of_maps', key: 4, value: 4, holds: 'm' },
  { type: 'hash_of_maps', key: 6, value: 4, holds: 'm' },
  { type: 'hash_of_maps', key: 4, value: 4, holds: 'm', flags: MAP_FLAGS.noPrealloc },
  { type: 'devmap', key: 4, value: 4, holds: 'device' },
  { type: 'devmap', key: 4, value: 8, holds: 'device' },
  { type: 'devmap_hash', key: 4, value: 4, holds: 'device' },
  { type: 'sockmap', key: 4, value: 4, holds: 's' },
  { type: 'sockmap', key: 4, value: 8, holds: 's' },
  { type: 'sockhash', key: 6, value: 4, holds: 's' },
];
const ENTRIES = 5;
const FLAGS = [0, 0, 0, 1, 2, 3, 4];

interface Step {
  readonly verb: 'set' | 'del';
  readonly key: Uint8Array;
  readonly thing: number;
  readonly flags: number;
}

function steps(key: number, seed: number, count: number): Step[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => ({
    verb: random(3) === 0 ? 'del' : 'set',
    key: Uint8Array.of(random(ENTRIES + 3), ...new Uint8Array(key - 1)),
    thing: random(2),
    flags: FLAGS[random(FLAGS.length)]!,
  }));
}

function kernelLine({ holds, value }: Case, step: Step): string {
  if (step.verb === 'del') return `del 2 ${toHex(step.key)}`;
  if (holds !== 'device') return `setfd 2 ${toHex(step.key)} ${holds} ${step.thing} ${step.flags}`;
  return `set 2 ${toHex(step.key)} 0${step.thing}000000${value === 8 ? '00000000' : ''} ${step.flags}`;
}

/** What is kept under which key: what it is does not matter. */
function keysIn(dump: string): string[] {
  const entries = dump.slice(2).split(' ').filter(Boolean);
  return entries.filter((entry) => !entry.includes(':-')).map((entry) => entry.split(':')[0]!).sort(); // prettier-ignore
}

describe.skipIf(kernelMaps === null)('maps of things, against the running kernel (skipped where there is none)', () => {
  it.each(CASES)('$type key $key value $value flags $flags', (one) => {
    const { type, key, value, holds, flags = 0 } = one;
    const inner = type.endsWith('_of_maps') ? '.map inside, type=array, value=4, entries=1\n' : '';
    const like = inner === '' ? '' : ', inner=inside';
    const text = `.license "GPL"\n${inner}.map m, type=${type}, key=${key}, value=${value}, entries=${ENTRIES}, flags=${flags}${like}\n.section "xdp"\n.globl main\nmain: r0 = 0\nexit\n`;
    // The kernel waits a while after each change of a map of maps.
    const rounds = holds === 'm' ? 1 : 5;
    for (let seed = 1; seed <= rounds; seed++) {
      const all = steps(key, seed, holds === 'm' ? 60 : 200);
      const preparation = [
        'map 2 4 4 1 0 -1 -1 -1 -1 0',
        'map 2 4 4 1 0 -1 -1 -1 -1 0',
        `map ${MAP_TYPES.indexOf(type)} ${key} ${value} ${ENTRIES} ${flags} ${inner === '' ? -1 : 0} -1 -1 -1 0`,
        ...['b7000000000000009500000000000000', 'b7000000010000009500000000000000'].map(
          (code) => `prog 6 ${code} - -1`,
        ),
        'socket udp',
        'socket tcp',
      ];
      const lines = all.map((step) => kernelLine(one, step));
      const kernel = kernelMaps!.ask([...preparation, ...lines, 'dump 2']).slice(preparation.length);
      const machine = createMachine(object(text));
      const map = mapNamed(machine, 'm');
      const thing = (step: Step): Uint8Array => Uint8Array.of(holds === 'device' ? step.thing : step.thing + 1);
      const ours = all.map(
        (step) =>
        String(step.verb === 'del' ? deleteMapValue(map, step.key) : setMapValue(map, 1, step.key, [thing(step)], step.flags)), // prettier-ignore
      );
      const wrong = ours.findIndex((answer, i) => answer !== kernel[i]);
      expect(wrong < 0 ? null : { seed, line: lines[wrong], ours: ours[wrong], kernel: kernel[wrong] }).toBeNull();
      // A socket map reads back no sockets where the value has four bytes.
      if (holds !== 's') expect(map.keys(100).map(toHex).sort()).toEqual(keysIn(kernel.at(-1)!));
    }
  });
});
