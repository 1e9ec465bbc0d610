import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { createConnection } from 'vscode-languageserver/node';
import type { Hover, PublishDiagnosticsParams } from 'vscode-languageserver-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { HeaderStore } from '../../server/src/c/store/headerStore.ts';
import { TEXTS_REQUEST } from '../../server/src/lsp/protocol.ts';
import { serveLanguage } from '../../server/src/lsp/server.ts';
import { memoryStore } from '../support/memoryStore.ts';

const URI = 'mem://ws/src/a.bpf.c';
const HEAD = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n';
const program = (body: string, head = HEAD): string =>
  `${head}SEC("xdp") int f(struct xdp_md *ctx) { ${body} }\nchar l[] SEC("license") = "GPL";\n`;

let client: MessageConnection | null = null;
afterEach(() => client?.dispose());

/** An editor that can read `texts`, and what it is told. */
async function editor(
  texts: Readonly<Record<string, string>>,
  headerStore?: (folder: string | null) => HeaderStore,
): Promise<{ connection: MessageConnection; told: string[][]; asked: string[] }> {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  serveLanguage(server, { defer: (run) => void setImmediate(run), ...(headerStore && { headerStore }) });
  const connection = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  client = connection;
  const told: string[][] = [];
  const asked: string[] = [];
  connection.onNotification('textDocument/publishDiagnostics', ({ diagnostics }: PublishDiagnosticsParams) => {
    told.push(diagnostics.map(({ message }) => (typeof message === 'string' ? message.split('\n')[0]! : '')));
  });
  connection.onRequest(TEXTS_REQUEST, ({ uris }: { uris: string[] }) => {
    asked.push(...uris);
    return uris.map((uri) => texts[uri] ?? null);
  });
  connection.listen();
  const initializationOptions = { readsTexts: true, storageFolder: '/storage' };
  await connection.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});
  return { connection, told, asked };
}

async function open(connection: MessageConnection, text: string): Promise<void> {
  const textDocument = { uri: URI, languageId: 'c', version: 1, text };
  await connection.sendNotification('textDocument/didOpen', { textDocument });
}

/** Waits until that many answers are there. */
async function answers(told: readonly string[][], count: number): Promise<void> {
  while (told.length < count) await new Promise((resolve) => void setTimeout(resolve, 5));
}

describe('a C source that is opened', () => {
  it('shows what the front end found before there is a verdict', async () => {
    const { connection, told } = await editor({});
    await open(connection, program('int unused; void *data = (void *)(long)ctx->data; return *(char *)data;'));
    await answers(told, 2);
    const [unused, access] = [expect.stringContaining('unused variable'), expect.stringContaining('invalid access')];
    expect(told).toEqual([[unused], [unused, access]]);
  });

  it('answers questions while it is being compiled, and tells each finding once', async () => {
    const { connection, told } = await editor({});
    const text = program('int unused; return XDP_PASS;');
    await open(connection, text);
    const position = { line: 2, character: text.split('\n')[2]!.indexOf('unused') + 1 };
    const hover = await connection.sendRequest<Hover>('textDocument/hover', { textDocument: { uri: URI }, position });
    expect(hover.contents).toMatchObject({ value: expect.stringContaining('int unused') });
    await answers(told, 1);
    await connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri: URI } });
    expect(told.at(-1)).toEqual([expect.stringContaining('unused variable')]);
  });
});

describe('a C source that has a verdict', () => {
  it('has another one for another kernel', async () => {
    const { connection, told } = await editor({});
    await open(connection, program('return bpf_ktime_get_coarse_ns() > 5;'));
    await answers(told, 1);
    for (const [index, kernel] of ['5.4', '6.18'].entries()) {
      await connection.sendNotification('workspace/didChangeConfiguration', { settings: { ebpf: { kernel } } });
      await answers(told, index + 2);
    }
    expect(told).toEqual([[], [expect.stringContaining('invalid func unknown#160')], []]);
  });
});

describe('headers of a project that only the editor can read', () => {
  const own = '#pragma once\n#include "../deeper.h"\n#define ANSWER XDP_PASS\n';

  it('are read before anything is said', async () => {
    const { connection, told, asked } = await editor({
      'mem://ws/src/own.h': own,
      'mem://ws/deeper.h': 'int unused_there(void);\n',
    });
    await open(connection, program('return ANSWER;', `${HEAD}#include "own.h"\n`));
    await answers(told, 1);
    expect(told).toEqual([[]]);
    expect(asked).toContain('mem://ws/src/own.h');
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('are kept between sessions in the editor’s folder when they are large', async () => {
    const store = memoryStore();
    const folders: (string | null)[] = [];
    const structures = Array.from({ length: 6000 }, (_, i) => `struct structure_number_${i} { int a, b, c; };\n`);
    const { connection, told } = await editor({ 'mem://ws/src/own.h': structures.join('') }, (folder) => {
      folders.push(folder);
      return store;
    });
    await open(connection, program('struct structure_number_9 s = {}; return s.b;', `#include "own.h"\n${HEAD}`));
    await answers(told, 1);
    expect(told).toEqual([[]]);
    expect(folders).toEqual(['/storage']);
    expect(store.kept.size).toBe(1);
  });

  it('are told to be missing where they are', async () => {
    const { connection, told } = await editor({});
    await open(connection, program('return XDP_PASS;', `${HEAD}#include "own.h"\n`));
    await answers(told, 1);
    expect(told[0]).toEqual(["'own.h' file not found"]);
  });

  it('are read again when they change', async () => {
    const texts = { 'mem://ws/src/own.h': '#define ANSWER XDP_PASSED\n' };
    const { connection, told } = await editor(texts);
    await open(connection, program('return ANSWER;', `${HEAD}#include "own.h"\n`));
    await answers(told, 1);
    expect(told.at(-1)?.[0]).toContain("use of undeclared identifier 'XDP_PASSED'");
    const before = told.length;
    texts['mem://ws/src/own.h'] = '#define ANSWER XDP_PASS\n';
    const changes = [{ uri: 'mem://ws/src/own.h', type: 2 }];
    await connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
    await answers(told, before + 1);
    expect(told.at(-1)).toEqual([]);
  });
});
