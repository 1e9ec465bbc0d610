import { bytesOf, detached, type Event, type PacketEvent } from '../events/event.ts';
import type { RecordingHead } from '../events/reader.ts';
import { createReader } from '../events/openRecording.ts';
import type { DapHost } from './server.ts';
import { UserError } from './userError.ts';

/** A recording is kept in memory while it is debugged. */
const LIMITS = { events: 1_000_000, bytes: 512 * 1024 * 1024 };

export interface LoadedEvents {
  readonly events: readonly Event[];
  /** What was wrong with the recording or left out, in plain words. */
  readonly notes: readonly string[];
  /** What the recording says of itself. */
  readonly head: RecordingHead | null;
}

export async function loadEvents(host: DapHost, path: string, limits = LIMITS): Promise<LoadedEvents> {
  const events: Event[] = [];
  let bytes = 0;
  let full = false;
  const bytesKept = new Chunks();
  const reader = createReader();
  const each = (event: Event): void => {
    const size = sizeOf(event);
    full ||= events.length >= limits.events || bytes + size > limits.bytes;
    if (full) return;
    bytes += size;
    events.push(detached(event, (data) => bytesKept.copy(data)));
  };
  for await (const chunk of chunksOf(host, path)) {
    reader.push(chunk, each);
    if (full) break;
  }
  if (!full) reader.end(each);
  const notes = reader.problems.map(({ message }) => message);
  if (full) notes.push(`Only the first ${events.length} events are loaded; the rest does not fit into memory.`);
  if (events.length === 0) throw new UserError(notes[0] ?? `${path} holds no events.`);
  return { events, notes, head: reader.head };
}

/** What an event takes, memory snapshots included. */
function sizeOf(event: Event): number {
  const snapshots = event.recorded?.memory.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
  return bytesOf(event).length + snapshots;
}

const CHUNK_BYTES = 1 << 20;

/** Many small arrays in few large ones: an array of its own costs more than a packet. */
class Chunks {
  #chunk = new Uint8Array(0);
  #used = 0;

  copy(data: Uint8Array): Uint8Array {
    if (data.length > CHUNK_BYTES / 4) return data.slice();
    if (this.#used + data.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const copy = this.#chunk.subarray(this.#used, this.#used + data.length);
    copy.set(data);
    this.#used += data.length;
    return copy;
  }
}

async function* chunksOf(host: DapHost, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* host.readStream(path);
  } catch (error) {
    throw new UserError(
      `The recording ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A TCP SYN to port 80 with a payload of zeros, for a session without a recording. */
export function madeUpEvent(): PacketEvent {
  const data = new Uint8Array(74);
  data.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
  data.set([0x45, 0, 0, 60, 0, 1, 0x40, 0, 64, 6, 0xb6, 0xc4, 192, 0, 2, 1, 198, 51, 100, 7], 14);
  data.set([0xc3, 0x50, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 2, 0xfa, 0xf0], 34);
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null } as const;
  return { kind: 'packet', index: 0, timeNs: 0n, linkType: 1, data, wireLength: 74, interfaceId: 0, ...nothing };
}
