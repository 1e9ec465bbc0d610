import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-programs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([...ownSources()])(
    '%s is accepted and does the same in every engine, from our compiler, too',
    (name, source) => {
      const work = loadWorkload(name, source, null, folder);
      const contenders = [
        jitContender(work, 'verified'),
        jitContender(work, 'safe'),
        interpreterContender(work),
        jitContender(work.builtin, 'verified'),
      ];
      expect(contenders.map(({ first }) => first)).toEqual(contenders.map(() => RESULTS[name]));
    },
  );
});
