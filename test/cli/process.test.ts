import { spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';
import { cliWords, runCli, startCli } from '../support/sourceCli.ts';
import { capture, dropDns } from './samples.ts';

/** What a process has written once `text` is in it; rejects when it ends before that. */
function outputWith(child: ChildProcessWithoutNullStreams, text: string): Promise<string> {
  let answer = '';
  let complaints = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (more: Buffer) => (complaints += more.toString()));
    child.stdout.on('data', (more: Buffer) => {
      answer += more.toString();
      if (answer.includes(text)) resolve(answer);
    });
    child.on('close', () => reject(new Error(`the process ended too early: ${complaints}`)));
  });
}

describe('the process', () => {
  let folder = '';
  const file = (name: string): string => path.join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ebpf-workbench-'));
    writeFileSync(file('good.bpfasm'), dropDns(38));
    writeFileSync(file('dns.pcap'), capture);
    writeFileSync(file('dns.pcap.gz'), gzipSync(capture));
    writeFileSync(file('cut.gz'), gzipSync(capture).subarray(0, 100));
    const packet = pcapRecord(Array.from({ length: 60 }, (_, i) => i));
    writeFileSync(
      file('long.pcap'),
      Buffer.from([...pcapHeader(), ...Array.from({ length: 5000 }, () => packet).flat()]),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('runs over a compressed recording as over a plain one', () => {
    const [plain, packed] = ['dns.pcap', 'dns.pcap.gz'].map((name) =>
      runCli('run', file('good.bpfasm'), '--events', file(name), '--format', 'jsonl'),
    );
    expect([plain?.status, packed?.status]).toEqual([0, 0]);
    expect(packed?.stdout.split('\n').slice(0, 7)).toEqual(plain?.stdout.split('\n').slice(0, 7));
  });

  it.each([
    ['a folder', ['check', '.'], /^\.: it is a directory\n$/],
    ['a missing file', ['check', 'none.bpfasm'], /^none\.bpfasm: no such file or directory\n$/],
    ['no command', [], /^eBPF Workbench/],
  ])('exits with 2 for %s', (_, rest, message) => {
    const { status, stderr, stdout } = runCli(...rest);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('tells of a compressed recording that ends too early', () => {
    const { status, stderr } = runCli('run', file('good.bpfasm'), '--events', file('cut.gz'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/cut\.gz: the compressed data ends too early\n$/);
  });

  it('tells of a recording that is missing', () => {
    const { status, stderr } = runCli('run', file('good.bpfasm'), '--events', file('none.pcap'));
    expect([status, stderr]).toEqual([2, `${file('none.pcap')}: no such file or directory\n`]);
  });

  it.each(['dns.pcap', 'dns.pcap.gz'])('reads %s from a pipe', (name) => {
    const script = 'cat "$1" | { shift; "$@"; }';
    const run = cliWords('run', file('good.bpfasm'), '--events', '/dev/stdin', '--format', 'jsonl');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', file(name), ...run], {
      encoding: 'utf8',
    });
    const plain = runCli('run', file('good.bpfasm'), '--events', file('dns.pcap'), '--format', 'jsonl');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(0, 7)).toEqual(plain.stdout.split('\n').slice(0, 7));
  });

  it('gives up early on a device without an end', () => {
    const { status, stderr } = runCli('run', file('good.bpfasm'), '--events', '/dev/zero');
    expect([status, stderr]).toEqual([
      2,
      '/dev/zero: this is no recording that can be read: expected pcap, pcapng or JSON Lines\n',
    ]);
  });

  it.skipIf(!existsSync('/dev/full'))('fails when its output is lost (skipped without /dev/full)', () => {
    const script = '"$@" > /dev/full';
    const run = cliWords('check', file('good.bpfasm'));
    const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...run], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      2,
      'ebpf-workbench: the output cannot be written: no space left on the device\n',
    ]);
  });

  it('ends quietly when its output is closed', async () => {
    const child = startCli('run', file('good.bpfasm'), '--events', file('long.pcap'), '--format', 'jsonl');
    let complaints = '';
    child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect([status, complaints]).toEqual([0, '']);
  });

  it('speaks the debug adapter protocol over standard input and output', async () => {
    const child = startCli('dap', '--stdio');
    const body = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'ebpf' } });
    const answered = outputWith(child, '"command":"initialize"');
    // The message comes in two pieces, cut inside the header.
    child.stdin.write('Content-Len');
    child.stdin.write(`gth: ${body.length}\r\n\r\n${body}`);
    const answer = await answered;
    child.stdin.end();
    expect(answer).toMatch(/^Content-Length: \d+\r\n\r\n\{.*"success":true/);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  });

  it('speaks the language server protocol over standard input and output', async () => {
    const child = startCli('lsp', '--stdio');
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { processId: null, rootUri: null, capabilities: {} },
    });
    const answered = outputWith(child, '"hoverProvider"');
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    const answer = await answered;
    child.stdin.end();
    expect(answer).toContain('"capabilities"');
    await new Promise((resolve) => child.on('close', resolve));
  });
});
