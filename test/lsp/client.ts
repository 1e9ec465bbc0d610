import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { createConnection } from 'vscode-languageserver/node';
import type {
  Diagnostic,
  InitializeResult,
  PublishDiagnosticsParams,
  TextDocumentContentChangeEvent,
} from 'vscode-languageserver-protocol';
import type { KernelTypesHost } from '../../server/src/lsp/kernelTypes.ts';
import { serveLanguage } from '../../server/src/lsp/server.ts';

export const URI = 'file:///ws/program.bpfasm';

/** A language client at the other end of a pair of streams. */
export class LspClient {
  readonly connection: MessageConnection;
  readonly published: PublishDiagnosticsParams[] = [];
  #waiting: { version: number; resolve: (diagnostics: Diagnostic[]) => void }[] = [];
  #version = 1;

  private constructor(connection: MessageConnection) {
    this.connection = connection;
  }

  static async start(kernelTypes?: KernelTypesHost): Promise<{ client: LspClient; initialized: InitializeResult }> {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
    serveLanguage(server, { defer: (run) => void setImmediate(run), ...(kernelTypes && { kernelTypes }) });
    const client = new LspClient(createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up)));
    client.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      client.#take(params);
    });
    client.connection.listen();
    const initialized = await client.connection.sendRequest<InitializeResult>('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
    });
    await client.connection.sendNotification('initialized', {});
    return { client, initialized };
  }

  /** Opens the document; resolves with what is found in it. */
  async open(text: string): Promise<Diagnostic[]> {
    const found = this.#diagnostics(1);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: URI, languageId: 'ebpf-asm', version: 1, text },
    });
    return found;
  }

  change(text: string): Promise<Diagnostic[]> {
    return this.edit([{ text }]);
  }

  /** Changes in a row, as an editor sends them. */
  async edit(contentChanges: readonly TextDocumentContentChangeEvent[]): Promise<Diagnostic[]> {
    const version = ++this.#version;
    const found = this.#diagnostics(version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version },
      contentChanges,
    });
    return found;
  }

  at<T>(method: string, line: number, character: number, more: object = {}): Promise<T> {
    return this.connection.sendRequest(method, { textDocument: { uri: URI }, position: { line, character }, ...more });
  }

  stop(): void {
    this.connection.dispose();
  }

  #diagnostics(version: number): Promise<Diagnostic[]> {
    return new Promise((resolve) => this.#waiting.push({ version, resolve }));
  }

  #take(params: PublishDiagnosticsParams): void {
    this.published.push(params);
    for (const { version, resolve } of this.#waiting) if (version === params.version) resolve(params.diagnostics);
    this.#waiting = this.#waiting.filter(({ version }) => version !== params.version);
  }
}
