/** What running a program over a recording costs a packet. */
import { createReader } from '../server/src/events/openRecording.ts';
import type { Event } from '../server/src/events/event.ts';
import { createRunSession } from '../server/src/run/session.ts';
import { createSide } from '../server/src/run/side.ts';
import { type Contender, cpuMs, timed } from './contender.ts';
import { captureOf, samplePackets } from './packet.ts';
import type { Workload } from './workloads.ts';

/** Packets that stay in the processor's caches. */
export const HOT_PACKETS = 2000;
const MANY_PACKETS = 100_000;

/** A batch that was filled once and runs again and again: nanoseconds a packet. */
export function replayContender({ object, program }: Workload): Contender {
  const side = createSide(
    object,
    [program],
    'jit',
    { engine: 'jit', verified: [program] },
    { contents: [], inner: [] },
  );
  const batch = typeof side === 'string' ? null : side.batch;
  if (batch === null) throw new Error(`${program.name} cannot be run in batches`);
  for (const event of eventsOf(captureOf(samplePackets(HOT_PACKETS)))) batch.add(event);
  batch.run();
  const first = batch.outcome(0).low >>> 0;
  return {
    first,
    measure: (ms) =>
      timed(ms, (runs) => {
        for (let i = 0; i < runs; i++) batch.run();
      }) / HOT_PACKETS,
  };
}

function eventsOf(capture: Uint8Array): Event[] {
  const events: Event[] = [];
  const reader = createReader();
  reader.push(capture, (event) => events.push(event));
  return events;
}

/** Reads a large capture from memory and runs the program over it, in batches and event by event: nanoseconds a packet. */
export function measureCapture(work: Workload, rounds: number): { readonly batches: number; readonly single: number } {
  const capture = captureOf(samplePackets(MANY_PACKETS));
  const best = { batches: Infinity, single: Infinity };
  for (let round = 0; round < rounds; round++) {
    best.batches = Math.min(best.batches, replayOnce(work, capture, true));
    best.single = Math.min(best.single, replayOnce(work, capture, false));
  }
  return best;
}

const CHUNK_BYTES = 1 << 20;

function replayOnce({ object, program }: Workload, capture: Uint8Array, inBatches: boolean): number {
  const session = createRunSession(object, program, { engine: 'jit', verified: [program] });
  if (typeof session === 'string') throw new Error(session);
  let passed = 0;
  const take = ({ returnValue }: { readonly returnValue: number | null }): void => {
    if (returnValue === 2) passed++;
  };
  const reader = createReader();
  const began = cpuMs();
  for (let at = 0; at < capture.length; at += CHUNK_BYTES) {
    reader.push(capture.subarray(at, at + CHUNK_BYTES), (event) => {
      if (inBatches) session.feed(event, take);
      else take(session.run(event));
    });
    session.flush(take);
  }
  const took = cpuMs() - began;
  if (passed !== MANY_PACKETS) throw new Error(`${program.name} passed ${passed} packets of ${MANY_PACKETS}`);
  return (took * 1e6) / MANY_PACKETS;
}
