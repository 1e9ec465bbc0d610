import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hover, PublishDiagnosticsParams } from 'vscode-languageserver-protocol';
import { toHex } from '../../server/src/base/bytes.ts';
import { NO_FLAGS } from '../../server/src/c/compileFlags.ts';
import { openC, type CSetting } from '../../server/src/ide/c/cFile.ts';
import {
  INSTRUCTIONS_CHANGED,
  INSTRUCTIONS_REQUEST,
  LINKS_REQUEST,
  type InstructionLinks,
  type Instructions,
  type TextRange,
} from '../../server/src/lsp/protocol.ts';
import { LspClient } from './client.ts';

const URI = 'file:///ws/a%20b.bpf.c';
const SHOWN = `ebpf-instructions:/ws/a%20b.bpf.c%20(instructions)?${encodeURIComponent(URI)}`;
const SOURCE = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int f(struct xdp_md *ctx)
{
  return *(char *)(long)ctx->data;
}
char license[] SEC("license") = "GPL";
`;

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux 6.18',
}; // prettier-ignore

let client: LspClient;
let published: PublishDiagnosticsParams[];
let changes: string[];

beforeEach(async () => {
  ({ client } = await LspClient.start());
  published = client.published;
  changes = [];
  client.connection.onNotification(INSTRUCTIONS_CHANGED, ({ uri }: { uri: string }) => void changes.push(uri));
});
afterEach(() => client.stop());

async function open(uri: string, languageId: string, text: string): Promise<void> {
  await client.connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId, version: 1, text },
  });
}

async function change(version: number, text: string): Promise<void> {
  await client.connection.sendNotification('textDocument/didChange', {
    textDocument: { uri: URI, version },
    contentChanges: [{ text }],
  });
}

const instructions = (): Promise<Instructions | null> =>
  client.connection.sendRequest(INSTRUCTIONS_REQUEST, { uri: URI });

const links = (from: 'source' | 'instructions', range: TextRange): Promise<InstructionLinks | null> =>
  client.connection.sendRequest(LINKS_REQUEST, { uri: URI, from, ranges: [range] });

const at = (line: number, character: number): TextRange => ({
  start: { line, character },
  end: { line, character },
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the instructions of an open source', () => {
  it('are a text with what belongs together', async () => {
    await open(URI, 'c', SOURCE);
    const { text, revision, stale } = (await instructions())!;
    expect(stale).toBe(false);
    const line = text.split('\n').findIndex((one) => one.includes('0: r1 = *(u32 *)(r1 +0)'));
    expect(line).toBeGreaterThan(0);
    const data = { start: { line: 4, character: 24 }, end: { line: 4, character: 33 } };
    const insn = { start: { line, character: 8 }, end: { line, character: 28 } };
    expect(await links('instructions', at(line, 0))).toMatchObject({
      revision,
      source: [{ uri: URI, range: { end: data.end } }],
      instructions: [insn],
    });
    expect(await links('source', at(4, 30))).toMatchObject({ instructions: [insn] });
  });

  it('tell when they have changed, to who asked', async () => {
    await open(URI, 'c', SOURCE);
    await until(() => published.length > 0);
    expect(changes).toEqual([]);
    const { revision } = (await instructions())!;
    await change(2, SOURCE.replace('ctx->data', 'ctx->data_end'));
    await until(() => changes.length > 0);
    expect(changes[0]).toBe(URI);
    expect((await instructions())!.revision).not.toBe(revision);
  });

  it('are from before while the source has errors', async () => {
    await open(URI, 'c', SOURCE);
    const { text } = (await instructions())!;
    await change(2, SOURCE.replace('return', 'return return'));
    const now = (await instructions())!;
    expect(now.stale).toBe(true);
    expect(now.text.split('\n').slice(1)).toEqual(text.split('\n').slice(1));
  });

  it('carry the verdict', async () => {
    await open(URI, 'c', SOURCE);
    await until(() => published.some(({ diagnostics }) => diagnostics.length > 0));
    const { text, faults } = (await instructions())!;
    expect(faults).toHaveLength(1);
    const [{ range, severity, message }] = faults as [Instructions['faults'][number]];
    expect(severity).toBe('error');
    expect(message).toMatch(/^invalid access to packet/);
    expect(text.split('\n')[range.start.line]?.slice(range.start.character, range.end.character)).toBe(
      'r0 = *(u8 *)(r1 +0)',
    );
  });

  it('are those of the debug build where that is wanted', async () => {
    await client.connection.sendNotification('workspace/didChangeConfiguration', {
      settings: { ebpf: { instructions: { build: 'debug' } } },
    });
    await open(URI, 'c', SOURCE);
    const { text } = (await instructions())!;
    expect(text).toMatch(/^; Instructions of a%20b\.bpf\.c: debug build, -mcpu=v3\n/);
    expect(text).toContain('*(u64 *)(r10 -8) = r1');
  });

  it('are those that the settings want, as soon as these change', async () => {
    await open(URI, 'c', SOURCE);
    expect((await instructions())!.text).toContain('-mcpu=v3\n');
    await client.connection.sendNotification('workspace/didChangeConfiguration', {
      settings: { ebpf: { c: { cpu: 'v1' } } },
    });
    await until(() => changes.length > 0);
    expect((await instructions())!.text).toContain('-mcpu=v1\n');
  });

  it('are none for what is no source of a program', async () => {
    expect(await instructions()).toBeNull();
    expect(await links('source', at(0, 0))).toBeNull();
  });
});

describe('the instructions of an object', () => {
  const uri = 'file:///ws/a.bpf.o';
  const ask = (bytes: Uint8Array): Promise<Instructions> =>
    client.connection.sendRequest(INSTRUCTIONS_REQUEST, { uri, object: toHex(bytes) });

  it('are a text with the verdict, and hovers', async () => {
    const file = openC('/src/a.bpf.c', SOURCE, SETTING, null);
    const { text } = await ask(file.result.object!);
    expect(text).toMatch(
      /^; Instructions of a\.bpf\.o\n\n; xdp program in section xdp, \d+ instructions\nf:\n; a\.bpf\.c:/,
    );
    await until(() => changes.length > 0);
    const { faults } = await ask(file.result.object!);
    expect(faults.map(({ message }) => message.split(',')[0])).toEqual(['invalid access to packet']);
    const shown = `ebpf-instructions:/ws/a.bpf.o%20(instructions)?${encodeURIComponent(uri)}`;
    await open(shown, 'ebpf-asm', text);
    const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri: shown },
      position: faults[0]!.range.start,
    });
    expect(JSON.stringify(hover?.contents)).toContain('**r0** before this line');
  });

  it('are a sentence about what is none', async () => {
    expect((await ask(new Uint8Array([1, 2, 3]))).text).toBe('; a.bpf.o: not an ELF object\n');
  });
});

describe('the document that shows them', () => {
  it('has hovers and no findings of its own', async () => {
    await open(URI, 'c', SOURCE);
    const { text } = (await instructions())!;
    await open(SHOWN, 'ebpf-asm', text);
    const line = text.split('\n').findIndex((one) => one.includes('*(u32 *)(r1 +0)'));
    const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri: SHOWN },
      position: { line, character: 14 },
    });
    expect(JSON.stringify(hover?.contents)).toContain('Loads 4 bytes');
    await until(() => published.length > 0);
    expect(published.map(({ uri }) => uri)).not.toContain(SHOWN);
  });

  it('is forgotten when it is closed', async () => {
    await open(URI, 'c', SOURCE);
    const { text } = (await instructions())!;
    await open(SHOWN, 'ebpf-asm', text);
    await until(() => published.length > 0);
    await instructions();
    changes.length = 0;
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: SHOWN } });
    await change(2, `${SOURCE}\n`);
    await until(() => published.some(({ version }) => version === 2));
    expect(changes).toEqual([]);
  });
});
