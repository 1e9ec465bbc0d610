import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import { exitOf, startCli } from '../support/sourceCli.ts';

interface Published {
  readonly uri: string;
  readonly diagnostics: readonly { readonly message: string; readonly range: { start: { line: number } } }[];
}

describe('the language server', () => {
  it('publishes what is wrong with an opened file over standard input and output', async () => {
    const child = startCli('lsp', '--stdio');
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const published = new Promise<Published>((resolve) => {
      connection.onNotification('textDocument/publishDiagnostics', (found: Published) => {
        if (found.diagnostics.length > 0) resolve(found);
      });
    });
    connection.listen();
    const { capabilities } = await connection.sendRequest<{ capabilities: object }>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    });
    expect(capabilities).toMatchObject({ textDocumentSync: expect.anything() });
    await connection.sendNotification('initialized', {});
    const text = '.section "xdp"\nmain:\n  r0 = *(u32 *)(r1 + 400)\n  exit\n';
    const textDocument = { uri: 'file:///ws/main.bpfasm', languageId: 'ebpf-asm', version: 1, text };
    await connection.sendNotification('textDocument/didOpen', { textDocument });
    const { uri, diagnostics } = await published;
    expect(uri).toBe('file:///ws/main.bpfasm');
    expect(diagnostics[0]).toMatchObject({
      message: expect.stringMatching(/invalid bpf_context access/),
      range: { start: { line: 2 } },
    });
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    expect(await exitOf(child)).toBe(0);
    connection.dispose();
  });
});
