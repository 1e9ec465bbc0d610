import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { PublishDiagnosticsParams } from 'vscode-languageserver-protocol';
import { WARM_UP_NOTIFICATION } from '../server/src/lsp/protocol.ts';

/** How a language server is started. */
export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What VS Code tells it in a workspace with C sources. */
  readonly ready?: string;
}

const OURS: ServerCommand = {
  name: 'ours',
  command: process.execPath,
  args: [path.join(import.meta.dirname, '../server/src/node/cli.ts'), 'lsp', '--stdio'],
  ready: WARM_UP_NOTIFICATION,
};

/** Ours, and clangd where it is installed. */
export function languageServers(): ServerCommand[] {
  const clangd = ['clangd-19', 'clangd'].find((name) => spawnSync(name, ['--version']).status === 0);
  return clangd === undefined ? [OURS] : [OURS, { name: clangd, command: clangd, args: ['--log=error'] }];
}

/** A server that has nothing else to do gets ready in it. */
const READY_MS = 4000;
/** Nobody waits for longer. */
const MOST_MS = 20_000;

/** A language server in a process of its own, which has one file of a folder open. Times are milliseconds. */
export class LanguagePeer {
  readonly #connection: MessageConnection;
  readonly #uri: string;
  readonly #end: () => void;
  #version = 0;
  #told: (found: PublishDiagnosticsParams) => void = () => {};

  private constructor(connection: MessageConnection, file: string, end: () => void) {
    this.#connection = connection;
    this.#uri = pathToFileURL(file).href;
    this.#end = end;
    connection.onNotification('textDocument/publishDiagnostics', (found: PublishDiagnosticsParams) => {
      if (found.uri === this.#uri) this.#told(found);
    });
    connection.listen();
  }

  static async start({ command, args, ready }: ServerCommand, file: string, readyMs = READY_MS): Promise<LanguagePeer> {
    const folder = path.dirname(file);
    const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
    const streams = [new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin)] as const;
    const connection = createMessageConnection(...streams);
    const peer = new LanguagePeer(connection, file, () => void child.kill());
    const rootUri = pathToFileURL(folder).href;
    await connection.sendRequest('initialize', { processId: process.pid, rootUri, capabilities: {} });
    await connection.sendNotification('initialized', {});
    if (ready !== undefined) await connection.sendNotification(ready);
    await new Promise((resolve) => setTimeout(resolve, readyMs));
    return peer;
  }

  /** Until the text, which has nothing wrong, is said to be so. */
  open(text: string): Promise<number> {
    const textDocument = { uri: this.#uri, languageId: 'c', version: ++this.#version, text };
    return this.#until(false, 'textDocument/didOpen', { textDocument });
  }

  /** Until something is found in a text that has something wrong, or nothing in one that has not. */
  change(text: string, wrong: boolean): Promise<number> {
    const textDocument = { uri: this.#uri, version: ++this.#version };
    // clangd waits before it looks at what is typed, unless it is asked to say something of this very version.
    return this.#until(wrong, 'textDocument/didChange', {
      textDocument,
      contentChanges: [{ text }],
      wantDiagnostics: true,
    });
  }

  stop(): void {
    this.#connection.dispose();
    this.#end();
  }

  async #until(wrong: boolean, method: string, params: object): Promise<number> {
    const version = this.#version;
    const start = performance.now();
    const told = new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${method}`)), MOST_MS);
      this.#told = (found) => {
        if ((found.version ?? version) !== version || found.diagnostics.length > 0 !== wrong) return;
        clearTimeout(late);
        resolve(performance.now() - start);
      };
    });
    await this.#connection.sendNotification(method, params);
    return told;
  }
}
