import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { DapClient } from './client.ts';

const DATA = path.resolve(import.meta.dirname, '../data/elf');

const packet = Array.from({ length: 60 }, (_, index) => index);
const CAPTURE = Uint8Array.from([...pcapHeader(), ...pcapRecord(packet), ...pcapRecord(packet)]);

/** Files of a made-up folder, as they are in others. */
function filesOf(files: Readonly<Record<string, string | Uint8Array>>): (name: string) => Uint8Array {
  return (name) => {
    const file = files[name];
    if (file === undefined) throw new Error('no such file or directory');
    return typeof file === 'string' ? new Uint8Array(readFileSync(file)) : file;
  };
}

const SUBPROGS = {
  '/ws/subprogs.o': path.join(DATA, 'subprogs.clang19.o'),
  '/ws/src/subprogs.bpf.c': path.join(DATA, 'src/subprogs.bpf.c'),
  '/ws/two.pcap': CAPTURE,
};
const CALLBACKS = {
  '/ws/callbacks.o': path.join(DATA, 'callbacks.clang19.o'),
  '/ws/callbacks.bpf.c': path.join(DATA, 'src/callbacks.bpf.c'),
  '/ws/two.pcap': CAPTURE,
};

interface Launch {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly args: object;
  readonly source?: DebugProtocol.Source;
  readonly lines?: readonly number[];
}

async function launch({ files, args, source, lines = [] }: Launch): Promise<DapClient> {
  const client = new DapClient(filesOf(files));
  await client.request('initialize', { adapterID: 'ebpf' });
  await client.request('launch', { events: '/ws/two.pcap', ...args });
  await client.event('initialized');
  if (source !== undefined)
    await client.request('setBreakpoints', { source, breakpoints: lines.map((line) => ({ line })) });
  await client.request('setExceptionBreakpoints', { filters: ['trap'] });
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

/** `leaf:5 middle:12 | /ws/src/subprogs.bpf.c` */
async function where(client: DapClient): Promise<string> {
  const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
    threadId: 1,
  });
  const places = stackFrames.slice(0, -1).map(({ name, line }) => `${name}:${line}`);
  const { source } = stackFrames[0] ?? {};
  return `${places.join(' ')} | ${source?.path ?? `${source?.name} ${source?.sourceReference}`}`;
}

async function step(client: DapClient, command: string, args: object = {}): Promise<string> {
  await client.request(command, { threadId: 1, ...args });
  await client.event('stopped');
  return where(client);
}

async function walk(client: DapClient, commands: readonly string[]): Promise<string[]> {
  const places: string[] = [];
  for (const command of commands) places.push((await step(client, command)).replace(/ \| .*/, ''));
  return places;
}

describe('an object of clang, its C file beside it', () => {
  const args = { program: '/ws/subprogs.o', entry: 'first' };

  it('is stepped through by lines of C, into functions and back', async () => {
    const client = await launch({ files: SUBPROGS, args });
    expect(await where(client)).toBe('first:28 | /ws/src/subprogs.bpf.c');
    expect(
      await walk(client, ['stepIn', 'next', 'stepIn', 'stepIn', 'next', 'stepIn', 'next', 'stepBack', 'stepBack']),
    ).toEqual([
      'shared_hidden:20 first:28',
      'shared_hidden:22 first:28',
      'shared_global:17 shared_hidden:22 first:28',
      'middle:10 shared_global:17 shared_hidden:22 first:28',
      'middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:5 middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:7 middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:5 middle:12 shared_global:17 shared_hidden:22 first:28',
      'middle:12 shared_global:17 shared_hidden:22 first:28',
    ]);
    // Out of a function is where it was called; back from there is the line that called it, begun anew.
    expect(await walk(client, ['stepIn', 'stepOut', 'stepOut', 'stepOut', 'stepBack', 'next', 'next'])).toEqual([
      'leaf:5 middle:12 shared_global:17 shared_hidden:22 first:28',
      'middle:12 shared_global:17 shared_hidden:22 first:28',
      'shared_global:17 shared_hidden:22 first:28',
      'shared_hidden:22 first:28',
      'shared_hidden:22 first:28',
      'first:28',
      'first:28',
    ]);
    expect(await walk(client, ['stepBack', 'stepBack'])).toEqual(['first:28', 'first:28']);
  });

  it('stops at breakpoints on C lines, in every function that has the line', async () => {
    const source = { path: '/ws/src/subprogs.bpf.c' };
    const client = await launch({ files: SUBPROGS, args, source, lines: [7] });
    expect(await walk(client, ['continue', 'continue', 'continue', 'continue', 'reverseContinue'])).toEqual([
      'leaf:7 middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:7 middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:7 shared_hidden:22 first:28',
      'leaf:7 middle:12 shared_global:17 shared_hidden:22 first:28',
      'leaf:7 shared_hidden:22 first:28',
    ]);
    const other = await launch({
      files: SUBPROGS,
      args: { program: '/ws/subprogs.o', entry: 'second' },
      source,
      lines: [7],
    });
    expect(await step(other, 'continue')).toBe('leaf:7 second:34 | /ws/src/subprogs.bpf.c');
  });

  it('shows which helper calls a function back', async () => {
    const source = { path: '/ws/callbacks.bpf.c' };
    const client = await launch({ files: CALLBACKS, args: { program: '/ws/callbacks.o' }, source, lines: [29] });
    expect(await where(client)).toBe('callbacks:36 | /ws/callbacks.bpf.c');
    expect(await walk(client, ['continue', 'next', 'next', 'stepOut', 'stepBack', 'next', 'continue'])).toEqual([
      'each (called by bpf_loop):29 callbacks:39',
      'each (called by bpf_loop):30 callbacks:39',
      'each (called by bpf_loop):29 callbacks:39',
      'each (called by bpf_loop):29 callbacks:39',
      'each (called by bpf_loop):30 callbacks:39',
      'each (called by bpf_loop):29 callbacks:39',
      'each (called by bpf_loop):29 callbacks:39',
    ]);
    await client.request('setBreakpoints', { source, breakpoints: [] });
    expect(await walk(client, ['stepOut', 'stepBack', 'next', 'stepIn'])).toEqual([
      'callbacks:40',
      'callbacks:39',
      'callbacks:40',
      'weigh:16 callbacks:40',
    ]);
  });
});

describe('an object without its C file', () => {
  const { '/ws/src/subprogs.bpf.c': _missing, ...files } = SUBPROGS;
  const args = { program: '/ws/subprogs.o', entry: 'first' };

  it('is shown as a listing with the lines the object carries, and stepped through row by row', async () => {
    const client = await launch({ files, args });
    expect(await where(client)).toMatch(/^first:\d+ \| first\.bpfasm 1$/);
    const { content } = await client.request<{ content: string }>('source', { sourceReference: 1 });
    const rows = content.split('\n');
    expect(rows).toContain('        // subprogs.bpf.c:12: return leaf(x) + leaf(x + 1);');
    const row = async (): Promise<string> => {
      const line = Number(/:(\d+)/.exec(await where(client))?.[1]);
      return rows[line - 1]?.trim() ?? '';
    };
    expect(await row()).toBe('0: r1 = *(u32 *)(r1 +12)');
    await step(client, 'next');
    expect(await row()).toMatch(/^1: call /);
    await step(client, 'next');
    expect(await row()).toBe('2: w1 = w0');
    await step(client, 'stepBack');
    await step(client, 'stepIn');
    expect(await row()).toBe('8: w6 = w1');
    const line = rows.findIndex((text) => text.includes('31: call')) + 1;
    const source = { sourceReference: 1, name: 'first.bpfasm' };
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', {
      source,
      breakpoints: [{ line }, { line: line + 9 }],
    });
    expect(breakpoints.map(({ verified, line: at }) => [verified, at])).toEqual([
      [true, line],
      [false, undefined],
    ]);
    await step(client, 'continue');
    expect(await row()).toMatch(/^31: call/);
  });
});

const shared = sharedFolder === null;

describe.skipIf(shared)('the golden objects (skipped without the shared recordings)', () => {
  const golden = (name: string): string => sharedPath('recordings/golden', name);

  it('follows a tail call into the program it goes to, and back out of it', async () => {
    const capture = sharedPath('recordings/pcap/mixed.pcapng');
    const files = {
      '/ws/rewrite.o': golden('objs/xdp_rewrite.v3.o'),
      '/ws/xdp_rewrite.bpf.c': golden('progs/xdp_rewrite.bpf.c'),
      '/ws/mixed.pcapng': capture,
    };
    const args = { program: '/ws/rewrite.o', entry: 'xdp_rewrite', events: '/ws/mixed.pcapng' };
    const client = await launch({ files, args });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'xdp_tail' }] });
    expect(await step(client, 'continue')).toBe('xdp_tail:9 | /ws/xdp_rewrite.bpf.c');
    const back = await step(client, 'stepBack');
    expect(back).toMatch(/^xdp_rewrite:\d+ \| /);
    expect(await step(client, 'next')).toBe('xdp_tail:9 | /ws/xdp_rewrite.bpf.c');
    expect(await step(client, 'stepOut')).toMatch(/^xdp_tail:1\d \| /);
    expect(await step(client, 'next')).toMatch(/^xdp_rewrite:15 \| /);
  });
});
