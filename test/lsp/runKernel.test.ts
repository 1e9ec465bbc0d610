import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OwnKernel } from '../../server/src/ide/kernelSource.ts';
import type { RunReply } from '../../server/src/lsp/protocol.ts';
import { RunService } from '../../server/src/lsp/runService.ts';
import { kernelWith } from '../core/kernelWith.ts';

const program = new Uint8Array(readFileSync(path.join(import.meta.dirname, '..', 'data', 'core', 'program.o')));
const EVENTS = `{"format":"bpf-events","version":1,"kernel":"6.18.1"}
{"ev":"socket","packet":"${'0'.repeat(120)}","skb":{"mark":7}}
`;

async function run(kernelBtf: string | null, own: OwnKernel | null = null): Promise<RunReply> {
  const files: Record<string, Uint8Array> = {
    'p.o': program,
    'events.jsonl': new TextEncoder().encode(EVENTS),
    mark: kernelWith('here', 8),
    text: new Uint8Array(9),
  };
  const read = async (name: string): Promise<Uint8Array> => {
    const file = files[name];
    if (file === undefined) throw new Error('no such file or directory');
    return file;
  };
  const replies: RunReply[] = [];
  const service = new RunService({
    readFile: read,
    readStream: (name) => ({ bytes: Promise.resolve(null), chunks: chunksOf(read(name)) }),
    now: () => 0,
    reply: (message) => replies.push(message),
    kernelTypes: { read, own },
  });
  const file = { path: 'p.o', text: null };
  await service.receive({ kind: 'run', file, program: 'same', events: 'events.jsonl', engine: 'both', kernelBtf });
  return replies.at(-1) as RunReply;
}

async function* chunksOf(bytes: Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await bytes;
}

describe('a run for the types of a kernel', () => {
  const ran = { kind: 'finished', report: { total: 1, traps: 0, verdicts: [{ name: '7', count: 1 }], verification: { outcome: 'accepted' } } }; // prettier-ignore
  it('takes those of the file that is named', async () => {
    expect(await run('mark')).toMatchObject(ran);
  });

  it('takes those of this machine where the events are from it', async () => {
    expect(await run('', { release: '6.18.1', types: 'mark' })).toMatchObject(ran);
    for (const own of [null, { release: '6.18.2', types: 'mark' }])
      expect(await run(null, own)).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('give the types of the kernel that the events are from'),
      });
  });

  it.each([
    ['nowhere', 'nowhere: no such file or directory'],
    ['text', 'text: the type data does not begin with the BTF mark 0xeb9f'],
  ])('says what is wrong with %s', async (name, message) => {
    expect(await run(name)).toEqual({ kind: 'failed', message });
  });
});
