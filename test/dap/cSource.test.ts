import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { DapClient } from './client.ts';

const SOURCE = `#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "sizes.h"

struct key { __u16 proto; __u16 pad; };

static __always_inline int weigh(int length) {
  int weight = length * FACTOR;
  return weight + 1;
}

SEC("xdp") int count(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data;
  void *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > end) return XDP_DROP;
  struct key key = { .proto = bpf_ntohs(eth->h_proto) };
  int length = end - data;
  int weight = weigh(length);
  bpf_printk("%d %d", key.proto, weight);
  return XDP_PASS;
}
char l[] SEC("license") = "GPL";
`;
const FILES = { '/p/count.bpf.c': SOURCE, '/p/sizes.h': '#define FACTOR 3\n' };

const CALLER = `${SOURCE.slice(0, SOURCE.indexOf('static'))}
__u64 noted;
static __always_inline void note(void) {
  __u64 number = 1;
  noted = number;
}
SEC("xdp") int call(struct xdp_md *ctx) {
  note();
  return XDP_PASS;
}
char l[] SEC("license") = "GPL";
`;

async function launched(line: number, text = SOURCE): Promise<DapClient> {
  const client = new DapClient({ ...FILES, '/p/count.bpf.c': text });
  await client.request('initialize', { adapterID: 'ebpf' });
  const launch = client.request('launch', { program: '/p/count.bpf.c', stopOnEntry: false });
  await client.event('initialized');
  const source = { path: '/p/count.bpf.c' };
  const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse['body']>('setBreakpoints', {
    source,
    breakpoints: [{ line }],
  });
  expect(breakpoints.map(({ verified, line }) => ({ verified, line }))).toEqual([{ verified: true, line }]);
  await client.request('configurationDone');
  await launch;
  await client.event('stopped');
  return client;
}

/** Name and value of the locals where the program stands. */
async function localsOf(client: DapClient, frame = 0): Promise<Record<string, string>> {
  const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId: 1 });
  const frameId = stackFrames[frame]?.id ?? 0;
  const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
  const locals = scopes.find(({ name }) => name === 'Locals');
  const { variables } = await client.request<DebugProtocol.VariablesResponse['body']>('variables', {
    variablesReference: locals?.variablesReference ?? 0,
  });
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

/** `weigh 11`, `count 21`: the frames without the event. */
async function framesOf(client: DapClient): Promise<string[]> {
  const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId: 1 });
  return stackFrames.slice(0, -1).map(({ name, line }) => `${name} ${line}`);
}

/** The frames after each step. */
async function walk(client: DapClient, commands: readonly string[]): Promise<string[]> {
  const places: string[] = [];
  for (const command of commands) {
    await client.request(command, { threadId: 1 });
    await client.event('stopped');
    places.push((await framesOf(client)).join(' < '));
  }
  return places;
}

describe('a C source', () => {
  it('is debugged on its own lines, with its locals', async () => {
    const client = await launched(22);
    const locals = await localsOf(client);
    expect(locals['weight']).toMatch(/^223\b/);
    expect(locals['key']).toContain('proto = 2048');
  });

  it.each([
    ['key.proto', '2048'],
    ['key . pad', '0'],
    ['eth->h_proto', '8'],
    ['eth->h_dest[5]', '1'],
    ['eth[0].h_source[5]', '2'],
    ['*eth', '{h_dest = [2, 0, 0, 0, 0, 1], h_source = [2, 0, 0, 0, 0, 2], h_proto = 8}'],
    ['ctx->data_end', expect.stringMatching(/packet end$/)],
    ['eth', expect.stringMatching(/^0x[0-9a-f]+ = packet\+0 /)],
    ['weight', '223'],
  ])('%s is %s', async (expression, expected) => {
    const client = await launched(22);
    const { result } = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression,
      frameId: 1,
    });
    expect(result).toEqual(expected);
  });

  it.each(['key.nothing', 'eth->h_dest[9]', 'eth[1000000]', 'nothing', '*weight', '**eth', 'key.proto + 1'])(
    '%s is no path to a value',
    async (expression) => {
      const client = await launched(22);
      await expect(client.request('evaluate', { expression, frameId: 1 })).rejects.toThrow('can be evaluated');
    },
  );

  it('shows inlined functions in the call stack, each with its own locals', async () => {
    const client = await launched(11);
    const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId: 1,
    });
    expect(stackFrames.slice(0, 2).map(({ name, line }) => `${name} ${line}`)).toEqual(['weigh 11', 'count 21']);
    expect(await localsOf(client)).toEqual({ length: '74', weight: '222' });
    expect(Object.keys(await localsOf(client, 1))).toEqual(['ctx', 'data', 'end', 'eth', 'key', 'length', 'weight']);
  });

  it('stops before a call that was inlined', async () => {
    const client = await launched(16, CALLER);
    expect(await framesOf(client)).toEqual(['call 16']);
    expect(await walk(client, ['stepIn'])).toEqual(['note 12 < call 16']);
  });

  it('stops in a function that was inlined', async () => {
    expect(await framesOf(await launched(12, CALLER))).toEqual(['note 12', 'call 16']);
  });

  it.each([
    ['over calls that were inlined', ['next', 'next'], ['count 21', 'count 22']],
    ['back over them', ['next', 'next', 'stepBack', 'stepBack'], ['count 21', 'count 22', 'count 21', 'count 20']],
    [
      'into them',
      ['next', 'stepIn', 'next', 'next'],
      ['count 21', 'weigh 10 < count 21', 'weigh 11 < count 21', 'count 21'],
    ],
    ['out of them', ['next', 'stepIn', 'stepOut'], ['count 21', 'weigh 10 < count 21', 'count 21']],
  ])('is stepped through, %s', async (_, commands, places) => {
    expect(await walk(await launched(20), commands)).toEqual(places);
  });

  it('says what is wrong with it', async () => {
    const client = new DapClient({ '/p/bad.bpf.c': 'int f(void) {\n  return x;\n}\n' });
    await client.request('initialize', { adapterID: 'ebpf' });
    await expect(client.request('launch', { program: '/p/bad.bpf.c' })).rejects.toThrow(
      "/p/bad.bpf.c: it does not compile: use of undeclared identifier 'x' in line 2.",
    );
  });
});

const BLOCKS = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int blocks(struct xdp_md *ctx) {
  int size = 1;
  for (int i = 0; i < 2; i++) {
    int size = i + 10;
    bpf_printk("%d", size);
  }
  {
    int inner = size + 1;
    bpf_printk("%d", inner);
  }
  bpf_printk("%d", size);
  return XDP_PASS;
}
char l[] SEC("license") = "GPL";
`;

describe('variables of blocks', () => {
  it.each([
    [7, ['ctx', 'size @ count.bpf.c:4', 'i', 'size']],
    [11, ['ctx', 'size', 'inner']],
    [13, ['ctx', 'size']],
  ])('in line %i are those that the line can name', async (line, names) => {
    const client = await launched(line, BLOCKS);
    expect(Object.keys(await localsOf(client))).toEqual(names);
  });

  it('are meant by their name where one hides another', async () => {
    const client = await launched(7, BLOCKS);
    const { result } = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression: 'size',
      frameId: 1,
    });
    expect(result).toBe('10');
    expect((await localsOf(client))['size @ count.bpf.c:4']).toBe('1');
  });
});
