import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { kernelWith } from '../core/kernelWith.ts';
import { DapClient } from './client.ts';

const program = new Uint8Array(readFileSync(path.join(import.meta.dirname, '..', 'data', 'core', 'program.o')));
const EVENTS = `{"format":"bpf-events","version":1}
{"ev":"socket","packet":"${'0'.repeat(120)}","skb":{"mark":7}}
`;

async function launched(more: object): Promise<DapClient> {
  const client = new DapClient({ '/ws/p.o': program, '/ws/e.jsonl': EVENTS, '/ws/mark': kernelWith('here', 8) });
  await client.request('initialize', { adapterID: 'ebpf' });
  await client.request('launch', { program: '/ws/p.o', entry: 'same', events: '/ws/e.jsonl', ...more });
  await client.event('initialized');
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

describe('a program that asks for the types of a kernel', () => {
  it('is debugged as that kernel would run it', async () => {
    const client = await launched({ kernelBtf: '/ws/mark' });
    const { instructions } = await client.request<DebugProtocol.DisassembleResponse['body'] & object>('disassemble', {
      memoryReference: (await top(client)).instructionPointerReference,
      instructionCount: 1,
    });
    expect(instructions[0]?.instruction).toContain('r0 = *(u32 *)(r1 +8)');
    await client.request('disconnect');
  });

  it('needs them, and says how to give them', async () => {
    await expect(launched({})).rejects.toThrow(/cannot be debugged.*ebpf\.kernelBtf/);
    await expect(launched({ kernelBtf: '/ws/none' })).rejects.toThrow(
      '"kernelBtf": /ws/none: no such file or directory',
    );
  });
});

async function top(client: DapClient): Promise<DebugProtocol.StackFrame> {
  const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
    threadId: 1,
  });
  return stackFrames[0] as DebugProtocol.StackFrame;
}
