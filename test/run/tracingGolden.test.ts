import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import { withKernel } from '../../server/src/core/withKernel.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { withConstants } from '../../server/src/run/constants.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

const golden = (...parts: string[]): string => sharedPath('recordings/golden/tracing', ...parts);

/** Kinds of records that the programs put out (events.bpf.c), by what they are recorded at. */
const KINDS: readonly (readonly [kind: number, hook: string])[] = [
  [1, 'tracepoints of openat'],
  [2, 'tracepoint sched_process_exec'],
  [3, 'tracepoint sched_switch'],
  [4, 'tracepoint sched_process_fork'],
  [5, 'raw tracepoint sys_enter'],
  [6, 'kprobe'],
  [7, 'kretprobe'],
  [9, 'fexit'],
  [10, 'uprobe'],
  [11, 'uretprobe'],
  [12, 'perf_event'],
];
/** Programs that read kernel structures at places that only a kernel's types tell. */
const NEED_A_KERNEL: readonly (readonly [kind: number, program: string])[] = [
  [8, 'fe_open'],
  [13, 'lsm_open'],
];

function eventsObject(): BpfObject {
  return readObject('events.o', new Uint8Array(readFileSync(golden('events.o'))));
}

/** With the types of the kernel that the recordings were made on. */
function adaptedObject(): BpfObject {
  const packed = readFileSync(sharedPath('recordings', 'tracing', 'kernel-6.1', 'btf-vmlinux-6.1.zst'));
  const { btf } = openBtf(zlib.zstdDecompressSync(packed));
  if (btf === null) throw new Error('no types');
  return withKernel(eventsObject(), { name: 'Linux 6.1', btf });
}

/** Kind is the record's first word. */
function kindOf(hex: string): number {
  return Buffer.from(hex.slice(0, 8), 'hex').readUInt32LE();
}

/** Ring-buffer records by kind, and maps, that all programs of the object leave when each event goes to its hook. */
function replay(
  object: BpfObject,
  recording: string,
  engine: 'jit' | 'interpreter',
): { records: string[]; maps: Map<string, string> } {
  const bytes = new Uint8Array(readFileSync(golden('results', recording, 'events.jsonl')));
  const head = createReader();
  head.push(bytes.subarray(0, 4096), () => {});
  const complete = withConstants(object, head.head?.constants ?? new Map()).object;
  const session = createRunSession(complete, complete.programs, { engine });
  if (typeof session === 'string') throw new Error(session);
  const records: string[] = [];
  const each = (event: Event): void => {
    const { output, trap } = session.run(event);
    expect(trap).toBe(null);
    for (const record of output) records.push(toHex(record.bytes));
  };
  const reader = createReader();
  reader.push(bytes, each);
  reader.end(each);
  expect(reader.problems).toEqual([]);
  const maps = session
    .summary()
    .maps.map(({ name, entries }): [string, string] => [
      name,
      JSON.stringify(entries.map(({ key, values }) => [toHex(key), toHex(values[0] ?? new Uint8Array())])),
    ]);
  return { records, maps: new Map(maps) };
}

interface Golden {
  readonly records: readonly string[];
  readonly maps: ReadonlyMap<string, string>;
}

function goldenOf(recording: string): Golden {
  const rows = readFileSync(golden('results', recording, 'golden.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const lines = rows.map((row) => JSON.parse(row) as { data?: string; map?: string; entries?: [string, string][] });
  const maps = lines.flatMap(({ map, entries }): [string, string][] => {
    if (map === undefined) return [];
    return [[map, JSON.stringify(entries?.toSorted(([a], [b]) => (a < b ? -1 : 1)))]];
  });
  return { records: lines.flatMap(({ data }) => data ?? []), maps: new Map(maps) };
}

/** Rows of `counts` but that of perf events: those ran in the recorder's own copy of the programs, with maps of its own. */
function countsOf(maps: ReadonlyMap<string, string>): [string, string][] {
  const rows = JSON.parse(maps.get('counts') ?? '[]') as [string, string][];
  // A summary leaves out rows that are zero.
  const counted = rows.filter(([key, value]) => key !== '0c000000' && /[^0]/.test(value));
  expect(counted.length).toBeGreaterThan(10);
  return counted;
}

describe.skipIf(sharedFolder === null)(
  'recorded hooks replay to what was recorded (skipped where ../shared is absent)',
  () => {
    const runs = ['krec', 'krec-perf'].flatMap((recording) =>
      (['jit', 'interpreter'] as const).map((engine) => [recording, engine] as const),
    );

    it.each(runs)('%s, %s', (recording, engine) => {
      const ours = replay(eventsObject(), recording, engine);
      const theirs = goldenOf(recording);
      for (const [kind, hook] of KINDS) {
        const expected = theirs.records.filter((hex) => kindOf(hex) === kind);
        expect(
          ours.records.filter((hex) => kindOf(hex) === kind),
          hook,
        ).toEqual(expected);
        if (recording === 'krec') expect(expected.length, hook).toBeGreaterThan(0);
      }
      for (const name of ['by_ret', 'by_syscall']) expect(ours.maps.get(name), name).toBe(theirs.maps.get(name));
    });

    it.skipIf(typeof zlib.zstdDecompressSync !== 'function').each(runs)(
      '%s, %s, all of it with the types of the kernel (needs a Node with zstd)',
      (recording, engine) => {
        const object = adaptedObject();
        expect(object.diagnostics.filter(({ code }) => code.startsWith('core-relocation'))).toEqual([]);
        const ours = replay(object, recording, engine);
        const theirs = goldenOf(recording);
        for (const [kind, program] of NEED_A_KERNEL) {
          const expected = theirs.records.filter((hex) => kindOf(hex) === kind);
          expect(
            ours.records.filter((hex) => kindOf(hex) === kind),
            program,
          ).toEqual(expected);
          if (recording === 'krec') expect(expected.length, program).toBeGreaterThan(0);
        }
        expect(ours.records.toSorted()).toEqual(theirs.records.toSorted());
        for (const name of ['by_ret', 'by_syscall']) expect(ours.maps.get(name), name).toBe(theirs.maps.get(name));
        expect(countsOf(ours.maps)).toEqual(countsOf(theirs.maps));
      },
    );

    it.each(NEED_A_KERNEL)('kind %i, %s, needs the types of a kernel', (_kind, name) => {
      const object = eventsObject();
      const program = object.programs.find((one) => one.name === name);
      expect(program && createRunSession(object, program, { engine: 'jit' })).toMatch(
        /cannot be run without a kernel: it needs the byte offset of a field/,
      );
    });
  },
);
