import { describe, expect, it } from 'vitest';
import { kverify } from '../support/kverify.ts';
import { times } from '../support/times.ts';
import { VerdictStream } from '../support/verdictStream.ts';
import { difference, judge, type Ours } from './judge.ts';
import { madeProgram } from './madeProgram.ts';

const PROGRAMS = times(300);
/** Seeds of an area that no other test uses. */
const FIRST = 700_000_000;
/** Seeds that were judged in another way once. */
const ONCE = [4_518_717, 4_822_003];

/** `npm run fuzz:verifier` does the same at length. */
describe.skipIf(kverify === null)('made-up programs, against the running kernel (skipped where there is none)', () => {
  it(`${PROGRAMS} programs have the kernel's verdict, message, place and count`, { timeout: 300_000 }, async () => {
    const stream = new VerdictStream();
    const seeds = [...ONCE, ...Array.from({ length: PROGRAMS }, (_, i) => FIRST + i)];
    const all = seeds.map((seed) => ({ seed, program: madeProgram(seed) }));
    const judged = all.flatMap(({ seed, program }) => {
      const ours: Ours = judge(program);
      return ours === null ? [] : [{ seed, program, ours }];
    });
    const verdicts = await stream.ask(judged.map(({ program }) => program));
    stream.end();
    const differences = verdicts.flatMap((verdict, i) => {
      const one = judged[i];
      const what = one === undefined ? null : difference(one.ours, verdict);
      return what === null ? [] : [`seed ${one?.seed}: ${what}`];
    });
    expect(differences).toEqual([]);
    expect(verdicts.filter(({ accepted }) => accepted).length).toBeGreaterThan(PROGRAMS / 10);
  });
});
