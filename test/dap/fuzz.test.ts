import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { randomNumbers } from '../support/random.ts';
import { DapClient } from './client.ts';

type Next = (below: number) => number;

const PROGRAM = `.license "GPL"
.map seen, type=array, key=4, value=8, entries=5000
.map flows, type=hash, key=4, value=64, entries=16
.section "xdp"
main:
  r6 = r1
  r7 = *(u32 *)(r6 + 0)
  r8 = 200
again:
  r1 = r7
  call length
  r8 += -1
  if r8 != 0 goto again
  r0 = 2
  exit
length:
  r0 = *(u8 *)(r1 + 12)
  *(u64 *)(r10 - 8) = r0
  exit
`;
const record = pcapRecord(Array.from({ length: 60 }, (_, i) => i));
const FILES = {
  '/ws/main.bpfasm': PROGRAM,
  '/ws/ten.pcap': Uint8Array.from([...pcapHeader(), ...Array.from({ length: 10 }, () => record).flat()]),
};

const source = { path: '/ws/main.bpfasm' };
const move = { threadId: 1, granularity: 'line' };

/** A good request of every kind; the fuzzer spoils some of what is in it. */
const REQUESTS: readonly (readonly [string, object])[] = [
  ['initialize', { adapterID: 'ebpf', linesStartAt1: true, columnsStartAt1: true }],
  ['launch', { program: '/ws/main.bpfasm', events: '/ws/ten.pcap', startAt: 3, seed: 1, entry: 'main' }],
  ['configurationDone', {}],
  ['setBreakpoints', { source, breakpoints: [{ line: 7 }, { line: 16, column: 2 }], lines: [3] }],
  ['setFunctionBreakpoints', { breakpoints: [{ name: 'length' }, { name: 'main' }] }],
  ['setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x10000010', offset: 8 }] }],
  ['setExceptionBreakpoints', { filters: ['trap'], filterOptions: [] }],
  ['threads', {}],
  ['stackTrace', { threadId: 1, startFrame: 0, levels: 20 }],
  ['scopes', { frameId: 1 }],
  ['variables', { variablesReference: 3, start: 0, count: 100, filter: 'indexed' }],
  ['variables', { variablesReference: 1 }],
  ['evaluate', { expression: 'r6', frameId: 1, context: 'hover' }],
  ['evaluate', { expression: 'seen', context: 'repl' }],
  ['next', move],
  ['stepIn', move],
  ['stepOut', move],
  ['stepBack', { threadId: 1, granularity: 'instruction' }],
  ['continue', { threadId: 1 }],
  ['reverseContinue', { threadId: 1 }],
  ['pause', { threadId: 1 }],
  ['disassemble', { memoryReference: '0x10000000', offset: 0, instructionOffset: -20, instructionCount: 50 }],
  ['source', { source: { sourceReference: 1 }, sourceReference: 1 }],
  ['ebpf/nextEvent', {}],
  ['ebpf/previousEvent', {}],
  ['ebpf/goToEvent', { event: 4 }],
  ['restart', {}],
  ['noSuchRequest', {}],
];

const JUNK: readonly unknown[] = [
  undefined, null, true, 0, -1, 1.5, Number.NaN, 1e9, 2 ** 31, 2 ** 53, -(2 ** 53), '', 'x', '0x10000008', '-1', '1e400',
  '__proto__', 'constructor', '\u0000', 'r99', 'ctx->', 'x'.repeat(20_000), [], [null], [[]], {}, { path: 5 },
  { line: 'a' }, { name: null }, { toString: 1 }, Array.from({ length: 200 }, () => ({ line: 1 })),
]; // prettier-ignore

function mutate(value: unknown, next: Next): unknown {
  if (next(5) === 0 || typeof value !== 'object' || value === null) return JUNK[next(JUNK.length)];
  if (Array.isArray(value)) {
    const list = [...(value as unknown[])];
    if (list.length > 0) list[next(list.length)] = mutate(list[0], next);
    return list;
  }
  const entries = Object.entries(value);
  const chosen = next(Math.max(1, entries.length));
  return Object.fromEntries(entries.map(([key, old], index) => [key, index === chosen ? mutate(old, next) : old]));
}

/** Everything that a client can see of where the program stands. */
async function state(client: DapClient): Promise<string> {
  const trace = await client.raw('stackTrace', { threadId: 1 });
  const frames = (trace.body as { stackFrames?: DebugProtocol.StackFrame[] } | undefined)?.stackFrames ?? [];
  if (!trace.success || frames.length < 2) return trace.message ?? 'idle';
  const registers = await Promise.all(
    Array.from({ length: 11 }, (_, r) => client.raw('evaluate', { expression: `r${r}`, frameId: 1 })),
  );
  const values = registers.map(({ body }) => (body as { result?: string } | undefined)?.result);
  return JSON.stringify([frames.map(({ name, line }) => `${name}:${line}`), values]);
}

async function session(next: Next, started: boolean): Promise<DapClient> {
  const client = new DapClient(FILES);
  if (!started) return client;
  await client.request('initialize', {});
  await client.request('launch', { program: '/ws/main.bpfasm', events: '/ws/ten.pcap', startAt: 1 + next(10) });
  await client.event('initialized');
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

/** One session of spoilt requests; answers how many. */
async function fuzzSession(seed: number): Promise<number> {
  const next = randomNumbers(seed);
  const client = await session(next, next(4) > 0);
  const length = 40 + next(200);
  for (let sent = 0; sent < length; sent++) {
    const [command, args] = REQUESTS[next(REQUESTS.length)] ?? ['threads', {}];
    const watched = next(6) === 0;
    const before = watched ? await state(client) : '';
    const response = await client.raw(command, next(3) === 0 ? args : mutate(args, next));
    if (!response.success) expect(response.message).not.toMatch(/report this/);
    if (watched && !response.success && !before.includes('running')) expect(await state(client)).toBe(before);
    // Sometimes the program runs on meanwhile.
    if (next(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const command of ['terminate', 'disconnect', 'disconnect'])
    expect((await client.raw(command, {})).success).toBe(true);
  for (const command of ['threads', 'next', 'stackTrace', 'launch', 'setBreakpoints', 'continue', 'configurationDone'])
    expect([command, (await client.raw(command, {})).success]).toEqual([command, command === 'threads']);
  expect(
    client.messages.filter(({ type, ...rest }) => type === 'event' && 'event' in rest && rest.event === 'terminated'),
  ).toHaveLength(1);
  return length;
}

describe('spoilt requests', () => {
  it('are answered once each, blame nobody, and change nothing when they fail', { timeout: 60_000 }, async () => {
    let sent = 0;
    for (let seed = 1; sent < 20_000; seed++) {
      try {
        sent += await fuzzSession(seed);
      } catch (error) {
        throw new Error(`in session ${seed}: ${String(error)}`, { cause: error });
      }
    }
    expect(sent).toBeGreaterThanOrEqual(20_000);
  });
});

describe('requests out of order', () => {
  it('are refused before the launch', async () => {
    const client = new DapClient(FILES);
    for (const [command, args] of REQUESTS) {
      if (['initialize', 'launch', 'threads'].includes(command)) continue;
      const { success, message } = await client.raw(command, args);
      expect([command, success]).toEqual([command, false]);
      expect(message).toMatch(/No program is being debugged yet|does not know/);
    }
  });

  it('are refused between launch and start, when they move or look', async () => {
    const client = new DapClient(FILES);
    await client.request('launch', { program: '/ws/main.bpfasm', events: '/ws/ten.pcap' });
    for (const command of ['next', 'continue', 'stepBack', 'stackTrace', 'ebpf/nextEvent'])
      expect(await client.raw(command, {})).toMatchObject({
        success: false,
        message: expect.stringMatching(/not been started/),
      });
    await client.request('configurationDone');
    await client.event('stopped');
    expect((await client.raw('configurationDone', {})).success).toBe(false);
  });

  it('launch once: a second one is refused even while the first is still reading', async () => {
    const client = new DapClient(FILES);
    const args = { program: '/ws/main.bpfasm', events: '/ws/ten.pcap' };
    const both = await Promise.all([client.raw('launch', args), client.raw('launch', args)]);
    expect(both.map(({ success }) => success).filter(Boolean)).toEqual([true]);
    await client.event('initialized');
    expect(client.messages.filter((message) => 'event' in message && message.event === 'initialized')).toHaveLength(1);
  });

  it('may launch again after a launch that failed', async () => {
    const client = new DapClient(FILES);
    expect((await client.raw('launch', { program: '/nowhere' })).success).toBe(false);
    expect((await client.raw('launch', { program: '/ws/main.bpfasm' })).success).toBe(true);
  });

  it('end the session while a launch is still reading', async () => {
    const client = new DapClient(FILES);
    const launched = client.raw('launch', { program: '/ws/main.bpfasm', events: '/ws/ten.pcap' });
    expect((await client.raw('disconnect', {})).success).toBe(true);
    expect((await launched).success).toBe(false);
  });
});
