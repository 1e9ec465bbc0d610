import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { DapClient } from './client.ts';

const FILTER = `(000) ldb      [x + 1]
(001) st       M[2]
(002) jeq      #0x7             jt 3	jf 5
(003) ldxb     4*([0]&0xf)
(004) ret      #100
(005) ret      #0
`;

const packet = (second: number): number[] => [0x45, second, ...Array(58).fill(0)];
const CAPTURE = Uint8Array.from([...pcapHeader(), ...pcapRecord(packet(7)), ...pcapRecord(packet(8))]);

async function launch(lines: readonly number[]): Promise<DapClient> {
  const client = new DapClient({ '/ws/f.cbpf': FILTER, '/ws/two.pcap': CAPTURE });
  await client.request('initialize', { adapterID: 'ebpf', linesStartAt1: true, columnsStartAt1: true });
  const launched = client.request('launch', { program: '/ws/f.cbpf', events: '/ws/two.pcap' });
  await client.event('initialized');
  const source = { path: '/ws/f.cbpf' };
  await client.request('setBreakpoints', { source, breakpoints: lines.map((line) => ({ line })) });
  await client.request('configurationDone');
  await launched;
  await client.event('stopped');
  return client;
}

/** Where the filter stands, and its registers. */
async function state(client: DapClient): Promise<string> {
  const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
    threadId: 1,
  });
  const frameId = stackFrames[0]?.id;
  const { scopes } = await client.request<{ scopes: DebugProtocol.Scope[] }>('scopes', { frameId });
  const { variables } = await client.request<{ variables: DebugProtocol.Variable[] }>('variables', {
    variablesReference: scopes.find(({ name }) => name === 'Filter')?.variablesReference,
  });
  return `line ${stackFrames[0]?.line}: ${variables.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
}

async function move(client: DapClient, command: string): Promise<string> {
  await client.request(command, { threadId: 1 });
  const { description } = await client.event<{ description: string }>('stopped');
  return `${await state(client)} (${description})`;
}

describe('debugging a filter', () => {
  it('steps over its lines, in both directions', async () => {
    const client = await launch([]);
    expect(await state(client)).toBe('line 1: A=0 X=0');
    expect(await move(client, 'next')).toBe('line 2: A=7 X=0 (event 1/2)');
    expect(await move(client, 'next')).toBe('line 3: A=7 X=0 M[2]=7 (event 1/2)');
    expect(await move(client, 'next')).toBe('line 4: A=7 X=0 M[2]=7 (event 1/2)');
    expect(await move(client, 'next')).toBe('line 5: A=7 X=0x14 (20) M[2]=7 (event 1/2)');
    expect(await move(client, 'stepBack')).toBe('line 4: A=7 X=0 M[2]=7 (event 1/2)');
  });

  it('evaluates names of the filter', async () => {
    const client = await launch([4]);
    await move(client, 'continue');
    const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
      threadId: 1,
    });
    const values = ['A', '%x', 'm[2]', 'r0'].map((expression) =>
      client.request<{ result: string }>('evaluate', { expression, frameId: stackFrames[0]?.id, context: 'watch' }),
    );
    expect((await Promise.all(values)).map(({ result }) => result)).toEqual(['7', '0', '7', '7']);
  });

  it('stops at breakpoints and names the verdict', async () => {
    const client = await launch([6]);
    expect(await move(client, 'continue')).toBe('line 6: A=8 X=0 M[2]=8 (breakpoint, event 2/2)');
    expect(await move(client, 'stepOut')).toMatch(/event 2\/2 · drop/);
  });
});
