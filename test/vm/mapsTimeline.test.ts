import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAP_FLAGS } from '../../server/src/kernel/mapRules.ts';
import type { MapType } from '../../server/src/kernel/mapTypes.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { setMapValue } from '../../server/src/vm/maps/contents.ts';
import { Timeline } from '../../server/src/vm/timeline.ts';
import { randomNumbers } from '../support/random.ts';
import { commandProgram, packetOf, verbsOf } from './mapProgram.ts';
import { mapNamed } from './support.ts';

const CASES: readonly (readonly [MapType, key: number, flags: number])[] = [
  ['array', 4, 0],
  ['percpu_array', 4, 0],
  ['hash', 4, 0],
  ['percpu_hash', 4, 0],
  ['lru_hash', 4, 0],
  ['lru_percpu_hash', 4, MAP_FLAGS.noCommonLru],
  ['lpm_trie', 8, MAP_FLAGS.noPrealloc],
  ['queue', 0, 0],
  ['stack', 0, 0],
  ['bloom_filter', 0, 0],
];

function digest(machine: Machine): string {
  return createHash('sha256').update(machine.memory.u8.subarray(LAYOUT.maps)).digest('hex');
}

describe('going back undoes what a program did to a map', () => {
  it.each(CASES)('%s', (type, keySize, flags) => {
    const common = { keyTypeId: 0, valueTypeId: 0, initial: null, frozen: false, inner: null, slots: [] };
    const found = commandProgram({ name: 'm', type, keySize, valueSize: 8, maxEntries: 6, flags, ...common });
    const machine = createMachine(found, { cpus: 2 });
    const map = mapNamed(machine, 'm');
    const interpreter = createInterpreter(machine, found.programs[0]!);
    const random = randomNumbers(3);
    const verbs = verbsOf(type);
    const step = (): void => {
      const key = new Uint8Array(keySize);
      key.fill(random(9), 0, 1);
      const value = Uint8Array.of(random(256), 0, 0, 0, 0, 0, 0, 0);
      const verb = verbs[random(verbs.length)]!;
      machine.setContext(new Uint8Array(24), null);
      machine.packet.set(packetOf(map.spec, { verb, key, value, flags: 0n, cpu: 0 }), { kind: 'xdp' });
      expect(interpreter.run(LAYOUT.ctx, 100_000).kind).toBe('exit');
    };
    if (keySize > 0) setMapValue(map, 2, new Uint8Array(keySize).fill(1, 0, 1), [Uint8Array.of(1)]);
    const timeline = new Timeline(machine);
    const moments: { checkpoint: ReturnType<Timeline['checkpoint']>; state: string }[] = [];
    for (let i = 0; i < 20; i++) {
      moments.push({ checkpoint: timeline.checkpoint(), state: digest(machine) });
      for (let n = 0; n < 15; n++) step();
    }
    expect(new Set(moments.map(({ state }) => state)).size).toBeGreaterThan(1);
    for (const { checkpoint, state } of moments.toReversed()) {
      timeline.restore(checkpoint);
      expect(digest(machine)).toBe(state);
    }
  });
});
