import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { WarmUp, warmUpSteps } from '../../server/src/lsp/warmUp.ts';
import { WARM_UP_OBJECT } from '../../server/src/lsp/warmUpObject.ts';
import { verify } from '../../server/src/verifier/verify.ts';

/** Deferred work that a test lets happen. */
function idle(): { readonly defer: (run: () => void) => void; readonly waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  return { defer: (run) => void waiting.push(run), waiting };
}

describe('what a worker does while it waits', () => {
  it('works on an object that is whole, and whose program is accepted', () => {
    const object = readObject('w.o', fromHex(WARM_UP_OBJECT) ?? new Uint8Array());
    expect(object.diagnostics).toEqual([]);
    expect(object.programs.map((program) => verify(program).outcome)).toEqual(['accepted']);
    expect(object.btf).not.toBeNull();
    expect(object.programs[0]?.lines.length).toBeGreaterThan(10);
  });

  it('is done step by step, and then no more', () => {
    const { defer, waiting } = idle();
    const warmUp = new WarmUp(defer);
    let steps = 0;
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift(), steps++) work();
    expect(steps).toBe(warmUpSteps().length + 1);
    warmUp.pause();
    warmUp.resume();
    expect(waiting).toEqual([]);
  });

  it('stands still while a request is answered, and ends when the real work begins', () => {
    const { defer, waiting } = idle();
    const warmUp = new WarmUp(defer);
    warmUp.pause();
    waiting.shift()?.();
    expect(waiting).toEqual([]);
    warmUp.resume();
    expect(waiting.length).toBe(1);
    warmUp.end();
    warmUp.pause();
    waiting.shift()?.();
    warmUp.resume();
    expect(waiting).toEqual([]);
  });
});
