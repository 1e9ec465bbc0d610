import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelWith } from '../core/kernelWith.ts';
import type { Outcome } from './fakeWorld.ts';
import { runMain } from './fakeWorld.ts';

const program = new Uint8Array(readFileSync(path.join(import.meta.dirname, '..', 'data', 'core', 'program.o')));

const kernels = { mark: kernelWith('here', 8), beyond: kernelWith('here', 192), without: kernelWith('there', 8) };

function main(words: string, release?: string): Promise<Outcome> {
  const own = release === undefined ? {} : { ownKernel: { release, types: 'mark' } };
  return runMain(words.split(' '), {
    files: {
      'p.o': program,
      'events.jsonl': EVENTS,
      'unknown.jsonl': EVENTS.replace('"kernel"', '"comment"'),
      ...kernels,
    },
    ...own,
  });
}

/** The mark of a packet lies eight bytes into the context. */
const EVENTS = [
  { format: 'bpf-events', version: 1, arch: 'x86_64', kernel: '6.18.1' },
  { ev: 'socket', packet: '0'.repeat(120), skb: { mark: 7 } },
]
  .map((line) => JSON.stringify(line))
  .join('\n');

describe('programs that ask for the types of a kernel', () => {
  it('are checked as they would be loaded there', async () => {
    const accepted = await main('check p.o --program same --btf mark');
    expect([accepted.status, accepted.error]).toEqual([0, '']);
    const beyond = await main('check p.o --program same --btf beyond');
    expect(beyond.out).toContain('invalid bpf_context access off=192 size=4');
    expect(beyond.status).toBe(1);
  });

  it('are refused where the kernel lacks what they ask for', async () => {
    const { out, status } = await main('check p.o --program same --btf without');
    expect(out).toContain('same.here, but the kernel of without has no');
    expect(status).toBe(1);
  });

  it('have no verdict without', async () => {
    const { out, status } = await main('check p.o --program same');
    expect(out).toContain('This program needs the byte offset of a field, same.here.');
    expect(out).toContain('--btf FILE');
    expect(status).toBe(3);
  });

  it('are checked for the kernel of this machine', async () => {
    expect((await main('check p.o --program same', '6.18.1')).status).toBe(0);
    expect((await main('check p.o --program same', '6.1.0')).status).toBe(3);
  });

  it('run with the types of the kernel that the events are from', async () => {
    const run = 'run p.o --program same --events events.jsonl --format jsonl';
    for (const outcome of [await main(`${run} --btf mark`), await main(run, '6.18.1')])
      expect(outcome.out).toContain('"return":7');
    const other = await main(run, '6.18.2');
    expect(other.error).toContain('give the types of the kernel that the events are from (--btf FILE');
    expect(other.status).toBe(3);
  });

  it('take no types of this machine where nobody tells which kernel the events are from', async () => {
    const { error } = await main('run p.o --program same --events unknown.jsonl', '6.18.1');
    expect(error).toContain('give the types of the kernel that the events are from');
  });
});
