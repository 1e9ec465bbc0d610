import { bytesOf } from '../../server/src/events/event.ts';
import { describe, expect, it } from 'vitest';
import { moveBackToBreakpoint, stepBack } from '../../server/src/debugger/backward.ts';
import { moveForward } from '../../server/src/debugger/forward.ts';
import { KEEPING } from '../../server/src/debugger/moments.ts';
import { moveToEvent, type Stop } from '../../server/src/debugger/moves.ts';
import type { Job } from '../../server/src/base/job.ts';
import { assembleText, newWorld, randomEvents } from './oracle.ts';

const COUNT = `.license "GPL"
.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
main:
  *(u32 *)(r10 - 4) = 1
  r1 = counts ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = 1
  lock *(u64 *)(r0 + 0) += r1
out:
  r0 = 2
  exit
`;

/** Runs `rounds` times through a loop of seven instructions that writes all over a map of 512 KiB. */
const LONG = (rounds: number): string => `.license "GPL"
.map wide, type=array, key=4, value=8, entries=65536
.section "xdp"
main:
  r6 = ${rounds}
  r7 = wide[0] ll
again:
  r1 = r6
  r1 &= 65535
  r1 <<= 3
  r1 += r7
  *(u64 *)(r1 + 0) = r6
  r6 += -1
  if r6 != 0 goto again
  r0 = 2
  exit
`;

/** The move's end and how many slices it took: a move that keeps to its budget takes many small ones. */
function finish(job: Job<Stop>, budget: number): { stop: Stop; slices: number } {
  for (let slices = 1; ; slices++) if (job.advance(budget)) return { stop: job.result(), slices };
}

describe('a long recording', () => {
  const events = randomEvents(3, 20_000).filter((event) => bytesOf(event).length > 14);

  /** Twelve instructions an event at the least, so so many slices if none does more than twice what it may. */
  const BUDGET = 2000;
  const LEAST_SLICES = (events.length * 12) / BUDGET / 2;

  it('is run through in slices so short that a pause is answered at once, and keeps few moments', () => {
    const world = newWorld(assembleText(COUNT), events, true, false);
    const forward = finish(moveForward(world, 'continue', 'line'), BUDGET);
    expect(forward.stop.kind).toBe('end');
    expect(forward.slices).toBeGreaterThan(LEAST_SLICES);
    expect(world.replay.kept.moments).toBeLessThan(KEEPING.near + events.length / KEEPING.stride + 3);
    const back = finish(moveBackToBreakpoint(world), BUDGET);
    expect(back.stop.kind).toBe('start');
    expect(back.slices).toBeGreaterThan(LEAST_SLICES);
    const jump = finish(moveToEvent(world, events.length - 1), BUDGET);
    expect(world.replay.coordinate).toEqual({ event: events.length - 1, insns: 0 });
    expect(jump.slices).toBeGreaterThan(LEAST_SLICES);
  });
});

describe('a long event', () => {
  it('is stepped back in from its millionth instruction as fast as from its first', () => {
    const world = newWorld(assembleText(LONG(200_000)), randomEvents(3, 1), true, false);
    world.replay.goTo({ event: 0, insns: 1_000_000 });
    for (let step = 0; step < 5; step++) {
      const before = world.replay.coordinate.insns;
      const { slices } = finish(stepBack(world, 'line'), 10_000);
      expect(world.replay.coordinate.insns).toBe(before - 1);
      // From the kept moment before: not a million instructions, but a few times the distance between two moments.
      expect(slices).toBeLessThan((4 * KEEPING.insns) / 10_000);
    }
  });

  it('keeps moments within the bytes allowed, and still goes back to every one of them', () => {
    const events = randomEvents(3, 1);
    const world = newWorld(assembleText(LONG(100_000)), events, true, true); // 40 kB for moments, one every 23 instructions
    finish(moveForward(world, 'continue', 'line'), 1_000_000);
    // What is not forgotten in between is what the machine itself has: every page of the map.
    expect(world.replay.kept.bytes).toBeLessThan(1_000_000);
    const { insns } = world.replay.coordinate;
    for (const back of [1, 100, 5_000, 300_000]) {
      world.replay.goTo({ event: 0, insns: insns - back });
      expect(world.replay.coordinate.insns).toBe(insns - back);
      const r6 = Number(world.replay.interpreter.reg(6));
      // Seven instructions a round, two before and two behind.
      expect(r6).toBe(100_000 - Math.floor((insns - back - 2 + 1) / 7));
    }
  });
});
