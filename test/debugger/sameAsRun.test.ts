import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../server/src/events/openRecording.ts';
import { detached, type Event } from '../../server/src/events/event.ts';
import { openObject } from '../../server/src/ide/openObject.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { contextBuilder } from '../../server/src/run/contexts/enter.ts';
import { newWorld } from './oracle.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples');
const CAPTURES = path.join(EXAMPLES, 'captures');

function eventsOf(file: string): Event[] {
  const events: Event[] = [];
  const reader = createReader();
  const each = (event: Event): void => {
    if (events.length < 300) events.push(detached(event, (data) => data.slice()));
  };
  reader.push(new Uint8Array(readFileSync(file)), each);
  reader.end(each);
  return events;
}

const runnable = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.bpfasm'))
  .flatMap((name): [string, BpfObject][] => {
    const opened = openObject(name, new Uint8Array(readFileSync(path.join(EXAMPLES, name))));
    const object = 'object' in opened ? opened.object : null;
    const first = object?.programs[0];
    return object === null || first === undefined || typeof contextBuilder(first) === 'string' ? [] : [[name, object]];
  });
const captures = existsSync(CAPTURES) ? readdirSync(CAPTURES).filter((name) => /\.pcap(ng)?$/.test(name)) : [];

describe('debugging an example', () => {
  it('has examples and captures', () => {
    expect(runnable.length).toBeGreaterThan(3);
    expect(captures.length).toBeGreaterThan(0);
  });

  it.each(runnable)('%s returns for every packet what a run returns', (_name, object) => {
    for (const capture of captures) {
      const events = eventsOf(path.join(CAPTURES, capture));
      const run = createRunSession(object, object.programs[0] as Program, { engine: 'interpreter', seed: 7 });
      if (typeof run === 'string') throw new Error(run);
      const world = newWorld(object, events, true, false);
      for (const event of events) {
        const { returnValue, skipped, insns } = run.run(event);
        expect(world.replay.skipped === null).toBe(skipped === null);
        while (!world.replay.over) world.replay.resume(1000);
        const { outcome } = world.replay.interpreter;
        if (skipped === null && outcome?.kind === 'exit') {
          expect(Number(BigInt.asUintN(32, outcome.r0))).toBe(returnValue);
          expect(outcome.insns).toBe(insns);
        } else expect(returnValue).toBe(null);
        world.replay.nextEvent();
      }
    }
  });
});
