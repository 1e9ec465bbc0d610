import { describe, expect, it } from 'vitest';
import { logText, newLog, say } from '../../server/src/verifier/log.ts';

const MIB = 1 << 20;

describe('a log that gets long', () => {
  it('keeps its end at level 2 and says how much is missing', () => {
    const log = newLog(2);
    const lines = 40 * MIB;
    for (let i = 0; i < lines / 64; i++) say(log, `${`${i}: (07) r0 += 1`.padEnd(63)}\n`);
    const text = logText(log);
    const missing = Number(/^\((\d+) lines before this were left out\)\n/.exec(text)?.[1]);
    expect(missing).toBeGreaterThan(0);
    expect(text.length).toBeGreaterThan(16 * MIB);
    expect(text.length).toBeLessThan(33 * MIB);
    // What is left goes on from what is missing, to the end.
    expect(text.split('\n')[1]).toMatch(new RegExp(`^${missing}: `));
    expect(text.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^${lines / 64 - 1}: `));
  });

  it('is whole otherwise, and nothing at level 0', () => {
    const log = newLog(2);
    const nothing = newLog(0);
    for (let i = 0; i < 1000; i++) {
      say(log, `${i}\n`);
      say(nothing, `${i}\n`);
    }
    expect(logText(log).split('\n')).toHaveLength(1001);
    expect(logText(nothing)).toBe('');
  });
});
