import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import type { ClangAnswer } from '../../server/src/ide/c/clang.ts';
import { HEADER_FOLDERS, runTool } from '../../server/src/node/compilers.ts';
import { clang19 } from '../support/clang.ts';
import { DapClient } from './client.ts';

const DATA = path.resolve(import.meta.dirname, '../data/elf');
const SOURCE = readFileSync(path.join(DATA, 'src/locals.bpf.c'), 'utf8');
const OBJECT = new Uint8Array(readFileSync(path.join(DATA, 'debug/locals.clang19.o')));
const FILE = '/ws/src/locals.bpf.c';

type Tool = (name: string, words: readonly string[], input: string) => Promise<ClangAnswer | null>;

interface Launch {
  readonly compiler?: string;
  readonly cpu?: string;
  readonly line?: number;
}

async function launched(tool: Tool, { line = 65, ...settings }: Launch, text = SOURCE): Promise<DapClient> {
  const client = new DapClient({ [FILE]: text }, { runTool: tool, headerFolders: HEADER_FOLDERS });
  await client.request('initialize', { adapterID: 'ebpf' });
  const launch = client.request('launch', { program: FILE, stopOnEntry: false, ...settings });
  // A launch that fails is told before anything else.
  await Promise.race([launch, client.event('initialized')]);
  await client.request('setBreakpoints', { source: { path: FILE }, breakpoints: [{ line }] });
  await client.request('configurationDone');
  await launch;
  await client.event('stopped');
  return client;
}

async function evaluate(client: DapClient, expression: string): Promise<string> {
  const { result } = await client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
    expression,
    frameId: 1,
  });
  return result;
}

describe('a C source that clang compiles', () => {
  it.each([
    [{ compiler: 'clang' }, ['-mcpu=v3', '-O1', '-g']],
    [{ compiler: 'clang', cpu: 'v4' }, ['-mcpu=v4', '-O1', '-g']],
  ])('%o is debugged with its locals', async (settings, words) => {
    const asked: string[] = [];
    const tool: Tool = async (name, given, input) => {
      asked.push(name, ...given);
      expect(input).toBe(`# 1 "${FILE}"\n${SOURCE}`);
      return { status: 0, out: OBJECT, error: '' };
    };
    const client = await launched(tool, settings);
    expect(asked).toEqual(expect.arrayContaining(words));
    expect(await evaluate(client, 'key.high')).toBe('17');
  });

  it('is asked for what our compiler does not take', async () => {
    const names: string[] = [];
    const tool: Tool = async (name) => {
      names.push(name);
      return name === 'clang-19' ? { status: 0, out: OBJECT, error: '' } : null;
    };
    const vector = `${SOURCE}\ntypedef int four __attribute__((vector_size(16)));\nfour unusual;\n`;
    const ours = await launched(tool, { compiler: 'auto' });
    expect(names).toEqual([]);
    expect(await evaluate(ours, 'weight')).toBe('no value here');
    const theirs = await launched(tool, { compiler: 'auto' }, vector);
    expect(names).toContain('clang-19');
    expect(await evaluate(theirs, 'key.high')).toBe('17');
  });

  it('tells what clang complains of', async () => {
    const error = '<stdin>:1:1: error: nothing but trouble\n'.replace('<stdin>', FILE);
    const tool: Tool = async () => ({ status: 1, out: new Uint8Array(), error });
    await expect(launched(tool, { compiler: 'clang' })).rejects.toThrow('does not compile: nothing but trouble');
  });

  it.skipIf(clang19() === null).each(['v1', 'v2', 'v3', 'v4'])(
    'is compiled by the clang that is installed, for %s',
    async (cpu) => {
      const client = await launched(runTool, { compiler: 'clang', cpu, line: 66 });
      expect(await evaluate(client, 'key.high')).toBe('17');
      expect(await evaluate(client, 'length')).toBe('74');
    },
  );
});
