import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { samplePacket, samplePackets } from '../../bench/packet.ts';
import { findClang } from '../../bench/workloads.ts';
import { compile } from '../../server/src/c/compile.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { kernelVerdicts } from '../corpus/kernelVerdicts.ts';
import { ENGINES, TestBed } from '../fuzz/engines.ts';
import { kverify } from '../support/kverify.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

/** The measured programs beside the checkout, against our own common.h, whose interface they share. */
const HEADER = path.join(import.meta.dirname, '../../bench/programs/common.h');

const CLANG = findClang();
const folder = mkdtempSync(path.join(os.tmpdir(), 'shared-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function header(name: string): string {
  return readFileSync(name === 'common.h' ? HEADER : sharedPath('bench', name), 'utf8');
}

function ours(source: string): Uint8Array {
  const text = readFileSync(sharedPath('bench', source), 'utf8');
  const includes = (name: string) => ({ path: name, text: header(name), system: false, folder: 0 });
  const { object, diagnostics } = compile(source, text, includes, { cpu: 3, profile: 'optimised', defines: [] });
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  return object!;
}

function clangs(source: string): Uint8Array {
  const object = path.join(folder, 'clang.o');
  // The folder of our common.h is the only one that has it: the text comes by the standard input.
  const text = readFileSync(sharedPath('bench', source), 'utf8').replace(
    '"parse.h"',
    `"${sharedPath('bench/parse.h')}"`,
  );
  const flags = ['-target', 'bpf', '-O2', '-mcpu=v3', '-g', '-w', '-I', path.dirname(HEADER)];
  const run = spawnSync(CLANG!, [...flags, '-x', 'c', '-', '-c', '-o', object], { input: text, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return new Uint8Array(readFileSync(object));
}

/** What the first program returns for each packet and leaves in packets and maps, in each engine. */
function observed(object: Uint8Array): string[][] {
  const [program] = readObject('bench.o', object).programs;
  const bed = new TestBed([program!]);
  const packets = [samplePacket(), ...samplePackets(16), new Uint8Array(60)];
  return ENGINES.map((engine) => [...bed.run(engine, program!, packets)]);
}

describe.skipIf(sharedFolder === null)(
  'the measured programs, compiled by us (skipped where ../shared is absent)',
  () => {
    const sources = sharedFolder === null ? [] : readdirSync(sharedPath('bench')).filter((name) => name.endsWith('.c'));

    it.skipIf(kverify === null).each(sources)('%s loads with libbpf', (source) => {
      const file = path.join(folder, `${source}.o`);
      writeFileSync(file, ours(source));
      const verdicts = kernelVerdicts(kverify!, file).map(({ verdict, msg }) => (verdict === 'accept' ? verdict : msg));
      expect(verdicts).toEqual(['accept']);
    });

    it.skipIf(CLANG === null).each(sources)('%s does what clang’s does', (source) => {
      const expected = observed(clangs(source));
      expect(observed(ours(source))).toEqual(expected);
      expect(expected[0]!.length).toBeGreaterThan(17);
    });
  },
);
