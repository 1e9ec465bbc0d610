import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { exitOf, startCli } from '../support/sourceCli.ts';
import { StreamClient } from './streamClient.ts';

const PROGRAM = `.license "GPL"
.section "xdp"
main:
    r1 = *(u32 *)(r1 + 0)   // 4
    r6 = 3                  // 5
again:
    r6 += -1                // 7
    if r6 != 0 goto again   // 8
    r0 = 2                  // 9
    exit                    // 10
`;
const ENDLESS = PROGRAM.replace('if r6 != 0', 'if r6 != 77777777');

let folder = '';
const file = (name: string): string => path.join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ebpf-workbench-'));
  writeFileSync(file('main.bpfasm'), PROGRAM);
  writeFileSync(file('endless.bpfasm'), ENDLESS);
  const packet = pcapRecord(Array.from({ length: 60 }, (_, i) => i));
  writeFileSync(file('two.pcap'), Buffer.from([...pcapHeader(), ...packet, ...packet]));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function begin(client: StreamClient, program: string, lines: readonly number[]): Promise<string> {
  const { body } = await client.request('initialize', { adapterID: 'ebpf', pathFormat: 'path' }, 7);
  expect(body).toMatchObject({ supportsStepBack: true });
  expect(await client.request('launch', { program: file(program), events: file('two.pcap') })).toMatchObject({
    success: true,
  });
  await client.event('initialized');
  const breakpoints = lines.map((line) => ({ line }));
  await client.request('setBreakpoints', { source: { path: file(program) }, breakpoints });
  await client.request('configurationDone');
  return client.stop();
}

async function wholeSession(client: StreamClient): Promise<string[]> {
  const stops = [await begin(client, 'main.bpfasm', [7])];
  const commands = ['continue', 'next', 'stepBack', 'continue', 'reverseContinue', 'continue', 'stepIn', 'stepIn'];
  for (const command of commands) stops.push(await client.step(command));
  expect(await client.request('disconnect')).toMatchObject({ success: true });
  return stops;
}

const STOPS = [
  'entry 4',
  'breakpoint 7',
  'step 8',
  'step 7',
  'breakpoint 7',
  'breakpoint 7',
  'breakpoint 7',
  'step 8',
  'breakpoint 7',
];

describe('the debug adapter', () => {
  it('debugs over standard input and output, and ends with the client', async () => {
    const child = startCli('dap', '--stdio');
    expect(await wholeSession(new StreamClient(child.stdout, child.stdin))).toEqual(STOPS);
    expect(await exitOf(child)).toBe(0);
  });

  it('ends while the program runs when its input is closed', async () => {
    const child = startCli('dap', '--stdio');
    const client = new StreamClient(child.stdout, child.stdin);
    await begin(client, 'endless.bpfasm', []);
    await client.request('continue', { threadId: 1 });
    child.stdin.end();
    expect(await exitOf(child)).toBe(0);
  });

  it('ends when what comes in is no protocol', async () => {
    const child = startCli('dap', '--stdio');
    child.stdin.write('Content-Length: 99999999999\r\n\r\n');
    expect(await exitOf(child)).toBe(0);
  });

  it('debugs on a port, one client after the other, until its input is closed', async () => {
    const child = startCli('dap', '--port', '0');
    const [text] = (await once(child.stderr, 'data')) as [Buffer];
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(text.toString())?.[1]);
    const first = await connected(port);
    const client = new StreamClient(first, first);
    expect(await begin(client, 'main.bpfasm', [7])).toBe('entry 4');
    const second = await connected(port);
    await once(second, 'close');
    expect(await client.step('continue')).toBe('breakpoint 7');
    await client.request('disconnect');
    await once(first, 'close');
    const third = await connected(port);
    expect(await wholeSession(new StreamClient(third, third))).toEqual(STOPS);
    child.stdin.end();
    expect(await exitOf(child)).toBe(0);
  });
});

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
