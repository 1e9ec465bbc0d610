import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { DapClient } from './client.ts';

const DATA = path.resolve(import.meta.dirname, '../data/elf');
const SOURCE = '/ws/src/locals.bpf.c';

/** An Ethernet header with type 8, and zeros. */
const packet = Array.from({ length: 60 }, (_, index) => (index === 12 ? 8 : 0));
const CAPTURE = Uint8Array.from([...pcapHeader(), ...pcapRecord(packet), ...pcapRecord(packet)]);

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(DATA, name)));
}

async function stoppedAt(line: number, object = 'locals.clang19.o'): Promise<DapClient> {
  const files: Record<string, Uint8Array> = {
    '/ws/locals.o': bytesOf(`debug/${object}`),
    [SOURCE]: bytesOf('src/locals.bpf.c'),
    '/ws/two.pcap': CAPTURE,
  };
  const client = new DapClient((name) => {
    const file = files[name];
    if (file === undefined) throw new Error('no such file or directory');
    return file;
  });
  await client.request('initialize', { adapterID: 'ebpf' });
  const launch = client.request('launch', { program: '/ws/locals.o', events: '/ws/two.pcap', stopOnEntry: false });
  await client.event('initialized');
  await client.request('setBreakpoints', { source: { path: SOURCE }, breakpoints: [{ line }] });
  await client.request('configurationDone');
  await launch;
  await client.event('stopped');
  return client;
}

async function frames(client: DapClient): Promise<readonly DebugProtocol.StackFrame[]> {
  const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId: 1 });
  return stackFrames;
}

/** `name = value` of the locals of a frame. */
async function localsOf(client: DapClient, frame = 0): Promise<string[]> {
  const frameId = (await frames(client))[frame]?.id ?? 0;
  const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
  const reference = scopes.find(({ name }) => name === 'Locals')?.variablesReference ?? 0;
  const { variables } = await client.request<DebugProtocol.VariablesResponse['body']>('variables', {
    variablesReference: reference,
  });
  return variables.map(({ name, value }) => `${name} = ${value}`);
}

async function evaluate(client: DapClient, expression: string): Promise<string> {
  const { result } = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
    expression,
    frameId: 1,
  });
  return result;
}

describe('an object that clang optimised', () => {
  it('shows locals: in registers, on the stack, constants, and what is optimised out', async () => {
    const client = await stoppedAt(65);
    const locals = await localsOf(client);
    expect(locals.slice(0, 3)).toEqual([
      'ctx = no value here',
      expect.stringMatching(/^data = 0x[0-9a-f]+ = packet\+0 /),
      expect.stringMatching(/^end = 0x[0-9a-f]+ = packet end$/),
    ]);
    expect(locals).toContain('one = 1');
    expect(locals).toContain('key = {low = 0, high = 17, color = GREEN (5), optimised out}');
  });

  it.each([
    ['key.high', '17'],
    ['key.words[0][0]', 'optimised out'],
    ['key.wide', 'optimised out'],
    ['key.color', 'GREEN (5)'],
    ['one', '1'],
    ['*data', expect.any(String)],
  ])('%s is evaluated', async (expression, expected) => {
    const client = await stoppedAt(65);
    if (expression === '*data') await expect(evaluate(client, expression)).rejects.toThrow('can be evaluated');
    else expect(await evaluate(client, expression)).toEqual(expected);
  });

  it('shows what was inlined as a frame with locals of its own', async () => {
    const client = await stoppedAt(28);
    expect((await frames(client)).slice(0, 2).map(({ name, line }) => `${name} ${line}`)).toEqual([
      'parse 28',
      'locals 54',
    ]);
    expect(await localsOf(client)).toEqual([
      expect.stringMatching(/^data = 0x[0-9a-f]+ = packet\+0 /),
      expect.stringMatching(/^end = 0x[0-9a-f]+ = packet end$/),
      'proto = optimised out',
      'unused = 7',
      expect.stringMatching(/^eth = 0x[0-9a-f]+ = packet\+0 /),
    ]);
    expect(await evaluate(client, 'eth->h_proto')).toBe('8');
    expect(await evaluate(client, 'proto')).toBe('optimised out');
  });

  it('tells variables of one name apart, and computes what clang does not keep', async () => {
    const client = await stoppedAt(41);
    const locals = (await localsOf(client)).filter((one) => !one.startsWith('____fmt'));
    expect(locals).toEqual([
      'length = 60',
      'factor = 3',
      'calls = 1',
      'sum @ locals.bpf.c:37 = 180',
      expect.stringMatching(/^i = /),
      expect.stringMatching(/^sum = /),
    ]);
  });

  it('has the variables of a block only there', async () => {
    const names = async (line: number): Promise<string[]> =>
      (await localsOf(await stoppedAt(line))).map((one) => one.split(' ')[0]!);
    expect(await names(65)).not.toContain('before');
    const second = await stoppedAt(60);
    expect(await localsOf(second)).toContain('before = 1');
  });

  it.each(['locals.dwarf4.o', 'locals.dwarf64.o', 'locals.clang19.O1.o'])('shows the same of %s', async (object) => {
    const client = await stoppedAt(66, object);
    expect(await evaluate(client, 'key.high')).toBe('17');
    expect(await evaluate(client, 'length')).toBe('60');
  });
});

/** The two innermost frames after each step. */
async function walk(client: DapClient, commands: readonly string[]): Promise<string[]> {
  const places: string[] = [];
  for (const command of commands) {
    await client.request(command, { threadId: 1 });
    await client.event('stopped');
    places.push((await frames(client)).slice(0, -1).map(({ name, line }) => `${name} ${line}`).join(' < ')); // prettier-ignore
  }
  return places;
}

describe('steps in what clang inlined', () => {
  it.each([
    ['over the call', 52, ['next', 'next', 'next', 'next'], ['locals 51', 'locals 54', 'locals 56', 'locals 57']],
    [
      'into the call',
      52,
      ['next', 'next', 'stepIn', 'next', 'next'],
      ['locals 51', 'locals 54', 'parse 28 < locals 54', 'parse 30 < locals 54', 'locals 56'],
    ],
    [
      'out of the call',
      52,
      ['next', 'next', 'stepIn', 'stepOut'],
      ['locals 51', 'locals 54', 'parse 28 < locals 54', 'locals 56'],
    ],
    ['back over the call', 56, ['stepBack', 'stepBack'], ['locals 54', 'locals 51']],
  ])('%s', async (_, line, commands, places) => {
    expect(await walk(await stoppedAt(line), commands)).toEqual(places);
  });
});
