import { describe, expect, it } from 'vitest';
import { createReader } from '../../server/src/events/openRecording.ts';
import {
  block,
  bytesOf,
  enhancedPacket,
  interfaceBlock,
  option,
  pcapHeader,
  pcapRecord,
  section,
  simplePacket,
} from './buildCapture.ts';
import { random, readAll } from './readAll.ts';

const data = Array.from({ length: 61 }, (_, i) => i);
const samples = {
  pcap: bytesOf(pcapHeader(), pcapRecord(data), pcapRecord([]), pcapRecord(data, { length: 1500 }), pcapRecord([1])),
  'modified pcap, big endian': bytesOf(
    pcapHeader({ magic: 0xa1b2cd34, order: 'big' }),
    pcapRecord(data, { order: 'big', extra: 8 }),
    pcapRecord(data, { order: 'big', extra: 8 }),
  ),
  pcapng: bytesOf(
    section(),
    interfaceBlock(1, option('little', 9, [0x94])),
    enhancedPacket(data, {
      options: [...option('little', 2, [1, 0, 0, 0]), ...option('little', 7, [2, 1, 0, 0, 0, 0, 0, 0, 0])],
    }),
    block('little', 5, data),
    simplePacket(data),
    section('big'),
    interfaceBlock(101, [], 'big'),
    enhancedPacket(data, { order: 'big' }),
  ),
};

describe.each(Object.entries(samples))('%s', (_, bytes) => {
  const whole = readAll(bytes);

  it('gives the same whatever the chunks', () => {
    const next = random(3);
    expect(whole.problems).toEqual([]);
    for (const size of [1, 2, 3, 7, 12, 13, 64]) expect(readAll(bytes, () => size)).toEqual(whole);
    for (let i = 0; i < 50; i++) expect(readAll(bytes, () => 1 + next(100))).toEqual(whole);
  });

  it('keeps the packets before a cut at every byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      const { events, problems } = readAll(bytes.subarray(0, length), () => 5);
      expect(events).toEqual(whole.events.slice(0, events.length));
      expect(problems.length).toBeLessThanOrEqual(1);
      if (events.length === whole.events.length) continue;
      // A cut between two records looks like a shorter file; anywhere else it is told.
      const between = readAll(bytes.subarray(0, length)).problems.length === 0;
      expect(problems.length).toBe(between ? 0 : 1);
    }
  });

  it('survives 5,000 mutations', () => {
    const next = random(bytes.length);
    for (let round = 0; round < 5000; round++) {
      const broken = mutated(bytes, next);
      const { events, problems } = readAll(broken, () => 1 + next(60));
      expect(problems.length).toBeLessThanOrEqual(100);
      expect(events.length).toBeLessThanOrEqual(broken.length);
      expect(events).toEqual(readAll(broken).events);
    }
  });
});

it('skips a huge unknown block without keeping it', () => {
  const reader = createReader();
  const head = block('little', 99, [], 0xf000_0000).slice(0, 8);
  reader.push(bytesOf(section(), interfaceBlock(), head), () => expect.fail('no packet is in it'));
  const chunk = new Uint8Array(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 500; i++) reader.push(chunk, () => expect.fail('no packet is in it'));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  reader.end(() => {});
  expect(reader.problems.map(({ code }) => code)).toEqual(['cut-record']);
});

/** Flips bits, overwrites, cuts, repeats: one to four times. */
function mutated(bytes: Uint8Array, next: (below: number) => number): Uint8Array {
  let result = bytes.slice();
  for (let i = 0; i <= next(4); i++) {
    const at = next(result.length);
    const kind = next(5);
    if (kind === 0) result[at] = (result[at] ?? 0) ^ (1 << next(8));
    else if (kind === 1) result[at] = [0, 1, 0x7f, 0x80, 0xff][next(5)] ?? 0;
    else if (kind === 2) result.fill(0xff, at, at + 4);
    else if (kind === 3 && at > 4) result = result.slice(0, at);
    else result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(next(at + 1))]);
  }
  return result;
}
