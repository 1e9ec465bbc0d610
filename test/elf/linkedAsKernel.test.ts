import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readObject } from '../../server/src/elf/readObject.ts';
import { capturedView, kernelView, type Captured } from './kernelView.ts';
import { programNamed, readSample } from './sample.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

interface Expected extends Captured {
  readonly type: string;
  readonly flags: number;
  readonly license: string;
}

function linesOf<T>(file: string): T[] {
  const text = readFileSync(path.join(import.meta.dirname, '..', 'data', 'elf', file), 'utf8');
  return text.trim().split('\n').map((line) => JSON.parse(line) as T); // prettier-ignore
}

/** Instructions, maps and functions that libbpf handed to Linux 6.18 for the committed objects (see build.sh). */
describe('programs are linked as libbpf links them', () => {
  it.each(linesOf<Expected>('expected.jsonl'))('$id', (expected) => {
    const [file = '', name = ''] = expected.id.split('/');
    const object = readSample(file);
    const program = programNamed(object, name);
    expect(object.diagnostics.map(({ code }) => code)).toEqual(/^(unnamed|gcc)/.test(file) ? ['btf-refused'] : []);
    expect(kernelView(program)).toEqual(capturedView(expected));
    expect([program.type, program.flags, program.license]).toEqual([expected.type, expected.flags, expected.license]);
  });
});

/** SHA-256 of what the kernel got for each program of the recordings, which are too large to keep here. */
describe.skipIf(sharedFolder === null)(
  'the recorded programs are linked as libbpf links them (needs ../shared)',
  () => {
    it.each(linesOf<{ id: string; sha256: string }>('recordings.jsonl'))('$id', async ({ id, sha256 }) => {
      const [file = '', name = ''] = id.split('/');
      const object = readObject(file, readFileSync(sharedPath('recordings', 'golden', 'objs', file)));
      const text = JSON.stringify(kernelView(programNamed(object, name)));
      expect(object.diagnostics).toEqual([]);
      expect(await digest(text)).toBe(sha256);
    });
  },
);

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(hash).toString('hex');
}
