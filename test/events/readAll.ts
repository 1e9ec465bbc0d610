import type { Event, PacketEvent } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { ReadProblem } from '../../server/src/events/reader.ts';

export interface Read {
  readonly events: readonly PacketEvent[];
  readonly problems: readonly ReadProblem[];
  readonly format: string;
}

/** Reads a whole recording in chunks of the sizes that `nextSize` names; packets are copied. */
export function readAll(bytes: Uint8Array, nextSize: () => number = () => bytes.length): Read {
  const reader = createReader();
  const events: PacketEvent[] = [];
  let fresh: PacketEvent[] = [];
  const each = (event: Event): void => {
    if (event.kind === 'packet') fresh.push(event);
  };
  // Not before the call is over: so long the bytes must stay.
  const keep = (): void => {
    events.push(...fresh.map((event) => ({ ...event, data: event.data.slice() })));
    fresh = [];
  };
  for (let at = 0; at < bytes.length;) {
    const size = Math.max(1, nextSize());
    // A chunk of its own memory, wiped afterwards: whoever keeps a view of it is found out.
    const chunk = bytes.slice(at, at + size);
    reader.push(chunk, each);
    keep();
    chunk.fill(0xa5);
    at += size;
  }
  reader.end(each);
  keep();
  return { events, problems: reader.problems, format: reader.format };
}

/** A small, fast, seeded random source (xorshift32). */
export function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
