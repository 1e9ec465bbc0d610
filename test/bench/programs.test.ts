import { describe, expect, it } from 'vitest';
import { interpreterContender } from '../../bench/interpreterContender.ts';
import { jitContender } from '../../bench/jitContender.ts';
import { loadWorkload, ownSources } from '../../bench/workloads.ts';

/** What each program returns for the sample packet, from fresh maps, when it is compiled for the machine itself. */
const RESULTS: Readonly<Record<string, number>> = {
  alu32: 2249355710,
  alu64: 3549204770,
  big: 244004948,
  calls: 4204291500,
  counters: 2,
  crc: 4274095431,
  empty: 2,
  filter: 1500,
  flows: 2,
  fnv: 1591145366,
  lookupArray: 64,
  lookupHash: 0,
  matrix: 820750512,
  rewrite: 3686739899,
  rotate: 2623855586,
  sort: 2656999099,
};

describe('measured programs, from the objects in the repository', () => {
  it.each([...ownSources().keys()])('%s is accepted and does the same in every engine', (name) => {
    const work = loadWorkload(name, '', null, '');
    const results = [jitContender(work, 'verified'), jitContender(work, 'safe'), interpreterContender(work)].map(
      ({ first }) => first,
    );
    expect(results).toEqual([RESULTS[name], RESULTS[name], RESULTS[name]]);
  });
});
