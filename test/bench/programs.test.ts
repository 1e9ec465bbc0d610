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
  crc: 1173879064,
  empty: 2,
  filter: 1500,
  flows: 2,
  fnv: 2391267712,
  lookupArray: 64,
  lookupHash: 0,
  matrix: 3844315824,
  rewrite: 3686738363,
  rotate: 1021106267,
  sort: 3603478043,
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
