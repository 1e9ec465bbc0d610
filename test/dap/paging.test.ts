import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { DapClient } from './client.ts';

/** Puts every packet's length and number into maps: one more entry of `flows` a packet. */
const PROGRAM = `.license "GPL"
.map large, type=array, key=4, value=8, entries=200000
.map flows, type=hash, key=4, value=200, entries=5000
.map cpus, type=percpu_array, key=4, value=8, entries=2000
.section "xdp"
main:
  r1 = 150000
  *(u32 *)(r10 - 4) = r1
  r1 = large ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = *(u64 *)(r0 + 0)
  r6 = r1
  r1 += 1
  *(u64 *)(r0 + 0) = r1
  r7 = r10
  r7 += -224
  *(u64 *)(r7 + 0) = r6
  *(u64 *)(r7 + 8) = 65
  r3 = r7
  r1 = r7
  r1 += 16
  r2 = 23
fill:
  *(u64 *)(r1 + 0) = r6
  r1 += 8
  r2 += -1
  if r2 != 0 goto fill
  *(u32 *)(r10 - 4) = r6
  r1 = flows ll
  r2 = r10
  r2 += -4
  r4 = 0
  call bpf_map_update_elem
out:
  r0 = 2
  exit
`;
const record = pcapRecord(Array.from({ length: 60 }, (_, i) => i));
const FILES = {
  '/ws/main.bpfasm': PROGRAM,
  '/ws/many.pcap': Uint8Array.from([...pcapHeader(), ...Array.from({ length: 1500 }, () => record).flat()]),
};

async function atEnd(): Promise<DapClient> {
  const client = new DapClient(FILES);
  await client.request('initialize', {});
  await client.request('launch', { program: '/ws/main.bpfasm', events: '/ws/many.pcap', stopOnEntry: false });
  await client.event('initialized');
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

type Variables = Pick<DebugProtocol.VariablesArguments, 'start' | 'count' | 'filter'>;

async function inside(client: DapClient, reference: number, args: Variables = {}): Promise<DebugProtocol.Variable[]> {
  const body = { variablesReference: reference, ...args };
  return (await client.request<{ variables: DebugProtocol.Variable[] }>('variables', body)).variables;
}

async function mapNamed(client: DapClient, expression: string): Promise<{ reference: number; indexed: number }> {
  const body = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', { expression });
  return { reference: body.variablesReference, indexed: body.indexedVariables ?? 0 };
}

const shown = (variables: readonly DebugProtocol.Variable[]): string[] =>
  variables.map(({ name, value }) => `${name}=${value}`);

describe('large maps', () => {
  it('are shown page by page', async () => {
    const client = await atEnd();
    const { reference, indexed } = await mapNamed(client, 'large');
    expect(indexed).toBe(200_000);
    const page = await inside(client, reference, { filter: 'indexed', start: 149_999, count: 3 });
    expect(shown(page)).toEqual(['[149999]=0', expect.stringMatching(/^\[150000\]=0x5d[bc] \(1\d+\)$/), '[150001]=0']);
    expect(await inside(client, reference, { filter: 'named' })).toEqual([]);
    expect(await inside(client, reference, { filter: 'indexed', start: 199_999, count: 100 })).toHaveLength(1);
    expect(await inside(client, reference, { filter: 'indexed', start: 400_000, count: 100 })).toEqual([]);
    const unpaged = await inside(client, reference);
    expect(unpaged).toHaveLength(1001);
    expect(shown(unpaged).at(-1)).toBe('…=199000 more');
  });

  it('have every entry on exactly one page', async () => {
    const client = await atEnd();
    const { reference, indexed } = await mapNamed(client, 'flows');
    expect(indexed).toBeGreaterThanOrEqual(1499);
    const names = new Set<string>();
    for (let start = 0; start < indexed; start += 100) {
      const page = await inside(client, reference, { filter: 'indexed', start, count: 100 });
      expect(page).toHaveLength(Math.min(100, indexed - start));
      for (const { name } of page) names.add(name);
    }
    expect(names.size).toBe(indexed);
    expect(names.has('[0]') && names.has('[1400]')).toBe(true);
  });

  it('open long values as rows of bytes', async () => {
    const client = await atEnd();
    const { reference } = await mapNamed(client, 'flows');
    const [entry] = await inside(client, reference, { filter: 'indexed', start: 0, count: 1 });
    expect(entry?.value).toMatch(/^([\da-f]{2} ){15}[\da-f]{2} … 184 more bytes$/);
    expect(entry?.indexedVariables).toBe(13);
    const rows = shown(
      await inside(client, entry?.variablesReference ?? 0, { filter: 'indexed', start: 0, count: 13 }),
    );
    expect(rows[0]).toMatch(/^\+0=([\da-f]{2} ){8}41 00 00 00 00 00 00 00 {2}.{8}A\.{7}$/);
    expect(rows[12]).toMatch(/^\+192=([\da-f]{2} ){7}[\da-f]{2} {2}.{8}$/);
  });

  it('forget their pages when the program moves on', async () => {
    const client = await atEnd();
    const { reference } = await mapNamed(client, 'large');
    await client.request('stepBack', { threadId: 1 });
    await client.event('stopped');
    const response = await client.raw('variables', { variablesReference: reference, start: 0, count: 10 });
    expect(response).toMatchObject({ success: false, message: expect.stringMatching(/gone/) });
    await mapNamed(client, 'flows');
    expect((await client.raw('variables', { variablesReference: reference })).success).toBe(false);
  });
});

describe('breakpoints', () => {
  it('stay as they were when setting them fails', async () => {
    const client = await atEnd();
    const source = { path: '/ws/main.bpfasm' };
    await client.request('setBreakpoints', { source, breakpoints: [{ line: 7 }] });
    for (const breakpoints of [[{ line: 8 }, { line: 'x' }], [null], 'no', [{}]])
      expect((await client.raw('setBreakpoints', { source, breakpoints })).success).toBe(false);
    await client.request('ebpf/goToEvent', { event: 1000 });
    await client.event('stopped');
    await client.request('reverseContinue', { threadId: 1 });
    expect(await client.event('stopped')).toMatchObject({
      reason: 'breakpoint',
      description: 'breakpoint, event 999/1500',
    });
  });

  it('are refused in the second slot of a wide instruction and outside the code', async () => {
    const client = await atEnd();
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setInstructionBreakpoints',
      {
        // The third instruction is a wide one.
        breakpoints: ['0x10000010', '0x10000018', '0x10000020', '0x10000004', '0xfffffff', '0x20000000'].map(
          (instructionReference) => ({ instructionReference }),
        ),
      },
    );
    expect(breakpoints.map(({ verified }) => verified)).toEqual([true, false, true, false, false, false]);
  });

  it('tell an instruction breakpoint from others, because the disassembly opens for it', async () => {
    const client = await atEnd();
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x10000000' }] });
    await client.request('reverseContinue', { threadId: 1 });
    expect(await client.event('stopped')).toMatchObject({ reason: 'instruction breakpoint' });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x10000020' }] });
    await client.request('reverseContinue', { threadId: 1 });
    expect(await client.event('stopped')).toMatchObject({ reason: 'instruction breakpoint' });
    await client.request('reverseContinue', { threadId: 1 });
    expect(await client.event('stopped')).toMatchObject({ reason: 'function breakpoint' });
  });
});
