import { createReader } from '../events/openRecording.ts';
import type { RecordingHead } from '../events/reader.ts';
import type { World } from './world.ts';

/** A head that is longer than this is none. */
const MOST_HEAD_BYTES = 1 << 20;

/** A recording that is read once, from a pipe perhaps, although what it says of itself is wanted before its events. */
export interface Recording {
  /** null for formats that say nothing of themselves. */
  readonly head: RecordingHead | null;
  /** All of its bytes. Throws what reading throws, also what happened while the head was read. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

export async function openRecording(world: World, path: string): Promise<Recording> {
  const source = world.readStream(path)[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  const reader = createReader();
  let failure: unknown = null;
  let bytes = 0;
  try {
    while (reader.head === null && reader.problems.length === 0 && bytes < MOST_HEAD_BYTES) {
      const { value, done } = await source.next();
      if (done === true) break;
      taken.push(value.slice());
      bytes += value.length;
      reader.push(value, () => {});
      if (!mayHaveHead(reader.format)) break;
    }
  } catch (error) {
    failure = error;
  }
  return { head: reader.head, chunks: () => chunksOf(taken, source, failure) };
}

function mayHaveHead(format: string): boolean {
  return format === 'unknown' || format.startsWith('JSON');
}

async function* chunksOf(
  taken: Uint8Array[],
  source: AsyncIterator<Uint8Array>,
  failure: unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* taken.splice(0);
    if (failure !== null) throw failure;
    for (;;) {
      const { value, done } = await source.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await source.return?.();
  }
}
