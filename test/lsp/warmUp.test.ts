import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { WarmUp, warmUpRun } from '../../server/src/lsp/warmUp.ts';
import { openC, verifyC } from '../../server/src/ide/c/cFile.ts';
import { NO_FLAGS } from '../../server/src/c/compileFlags.ts';
import { WARM_UP_SOURCE, WARM_UP_TRACING, warmUpC } from '../../server/src/lsp/warmUpC.ts';
import { WARM_UP_OBJECT } from '../../server/src/lsp/warmUpObject.ts';
import { verify, VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';

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
    const warmUp = new WarmUp(defer, warmUpRun);
    let steps = 0;
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift(), steps++) work();
    expect(steps).toBe([...warmUpRun()].length + 1);
    warmUp.pause();
    warmUp.resume();
    expect(waiting).toEqual([]);
  });

  it('stands still while a request is answered, and ends when the real work begins', () => {
    const { defer, waiting } = idle();
    const warmUp = new WarmUp(defer, warmUpRun);
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

describe('what the language server does while it waits', () => {
  it('works on a source without a fault, whose program is accepted', () => {
    const setting = { flags: NO_FLAGS, systemFolders: [], systemFirst: false, kernelTypes: null, kernelName: '' };
    const file = openC('', WARM_UP_SOURCE, { ...setting, read: () => null }, null);
    const job = verifyC(file, VERIFY_DEFAULTS);
    while (!job.advance(10_000));
    expect(file.result.diagnostics).toEqual([]);
    expect(file.verifications.map((one) => one?.outcome)).toEqual(['accepted']);
  });

  it('works on the kernel’s types as soon as they are there, without a fault', () => {
    const btf = kernelBtf();
    if (btf === null) return console.warn('SKIPPED: there are no types of a kernel');
    const setting = { flags: NO_FLAGS, systemFolders: [], systemFirst: false, kernelTypes: btf, kernelName: '' };
    const file = openC('', WARM_UP_TRACING, { ...setting, read: () => null }, null);
    const job = verifyC(file, { ...VERIFY_DEFAULTS, kernelBtf: btf });
    while (!job.advance(10_000));
    expect(file.result.diagnostics).toEqual([]);
    expect(file.verifications.map((one) => one?.outcome)).toEqual(['accepted', 'accepted']);
    let asked = 0;
    for (const _ of warmUpC(() => (asked++ < 3 ? null : btf)));
    expect(asked).toBe(6);
  });

  it('stops between the stages of a compilation', () => {
    const { defer, waiting } = idle();
    const warmUp = new WarmUp(defer, warmUpC);
    for (let step = 0; step < 8; step++) waiting.shift()?.();
    expect(waiting.length).toBe(1);
    warmUp.end();
    waiting.shift()?.();
    expect(waiting).toEqual([]);
  });
});
