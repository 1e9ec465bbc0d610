import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { littleEndian, toHex } from '../../server/src/base/bytes.ts';
import type { Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import type { Program } from '../../server/src/program/program.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { mixedCapture } from '../support/capture.ts';
import { EXAMPLES_FOLDER, exampleFiles } from '../support/exampleFiles.ts';
import { givenWorld } from '../support/givenWorld.ts';
import { kernelOracle } from '../support/oracle.ts';

const oracle = kernelOracle();
const examples = exampleFiles();

function programsOf(text: string): readonly Program[] {
  const { object } = assemble(sourceText('example.bpfasm', text));
  expect(object.diagnostics).toEqual([]);
  return object.programs;
}

/** Examples that are wrong on purpose, with the line that is. */
const WRONG: Readonly<Record<string, string>> = {
  'xdp-parser-unchecked': 'r5 = *(u16 *)(r2 + 12)',
};

describe('examples', () => {
  it.each(examples.map((file) => [file.name, file] as const))('%s', (name, file) => {
    for (const program of programsOf(file.text)) {
      const { outcome, finding } = verify(program);
      expect([outcome, finding?.kernelMessage ?? null]).toEqual(
        name in WRONG ? ['rejected', expect.stringMatching(/^invalid access to packet/)] : ['accepted', null],
      );
      if (name in WRONG) expect(lineText(program, file.text, finding?.pc ?? -1)).toContain(WRONG[name]);
    }
  });

  it('are all listed in their README', () => {
    const readme = readFileSync(path.join(EXAMPLES_FOLDER, 'README.md'), 'utf8');
    expect(examples.filter(({ name }) => !readme.includes(`${name}.bpfasm`)).map(({ name }) => name)).toEqual([]);
  });
});

describe.skipIf(oracle === null)('examples, against the running kernel (skipped where there is none)', () => {
  it.each(examples.map((file) => [file.name, file] as const))('%s', (name, file) => {
    const verdicts = oracle?.verify(programsOf(file.text)) ?? [];
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set([name in WRONG ? 'reject' : 'accept']));
  });
});

/** With UPDATE_CAPTURES=1 in the environment, the capture is written anew. */
describe('the capture of the examples', () => {
  const file = path.join(EXAMPLES_FOLDER, 'captures/mixed.pcap');
  if (process.env['UPDATE_CAPTURES'] === '1') writeFileSync(file, mixedCapture());

  it('is what test/support/capture.ts makes', () => {
    expect(existsSync(file)).toBe(true);
    expect(Buffer.compare(readFileSync(file), mixedCapture())).toBe(0);
  });
});

function lineText(program: Program, text: string, pc: number): string {
  const line = program.lines.findLast((entry) => entry.pc <= pc)?.line ?? 0;
  return text.split('\n')[line - 1] ?? '';
}

describe('the world file of the examples', () => {
  it('routes the packets of the capture', () => {
    const text = examples.find(({ name }) => name === 'xdp-route')?.text ?? '';
    const { object } = assemble(sourceText('xdp-route.bpfasm', text));
    const world = givenWorld(readFileSync(path.join(EXAMPLES_FOLDER, 'lab.bpfworld.json'), 'utf8'));
    const session = createRunSession(object, object.programs, { engine: 'both', world });
    if (typeof session === 'string') throw new Error(session);
    const targets = new Map<number, number>();
    const each = (event: Event): void => {
      const { redirect } = session.run(event);
      if (redirect !== null) targets.set(redirect.target, (targets.get(redirect.target) ?? 0) + 1);
    };
    const reader = createReader();
    reader.push(readFileSync(path.join(EXAMPLES_FOLDER, 'captures/mixed.pcap')), each);
    reader.end(each);
    expect([session.difference, session.summary().returns.get('XDP_REDIRECT')]).toEqual([null, 31]);
    expect([...targets.keys()].toSorted((a, b) => a - b)).toEqual([1, 2]);
  });
});

describe('the recorded events of the examples', () => {
  const events = readFileSync(path.join(EXAMPLES_FOLDER, 'captures/openat.jsonl'));

  it.each([
    ['tracepoint-openat', { ran: 6, output: 6 }, {}],
    [
      'kprobe-open-latency',
      { ran: 12, output: 0 },
      {
        latency: { '02000000': 3n, '03000000': 2n, '08000000': 1n },
        errors: { '02000000': 2n, '0d000000': 1n },
        started: {},
      },
    ],
  ])('run in %s', (name, expected, maps) => {
    const text = examples.find((file) => file.name === name)?.text ?? '';
    const { object } = assemble(sourceText(`${name}.bpfasm`, text));
    const session = createRunSession(object, object.programs, { engine: 'both' });
    if (typeof session === 'string') throw new Error(session);
    const reader = createReader();
    const ran = { ran: 0, output: 0 };
    const each = (event: Event): void => {
      const { skipped, trap, output } = session.run(event);
      expect(trap).toBe(null);
      ran.ran += skipped === null ? 1 : 0;
      ran.output += output.length;
    };
    reader.push(events, each);
    reader.end(each);
    expect(reader.problems).toEqual([]);
    expect(session.difference).toBe(null);
    expect(ran).toEqual(expected);
    const left = session.summary().maps.map(({ name: map, entries }) => [
      map,
      Object.fromEntries(entries.map(({ key, values }) => [toHex(key), littleEndian(values[0] ?? new Uint8Array())])),
    ]);
    expect(Object.fromEntries(left)).toMatchObject(maps);
  });
});
