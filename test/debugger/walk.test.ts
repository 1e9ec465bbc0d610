import { describe, expect, it } from 'vitest';
import type { Job } from '../../server/src/base/job.ts';
import { moveBackToBreakpoint, stepBack } from '../../server/src/debugger/backward.ts';
import { type Goal, moveForward } from '../../server/src/debugger/forward.ts';
import { type Granularity, moveToEvent, type MoveWorld, type Stop } from '../../server/src/debugger/moves.ts';
import type { CodePlace } from '../../server/src/debugger/target.ts';
import { randomNumbers } from '../support/random.ts';
import {
  type Expected,
  expectForward,
  expectReverseContinue,
  expectStepBack,
  type Position,
  type Recording,
} from './expectations.ts';
import { assembleText, digest, newWorld, type OracleEvent, randomEvents, trace, withCoarseLines } from './oracle.ts';
import { randomText } from './randomText.ts';

const GOALS: readonly Goal[] = ['continue', 'into', 'over', 'out'];
const GRANULARITIES: readonly Granularity[] = ['instruction', 'line'];

interface Case {
  readonly world: MoveWorld;
  readonly recording: Recording;
}

function prepare(seed: number, events = 8): Case {
  const next = randomNumbers(seed + 1000);
  const object = withCoarseLines(assembleText(randomText(seed)), seed);
  const packets = randomEvents(seed, events);
  const stopOnTrap = next(2) === 0;
  const world = newWorld(object, packets, stopOnTrap, seed % 3 > 0);
  const oracle = trace(object, packets);
  const places = randomPlaces(oracle, next);
  world.breakpoints.replace('source', 'source', places.map((place) => [placeOf(place)])); // prettier-ignore
  return { world, recording: { events: oracle, breakpoints: new Set(places), stopOnTrap } };
}

/** A few places that the program really comes to; none for every fourth program. */
function randomPlaces(oracle: readonly OracleEvent[], next: (below: number) => number): string[] {
  const all = [...new Set(oracle.flatMap(({ states }) => states.map(({ place }) => place)))];
  return Array.from({ length: all.length === 0 ? 0 : next(4) }, () => all[next(all.length)] ?? '');
}

function placeOf(text: string): CodePlace {
  const [program = 0, pc = 0] = text.split(':').map(Number);
  return { program, pc };
}

/** In slices of odd sizes, so that moves are interrupted everywhere. */
function finishInSlices(job: Job<Stop>, budget: number): Stop {
  for (let slice = 0; slice < 200_000; slice++) if (job.advance(budget)) return job.result();
  throw new Error('the move does not end');
}

function position({ replay }: MoveWorld): Position {
  return { ...replay.coordinate, trapped: replay.interpreter.outcome?.kind === 'trap' };
}

function checkMove({ world, recording }: Case, job: Job<Stop>, expected: Expected, budget: number): void {
  const stop = finishInSlices(job, budget);
  const { event, insns, trapped } = position(world);
  expect({ event, insns, kind: stop.kind }).toEqual(expected);
  expect(trapped).toBe(stop.kind === 'trap');
  const state = recording.events[event]?.states[insns];
  if (state !== undefined && !trapped)
    expect(digest(world.replay.machine, world.replay.interpreter)).toBe(state.digest);
}

function randomMove(one: Case, next: (below: number) => number): { job: Job<Stop>; expected: Expected; name: string } {
  const { world, recording } = one;
  const at = position(world);
  const granularity = GRANULARITIES[next(2)] ?? 'line';
  switch (next(8)) {
    case 0:
    case 1:
      return {
        job: stepBack(world, granularity),
        expected: expectStepBack(recording, at, granularity),
        name: `back ${granularity}`,
      };
    case 2:
      return { job: moveBackToBreakpoint(world), expected: expectReverseContinue(recording, at), name: 'reverse' };
    case 3: {
      const event = next(recording.events.length);
      return { job: moveToEvent(world, event), expected: { event, insns: 0, kind: 'event' }, name: `event ${event}` };
    }
    default: {
      const goal = GOALS[next(4)] ?? 'into';
      return {
        job: moveForward(world, goal, granularity),
        expected: expectForward(recording, at, goal, granularity),
        name: `${goal} ${granularity}`,
      };
    }
  }
}

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

describe('any walk through a recording', () => {
  it.each(SEEDS)('lands on the states that running forward finds (program %i)', (seed) => {
    const one = prepare(seed);
    const next = randomNumbers(seed * 7919);
    const walked: string[] = [];
    for (let moves = 0; moves < 60; moves++) {
      const at = position(one.world);
      const { job, expected, name } = randomMove(one, next);
      walked.push(`${at.event}/${at.insns}${at.trapped ? '!' : ''} ${name}`);
      try {
        checkMove(one, job, expected, 1 + next(3000));
      } catch (error) {
        throw new Error(`after ${walked.slice(-5).join(', ')}: ${String(error)}`, { cause: error });
      }
    }
  });

  it.each(SEEDS.slice(0, 20))('tells each line of output once and in order (program %i)', (seed) => {
    const one = prepare(seed);
    const next = randomNumbers(seed * 31);
    const told: string[] = [];
    const take = (): void => {
      const { records, lost } = one.world.replay.takeOutput();
      expect(lost).toBe(0);
      told.push(...records.map(({ text }) => text));
    };
    for (let moves = 0; moves < 30; moves++) {
      finishInSlices(randomMove(one, next).job, 500);
      if (next(2) === 0) take();
    }
    for (let kind = ''; kind !== 'end'; take())
      kind = finishInSlices(moveForward(one.world, 'continue', 'line'), 500).kind;
    // The last event stands before its last instruction, which prints nothing.
    expect(told).toEqual(one.recording.events.flatMap(({ output }) => output));
  });
});

describe('step and step back', () => {
  it.each(SEEDS.slice(0, 10))('undo each other at every instruction (program %i)', (seed) => {
    const one = prepare(seed, 4);
    one.world.breakpoints.clear();
    const { world, recording } = one;
    for (const [event, { states, trapped }] of recording.events.entries())
      for (let insns = 0; insns < states.length - (trapped ? 1 : 0); insns++) {
        world.replay.goTo({ event, insns });
        expect(digest(world.replay.machine, world.replay.interpreter)).toBe(states[insns]?.digest);
        const forward = finishInSlices(moveForward(world, 'into', 'instruction'), 1000);
        if (forward.kind === 'end') continue; // there is nothing behind it
        const { depth } = world.replay.interpreter;
        // Back is over calls: from inside a function it goes to the call, from behind one to the call, too.
        if (forward.kind === 'step' && depth < (states[insns]?.depth ?? 1)) continue;
        finishInSlices(stepBack(world, 'instruction'), 1000);
        expect({ event, insns }).toEqual(world.replay.coordinate);
        expect(digest(world.replay.machine, world.replay.interpreter)).toBe(states[insns]?.digest);
      }
  });
});

describe('a breakpoint', () => {
  it.each(SEEDS.slice(0, 30))(
    'is hit as often as the program comes by, forwards and backwards (program %i)',
    (seed) => {
      const one = prepare(seed);
      const { world, recording } = one;
      const hits = recording.events.flatMap(({ states }, event) =>
        states.flatMap(({ place }, insns) => (recording.breakpoints.has(place) ? [`${event}/${insns}`] : [])),
      );
      const seen: string[] = [];
      const here = (): string => `${world.replay.coordinate.event}/${world.replay.coordinate.insns}`;
      if (recording.events[0]?.states[0] !== undefined && hits[0] === '0/0') seen.push('0/0');
      for (let stop: Stop['kind'] = 'start'; stop !== 'end';) {
        stop = finishInSlices(moveForward(world, 'continue', 'line'), 777).kind;
        if (stop === 'breakpoint') seen.push(here());
      }
      expect(seen).toEqual(hits);
      const back: string[] = [];
      for (let stop: Stop['kind'] = 'end'; stop !== 'start';) {
        stop = finishInSlices(moveBackToBreakpoint(world), 777).kind;
        if (stop === 'breakpoint') back.unshift(here());
      }
      // The recording ends before its last instruction, where a breakpoint does not count as passed.
      const last = recording.events.at(-1)?.states.length ?? 0;
      expect(back).toEqual(hits.filter((hit) => hit !== `${recording.events.length - 1}/${last - 1}`));
    },
  );
});
