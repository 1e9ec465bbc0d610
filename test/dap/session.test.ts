import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { DapClient } from './client.ts';

const PROGRAM = `.license "GPL"
.map seen, type=array, key=4, value=8, entries=4

.section "xdp"
count:
    r6 = r1                            // 6
    r2 = *(u32 *)(r1 + 4)              // 7
    r1 = *(u32 *)(r1 + 0)              // 8
    r3 = r1                            // 9
    r3 += 14                           // 10
    if r3 > r2 goto short              // 11
    call length                        // 12
    *(u32 *)(r10 - 4) = r0             // 13
    r1 = seen ll                       // 14
    r2 = r10                           // 15
    r2 += -4                           // 16
    call bpf_map_lookup_elem           // 17
    if r0 == 0 goto short              // 18
    r1 = 1                             // 19
    lock *(u64 *)(r0 + 0) += r1        // 20
    r0 = 2                             // 21
    exit                               // 22
short:
    r0 = 1                             // 24
    exit                               // 25
length:
    r0 = *(u8 *)(r1 + 12)              // 27
    r0 &= 3                            // 28
    exit                               // 29
`;

const packet = (type: number, length = 60): number[] => [...Array(12).fill(1), type, 0, ...Array(length - 14).fill(7)];
const CAPTURE = Uint8Array.from([
  ...pcapHeader(),
  ...pcapRecord(packet(8)),
  ...pcapRecord(packet(9)),
  ...pcapRecord(packet(9)),
]);
const FILES = { '/ws/count.bpfasm': PROGRAM, '/ws/three.pcap': CAPTURE };

interface Stopped {
  readonly reason: string;
  readonly description: string;
  readonly text?: string;
  readonly hitBreakpointIds?: number[];
}

async function launch(
  args: object = {},
  lines: number[] = [],
  files: Record<string, string | Uint8Array> = FILES,
): Promise<DapClient> {
  const client = new DapClient(files);
  await client.request('initialize', { adapterID: 'ebpf', linesStartAt1: true, columnsStartAt1: true });
  const launched = client.request('launch', { program: '/ws/count.bpfasm', events: '/ws/three.pcap', ...args });
  await client.event('initialized');
  await client.request('setBreakpoints', {
    source: { path: '/ws/count.bpfasm' },
    breakpoints: lines.map((line) => ({ line })),
  });
  await client.request('setExceptionBreakpoints', { filters: ['trap'] });
  await client.request('configurationDone');
  await launched;
  return client;
}

async function top(client: DapClient): Promise<DebugProtocol.StackFrame> {
  const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
    threadId: 1,
  });
  const [frame] = stackFrames;
  if (frame === undefined) throw new Error('no frame');
  return frame;
}

async function line(client: DapClient): Promise<string> {
  const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
    threadId: 1,
  });
  return stackFrames
    .slice(0, -1)
    .map(({ name, line }) => `${name}:${line}`)
    .join(' ');
}

async function step(client: DapClient, command: string, args: object = {}): Promise<string> {
  await client.request(command, { threadId: 1, ...args });
  const { description } = await client.event<Stopped>('stopped');
  return `${await line(client)} (${description})`;
}

/** A scope's variables, two levels deep, as `name=value`. */
async function scope(client: DapClient, name: string): Promise<string[]> {
  const { scopes } = await client.request<{ scopes: DebugProtocol.Scope[] }>('scopes', {
    frameId: (await top(client)).id,
  });
  const reference = scopes.find((one) => one.name === name)?.variablesReference ?? 0;
  const read = async (variablesReference: number): Promise<string[]> => {
    const { variables } = await client.request<{ variables: DebugProtocol.Variable[] }>('variables', {
      variablesReference,
    });
    const lines: string[] = [];
    for (const variable of variables) {
      lines.push(`${variable.name}=${variable.value}`);
      if (variable.variablesReference > 0)
        lines.push(...(await read(variable.variablesReference)).map((text) => `  ${text}`));
    }
    return lines;
  };
  return read(reference);
}

describe('a debug session', () => {
  it('stops on entry and shows registers, context and packet', async () => {
    const client = await launch();
    expect(await client.event<Stopped>('stopped')).toMatchObject({ reason: 'entry', description: 'event 1/3' });
    expect(await line(client)).toBe('count:6');
    const registers = await scope(client, 'Registers');
    expect(registers[0]).toBe('r0=not set');
    expect(registers[1]).toMatch(/^r1=0x[\da-f]+ = context$/);
    expect(registers[10]).toMatch(/= fp$/);
    expect((await scope(client, 'Context')).slice(0, 2)).toEqual([
      expect.stringMatching(/^data=0x[\da-f]+ = packet\+0 \(60 left\)$/),
      expect.stringMatching(/^data_end=0x[\da-f]+ = packet end$/),
    ]);
    expect(await scope(client, 'Packet')).toContain('  source=01:01:01:01:01:01');
  });

  it('steps over, into and out of functions, and on to the next event', async () => {
    const client = await launch({}, [12]);
    await client.event('stopped');
    expect(await step(client, 'continue')).toBe('count:12 (breakpoint, event 1/3)');
    expect(await step(client, 'stepIn')).toBe('length:27 count:12 (event 1/3)');
    expect(await step(client, 'stepOut')).toBe('count:13 (event 1/3)');
    expect(await step(client, 'stepBack')).toBe('count:12 (event 1/3)');
    expect(await step(client, 'next')).toBe('count:13 (event 1/3)');
    expect(await step(client, 'stepOut')).toBe('count:22 (event 1/3 · XDP_PASS)');
    expect(await step(client, 'next')).toBe('count:6 (event 2/3)');
    expect(await step(client, 'stepBack')).toBe('count:22 (event 1/3 · XDP_PASS)');
  });

  it('goes backwards over maps, packets and events, and forward again to the same', async () => {
    const client = await launch({}, [21]);
    await client.event('stopped');
    expect(await step(client, 'continue')).toBe('count:21 (breakpoint, event 1/3)');
    expect(await scope(client, 'Maps')).toContain('  [0]=1');
    expect(await step(client, 'continue')).toBe('count:21 (breakpoint, event 2/3)');
    expect(await step(client, 'continue')).toBe('count:21 (breakpoint, event 3/3)');
    expect(await scope(client, 'Maps')).toEqual([expect.stringMatching(/^seen=array/), '  [0]=1', '  [1]=2']);
    expect(await step(client, 'reverseContinue')).toBe('count:21 (breakpoint, event 2/3)');
    expect(await scope(client, 'Maps')).toEqual([expect.stringMatching(/^seen=array/), '  [0]=1', '  [1]=1']);
    expect(await step(client, 'reverseContinue')).toBe('count:21 (breakpoint, event 1/3)');
    expect(await step(client, 'stepBack')).toBe('count:20 (event 1/3)');
    expect(await scope(client, 'Maps')).toEqual([
      expect.stringMatching(/^seen=array/),
      '  (empty)=all values are zero',
    ]);
    expect(await step(client, 'reverseContinue')).toBe('count:6 (start of recording, event 1/3)');
    expect(await step(client, 'continue')).toBe('count:21 (breakpoint, event 1/3)');
  });

  it('jumps from event to event', async () => {
    const client = await launch({ startAt: 2 });
    expect((await client.event<Stopped>('stopped')).description).toBe('event 2/3');
    expect(await step(client, 'ebpf/nextEvent')).toBe('count:6 (event 3/3)');
    expect(await step(client, 'ebpf/nextEvent')).toBe('count:6 (end of recording, event 3/3)');
    expect(await step(client, 'ebpf/previousEvent')).toBe('count:6 (event 2/3)');
    expect(await step(client, 'ebpf/goToEvent', { event: 1 })).toBe('count:6 (event 1/3)');
  });

  it('stops at the end of the recording, so that there is a way back', async () => {
    const client = await launch();
    await client.event('stopped');
    expect(await step(client, 'continue')).toBe('count:22 (end of recording, event 3/3 · XDP_PASS)');
    expect(await step(client, 'stepBack')).toBe('count:21 (event 3/3)');
  });

  it('takes breakpoints while the program runs, and can be paused', async () => {
    const endless = PROGRAM.replace('short:\n    r0 = 1 ', 'short:\n    goto short\n    r0 = 1 ');
    const short = Uint8Array.from([...pcapHeader(), ...pcapRecord(packet(8, 14)), ...pcapRecord(packet(8, 14))]);
    const files = { ...FILES, '/ws/count.bpfasm': endless.replace('r3 += 14', 'r3 += 15'), '/ws/short.pcap': short };
    const client = await launch({ events: '/ws/short.pcap' }, [], files);
    await client.event('stopped');
    await client.request('continue', { threadId: 1 });
    const refused = await client.raw('stackTrace', { threadId: 1 });
    expect(refused).toMatchObject({ success: false, message: expect.stringMatching(/running/) });
    await client.request('pause', { threadId: 1 });
    expect(await client.event<Stopped>('stopped')).toMatchObject({ reason: 'pause' });
    expect(await line(client)).toBe('count:24');
    await client.request('continue', { threadId: 1 });
    await client.request('setBreakpoints', { source: { path: '/ws/count.bpfasm' }, breakpoints: [{ line: 24 }] });
    expect(await client.event<Stopped>('stopped')).toMatchObject({ reason: 'breakpoint' });
    expect(await step(client, 'reverseContinue')).toBe('count:24 (breakpoint, event 1/2)');
  });

  it('stops at a fault with its reason', async () => {
    const broken = PROGRAM.replace('if r3 > r2 goto short   ', 'r9 = *(u8 *)(r1 + 70)   ');
    const client = await launch({ stopOnEntry: false }, [], { ...FILES, '/ws/count.bpfasm': broken });
    const stop = await client.event<Stopped>('stopped');
    expect(stop).toMatchObject({ reason: 'exception', description: 'fault in event 1/3' });
    expect(stop.text).toMatch(/packet/);
    expect(await line(client)).toBe('count:11');
    expect(await step(client, 'stepBack')).toBe('count:10 (event 1/3)');
  });

  it('disassembles windows of any size, before and behind the code', async () => {
    const client = await launch();
    await client.event('stopped');
    const { instructionPointerReference = '' } = await top(client);
    interface Rows {
      instructions: DebugProtocol.DisassembledInstruction[];
    }
    const window = async (
      instructionOffset: number,
      instructionCount: number,
    ): Promise<DebugProtocol.DisassembledInstruction[]> =>
      (
        await client.request<Rows>('disassemble', {
          memoryReference: instructionPointerReference,
          offset: 0,
          instructionOffset,
          instructionCount,
        })
      ).instructions;
    const all = await window(-50, 100);
    expect(all).toHaveLength(100);
    expect(all.slice(0, 50).every(({ presentationHint }) => presentationHint === 'invalid')).toBe(true);
    expect(all[50]).toMatchObject({ address: instructionPointerReference, line: 6 });
    expect(all[50]?.instruction).toMatch(/^<count\+0> {2}r6 = r1$/);
    for (const [offset, count] of [
      [0, 5],
      [3, 10],
      [-3, 4],
      [20, 10],
      [60, 3],
    ] as const)
      expect(await window(offset, count)).toEqual(
        Array.from({ length: count }, (_, row) => all[50 + offset + row] ?? expect.objectContaining({ address: '-1' })),
      );
  });

  it('takes breakpoints on functions and instructions, and moves those on empty lines', async () => {
    const client = await launch({}, [23, 99]);
    await client.event('stopped');
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', {
      source: { path: '/ws/count.bpfasm' },
      breakpoints: [{ line: 23 }, { line: 99 }],
    });
    expect(breakpoints.map(({ verified, line }) => [verified, line])).toEqual([
      [true, 24],
      [false, undefined],
    ]);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'length' }] });
    expect(await step(client, 'continue')).toBe('length:27 count:12 (breakpoint, event 1/3)');
    const { instructionPointerReference } = await top(client);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: instructionPointerReference, offset: 8 }],
    });
    expect(await step(client, 'continue')).toBe('length:28 count:12 (breakpoint, event 1/3)');
  });

  it('begins with the maps that a file gives', async () => {
    const files = { ...FILES, '/ws/maps.json': '{"seen": [{"key": 3, "value": 9}]}', '/ws/bad.json': '{"sean": []}' };
    const client = await launch({ maps: '/ws/maps.json' }, [], files);
    await client.event('stopped');
    const found = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression: 'seen',
      frameId: (await top(client)).id,
    });
    const { variables } = await client.request<{ variables: DebugProtocol.Variable[] }>('variables', found);
    expect(variables.map(({ name, value }) => [name, value])).toEqual([['[3]', '9']]);
    const other = new DapClient(files);
    await other.request('initialize', { adapterID: 'ebpf' });
    const refused = other.request('launch', { program: '/ws/count.bpfasm', maps: '/ws/bad.json' });
    await expect(refused).rejects.toThrow('/ws/bad.json:1:2: there is no map sean; there are seen');
  });

  it('evaluates registers, context fields and maps', async () => {
    const client = await launch({}, [11]);
    await client.event('stopped');
    await step(client, 'continue');
    const frameId = (await top(client)).id;
    const evaluate = async (expression: string): Promise<string> =>
      (await client.request<{ result: string }>('evaluate', { expression, frameId, context: 'hover' })).result;
    expect(await evaluate('r3')).toMatch(/= packet\+14 \(46 left\)$/);
    expect(await evaluate('ctx->data')).toMatch(/= packet\+0/);
    expect(await evaluate('seen')).toMatch(/^array, 4 → 8 bytes/);
    await expect(evaluate('nonsense')).rejects.toThrow(/Registers/);
  });
});

describe('events that the program cannot get', () => {
  const SHORT = Uint8Array.from([
    ...pcapHeader(),
    ...pcapRecord([1, 2, 3]),
    ...pcapRecord(packet(8)),
    ...pcapRecord([4]),
  ]);

  it('are passed over, which is said once', async () => {
    const client = await launch({ events: '/ws/short.pcap' }, [], { ...FILES, '/ws/short.pcap': SHORT });
    expect((await client.event<Stopped>('stopped')).description).toBe('event 2/3');
    expect(await step(client, 'continue')).toBe(' (end of recording, event 3/3)');
    const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {});
    expect(stackFrames[0]?.name).toMatch(/^event 3\/3: .*not given to the program/);
    expect(await step(client, 'stepBack')).toBe('count:22 (event 2/3 · XDP_PASS)');
    expect(await step(client, 'reverseContinue')).toBe(' (start of recording, event 1/3)');
    const said = client.messages.flatMap((message) =>
      'event' in message && message.event === 'output' ? [message.body] : [],
    );
    expect(said).toEqual([
      { category: 'console', output: expect.stringMatching(/^Event 1 is not given to the program: .+\.\n$/) },
      ...said.slice(1),
    ]);
    expect(new Set(said.map(({ output }: { output: string }) => output)).size).toBe(said.length);
  });
});

describe('a program file with mistakes', () => {
  it('is debugged up to the first of them, and they are told', async () => {
    const broken = PROGRAM.replace('r6 = r1  ', 'r6 := r1 ');
    const client = await launch({ stopOnEntry: false }, [], { ...FILES, '/ws/count.bpfasm': broken });
    expect(await client.event<Stopped>('stopped')).toMatchObject({ reason: 'exception' });
    const told = client.messages.flatMap((message) =>
      'event' in message && message.event === 'output' ? [message.body] : [],
    );
    expect(told[0]).toMatchObject({ category: 'important', output: expect.stringMatching(/^\/ws\/count\.bpfasm: /) });
  });

  it('is refused when only a kernel could complete it', async () => {
    const needs = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../data/elf/needs.clang19.o')));
    const client = new DapClient({ '/ws/needs.o': needs });
    const { success, message } = await client.raw('launch', { program: '/ws/needs.o' });
    expect(success).toBe(false);
    expect(message).toMatch(/cannot be debugged: core cannot be run without a kernel/);
  });
});

describe('bad requests', () => {
  it.each([
    ['no program', {}, 'names no "program"'],
    ['a missing program', { program: '/nowhere.bpfasm' }, 'cannot be read: no such file'],
    ['a program that is none', { program: '/ws/three.pcap' }, 'unknown kind of file'],
    ['a missing recording', { program: '/ws/count.bpfasm', events: '/nowhere.pcap' }, 'cannot be read'],
    ['a recording that is none', { program: '/ws/count.bpfasm', events: '/ws/count.bpfasm' }, ''],
    ['an unknown entry', { program: '/ws/count.bpfasm', entry: 'other', events: '/ws/three.pcap' }, 'no program other'],
    ['an event past the end', { program: '/ws/count.bpfasm', events: '/ws/three.pcap', startAt: 9 }, 'events 1 to 3'],
    ['a number for a text', { program: 5 }, 'must be a text'],
    ['a missing world file', { program: '/ws/count.bpfasm', world: '/nowhere.json' }, 'cannot be read: no such file'],
    ['a bad world file', { program: '/ws/count.bpfasm', world: '/ws/count.bpfasm' }, '/ws/count.bpfasm:1:1: no valid'],
  ])('%s is refused with the reason', async (_what, args, message) => {
    const client = new DapClient(FILES);
    await client.request('initialize', { adapterID: 'ebpf' });
    const response = await client.raw('launch', args);
    expect(response.success).toBe(false);
    expect(response.message).toContain(message);
    expect(response.message).not.toContain('report this');
  });

  it('are answered, each exactly once, whatever they hold', async () => {
    const client = await launch();
    await client.event('stopped');
    const commands = [
      'initialize',
      'launch',
      'setBreakpoints',
      'setFunctionBreakpoints',
      'setInstructionBreakpoints',
      'setExceptionBreakpoints',
      'threads',
      'stackTrace',
      'scopes',
      'variables',
      'evaluate',
      'disassemble',
      'source',
      'ebpf/goToEvent',
      'noSuchThing',
      '__proto__',
      'constructor',
    ];
    const values: unknown[] = [
      undefined,
      null,
      1,
      'x',
      [],
      {},
      { source: {} },
      { source: null, breakpoints: 7 },
      { breakpoints: [{}, null] },
      { frameId: -1 },
      { frameId: 1e9 },
      { variablesReference: 1e9 },
      { expression: 5 },
      { memoryReference: 'zz' },
      { memoryReference: '0x10000000', instructionCount: 1e12 },
      { memoryReference: '0', instructionCount: -4, instructionOffset: -1e9 },
      { event: 1e99 },
      { filters: 3 },
    ];
    for (const command of commands)
      for (const value of values) {
        const response = await client.raw(command, value);
        expect(typeof response.success).toBe('boolean');
      }
    expect(await line(client)).toMatch(/^count:6$/);
  });
});

const PROBE = `.license "GPL"
.section "kprobe/do_open"
opened:
    r3 = *(u64 *)(r1 + 104)
    r1 = r10
    r1 += -8
    r2 = 8
    call bpf_probe_read_user_str
    exit
`;
const HOOKS = [
  '{"format":"bpf-events","version":1}',
  '{"ev":"kprobe:do_open","pid":7,"comm":"cat","regs":{"di":42,"si":"0x7ffd10"},"mem":[{"user":"0x7ffd10","hex":"2f746d7000"}]}',
  '{"ev":"lsm:file_open","args":[1]}',
  '{"ev":"kprobe:do_open","pid":8,"comm":"sh","regs":{"di":43,"si":"0x10"}}',
].join('\n');

describe('a debug session on hooks', () => {
  const files = { '/ws/probe.bpfasm': PROBE, '/ws/hooks.jsonl': HOOKS };
  const launched = (more: object = {}): Promise<DapClient> =>
    launch({ program: '/ws/probe.bpfasm', events: '/ws/hooks.jsonl', ...more }, [], files);

  it('shows registers by name, and says what the event is', async () => {
    const client = await launched();
    expect(await client.event<Stopped>('stopped')).toMatchObject({ description: 'event 1/3' });
    const context = await scope(client, 'Context');
    expect(context).toHaveLength(21);
    expect([context[13], context[14]]).toEqual(['si=0x7ffd10 (8387856)', 'di=0x2a (42)']);
    const { result } = await client.request<{ result: string }>('evaluate', {
      expression: 'ctx->di',
      frameId: (await top(client)).id,
    });
    expect(result).toBe('0x2a (42)');
  });

  it('goes past events of other hooks, and reads what each event recorded, in both directions', async () => {
    const client = await launched({ stopOnEntry: true });
    await client.event<Stopped>('stopped');
    const r0AtExit = async (): Promise<string | undefined> => {
      for (let step = 0; step < 5; step++) {
        await client.request('next', { threadId: 1 });
        await client.event<Stopped>('stopped');
      }
      return (await scope(client, 'Registers'))[0];
    };
    expect(await r0AtExit()).toBe('r0=5');
    await client.request('ebpf/nextEvent', {});
    expect(await client.event<Stopped>('stopped')).toMatchObject({ description: 'event 3/3' });
    expect(await r0AtExit()).toBe('r0=0xfffffffffffffff2 (-14)');
    await client.request('ebpf/previousEvent', {});
    expect(await client.event<Stopped>('stopped')).toMatchObject({ description: 'event 1/3' });
    expect(await r0AtExit()).toBe('r0=5');
  });
});
