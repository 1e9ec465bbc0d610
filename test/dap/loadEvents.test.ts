import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../server/src/events/event.ts';
import { loadEvents } from '../../server/src/dap/loadEvents.ts';
import type { DapHost } from '../../server/src/dap/server.ts';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';

const lengths = [60, 300_000 / 2, 14, 1000];
const CAPTURE = Uint8Array.from([
  ...pcapHeader(),
  ...lengths.flatMap((length, index) => pcapRecord(Array.from({ length }, () => index + 1))),
]);

/** In small chunks, all in the same buffer, as streams may hand them out. */
const host: DapHost = {
  send: () => undefined,
  defer: () => undefined,
  readFile: () => Promise.reject(new Error('no')),
  async *readStream() {
    const buffer = new Uint8Array(1000);
    for (let at = 0; at < CAPTURE.length; at += 1000) {
      const part = CAPTURE.subarray(at, at + 1000);
      buffer.set(part);
      yield buffer.subarray(0, part.length);
    }
  },
};

describe('a recording to debug', () => {
  it('is kept as it was read', async () => {
    const { events, notes } = await loadEvents(host, 'x.pcap');
    expect(notes).toEqual([]);
    expect(events.map((event) => bytesOf(event).length)).toEqual(lengths);
    expect(events.every((event, index) => bytesOf(event).every((byte) => byte === index + 1))).toBe(true);
  });

  it.each([
    [{ events: 2, bytes: 1e9 }, 2],
    [{ events: 10, bytes: 150_500 }, 3],
    [{ events: 10, bytes: 100_000 }, 1],
  ])('is cut at the limits %j, which is said', async (limits, kept) => {
    const { events, notes } = await loadEvents(host, 'x.pcap', limits);
    expect(events).toHaveLength(kept);
    expect(notes).toEqual([expect.stringMatching(`^Only the first ${kept} events`)]);
  });
});
