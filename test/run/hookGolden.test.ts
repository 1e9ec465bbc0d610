import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { bytesOf, type Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { EventResult } from '../../server/src/run/result.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { mapLine, openSession } from './goldenRun.ts';

const ENGINES = ['jit', 'interpreter'] as const;
const golden = (...parts: string[]): string => sharedPath('recordings/golden', ...parts);

/** One hex context a line, as a recording in JSON Lines. */
function recordingOf(contexts: string): Uint8Array {
  const lines = readFileSync(contexts, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')); // prettier-ignore
  const events = lines.map((hex) => JSON.stringify({ ctx: hex }));
  return new TextEncoder().encode(`{"format":"bpf-events","version":1}\n${events.join('\n')}\n`);
}

/** What the kernel's test run said, without what depends on the moment. */
function expected(file: string): unknown[] {
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean);
  return rows.map((row) => {
    const { i, ret, rb, data, map, type, entries, ctx, err } = JSON.parse(row) as Record<string, unknown>;
    if (err !== undefined) return { i, refused: true };
    if (map !== undefined) return { map, type, entries };
    return rb === undefined ? { i, ret, ...(ctx === undefined ? {} : { ctx }) } : { i, rb, data };
  });
}

/** Where the kernel refuses a context of the wrong size at once, a replay skips it or faults at the first bad load. */
function linesOf({ index, returnValue, context, output }: EventResult): unknown[] {
  if (returnValue === null) return [{ i: index, refused: true }];
  const ctx = context?.writable === true ? { ctx: toHex(context.bytes) } : {};
  const records = output.map(({ map, bytes }) => ({ i: index, rb: map, data: toHex(bytes) }));
  return [{ i: index, ret: returnValue, ...ctx }, ...records];
}

describe.skipIf(sharedFolder === null)(
  'runs on contexts equal the kernel’s (skipped where ../shared is absent)',
  () => {
    const cases = [
      ['raw_args', 'raw_tp', 'v1', 'v3'],
      ['raw_args', 'raw_tp', 'v2', 'v3'],
      ['raw_args', 'raw_tp', 'v3', 'v3'],
      ['raw_args', 'raw_tp', 'v4', 'v4'],
      ['calc', 'syscall_calc', 'v3', 'v3'],
      ['calc', 'syscall_calc', 'v4', 'v4'],
    ].flatMap((row) => ENGINES.map((engine) => [...row, engine] as const));

    it.each(cases)('%s of %s.%s, as %s gave it, %s', (program = '', contexts = '', version, results, engine) => {
      const session = openSession(golden('objs', `raw_tp.${version}.o`), program, engine as 'jit', null);
      const lines: unknown[] = [];
      const reader = createReader();
      const each = (event: Event): void => void lines.push(...linesOf(session.run(event)));
      reader.push(recordingOf(golden('ctx', `${contexts}.hex`)), each);
      reader.end(each);
      lines.push(
        ...session
          .summary()
          .maps.map(mapLine)
          .filter(({ map }) => map !== 'out'),
      );
      const name = program === 'calc' ? 'syscall.calc' : 'raw_tp.raw_args';
      expect(lines).toEqual(expected(golden('results', `${name}.${results}.jsonl`)));
    });
  },
);

describe.skipIf(sharedFolder === null)(
  'a socket filter that is attached keeps what the kernel’s did (skipped where ../shared is absent)',
  () => {
    const folder = golden('results', 'sock_l2');
    const captures = sharedFolder === null ? [] : readdirSync(folder).map((name) => name.replace('.jsonl', ''));
    it('has captures', () => expect(captures.length).toBeGreaterThan(15));

    it.each(captures.flatMap((capture) => ENGINES.map((engine) => [capture, engine] as const)))(
      '%s, %s',
      (capture, engine) => {
        const pcap = sharedPath('recordings', capture.includes('__') ? 'pcap-thirdparty' : 'pcap', `${capture}.pcap`);
        const session = openSession(golden('objs', 'sock_filter.v3.o'), 'sock_l2', engine, null, true);
        const lines: unknown[] = [];
        const reader = createReader();
        const each = (event: Event): void => {
          const { returnValue, trap } = session.run(event);
          expect(trap).toBe(null);
          const length = bytesOf(event).length;
          lines.push({ i: event.index, len: length, kept: Math.min(returnValue ?? 0, length) });
        };
        reader.push(new Uint8Array(readFileSync(pcap)), each);
        reader.end(each);
        const rows = readFileSync(`${folder}/${capture}.jsonl`, 'utf8').trimEnd().split('\n');
        const expected = rows.map((row) => JSON.parse(row) as Record<string, unknown>);
        expect(lines).toEqual(expected.filter(({ map }) => map === undefined));
        const maps = session.summary().maps.map(mapLine);
        for (const { map, entries } of expected.filter((row) => row['map'] !== undefined))
          expect(maps.find((one) => one['map'] === map)?.['entries'], String(map)).toEqual(entries);
      },
    );
  },
);
