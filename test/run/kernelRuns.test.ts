import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAll } from '../events/readAll.ts';
import { krun } from '../support/krun.ts';
import { goldenLines, openSession, runLikeKernel, type Lines } from './goldenRun.ts';

const FOLDER = path.resolve(import.meta.dirname, '../data/kernelRuns');
const CAPTURE = path.join(FOLDER, 'packets.pcap');

/** What Linux 6.18 did with each program, in files `object.program.jsonl` that build.sh writes. */
const CASES = readdirSync(path.join(FOLDER, 'results')).map((file) => {
  const [object = '', program = ''] = file.split('.');
  return { file: path.join(FOLDER, 'results', file), object: path.join(FOLDER, `${object}.o`), program };
});

function toLines(text: string): Lines {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Lines[number]);
}

/** Sections with lists and trees: the kernel shows addresses of its own where they are empty. */
const HIDDEN = /^\.data\.[A-Z]$/;

function comparable(lines: Lines): Lines {
  return lines.filter(({ map }) => typeof map !== 'string' || !HIDDEN.test(map));
}

describe('programs do what they did in Linux 6.18', () => {
  const cases = CASES.flatMap((one) => (['interpreter', 'jit'] as const).map((engine) => ({ ...one, engine })));

  it.each(cases)('$program in the $engine', ({ object, program, engine, file }) => {
    const lines = runLikeKernel(object, program, CAPTURE, engine, null);
    expect(comparable(lines)).toEqual(comparable(goldenLines(file)));
  });
});

describe.skipIf(krun === null)('this kernel does the same (skipped where bpf() is closed)', () => {
  it.each(CASES)('$program', ({ object, program, file }) => {
    const run = spawnSync(krun ?? '', [object, program, CAPTURE, '--no-ns'], { encoding: 'utf8' });
    expect(comparable(toLines(run.stdout))).toEqual(comparable(toLines(readFileSync(file, 'utf8'))));
  });
});

describe.each(['interpreter', 'jit'] as const)(
  'functions that handle exceptions (libbpf 1.1 loads none), in the %s',
  (engine) => {
    const OBJECT = path.join(FOLDER, 'loops.o');
    const returns = (program: string): unknown[] =>
      runLikeKernel(OBJECT, program, CAPTURE, engine, null).flatMap(({ ret }) => (ret === undefined ? [] : [ret]));

    it('give the return value', () => {
      // Lengths are 60, 60, 68 (six times) and 71: only odd ones throw, and the function doubles them.
      expect(returns('handling')).toEqual([61, 61, 69, 69, 69, 69, 69, 69, 142]);
    });

    it('are entered from within callbacks', () => {
      // The length modulo 16 is how often the callback runs; the eighth time it throws 107.
      expect(returns('throwing_loop')).toEqual([214, 214, 1, 1, 1, 1, 1, 1, 1]);
    });
  },
);

describe.each(['interpreter', 'jit'] as const)('objects of map entries that are replaced, in the %s', (engine) => {
  it('are given back', () => {
    const session = openSession(path.join(FOLDER, 'objects.o'), 'replaced', engine, null);
    const returns = new Set<number | null>();
    // The last packet is too large for the kernel's test run of this type.
    const events = readAll(new Uint8Array(readFileSync(CAPTURE))).events.slice(0, -1);
    for (let round = 0; round < 200; round++) for (const event of events) returns.add(session.run(event).returnValue);
    expect([...returns]).toEqual([4]);
  });
});
