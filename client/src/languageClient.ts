import * as vscode from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import { TEXTS_REQUEST, WARM_UP_NOTIFICATION } from '../../server/src/lsp/protocol.ts';
import { registerHeaders } from './documents/headers.ts';
import { cSources, LANGUAGES } from './files.ts';
import { registerInstructions } from './instructions/register.ts';
import type { LanguageServer } from './server.ts';

/**
 * What the language client is started with: the languages, and the C sources that are BPF programs. The server may keep in
 * `storageFolder` what it would have to find out again in the next session.
 */
export function clientOptions(storageFolder: string | null = null): LanguageClientOptions {
  return {
    documentSelector: [...LANGUAGES.map((language) => ({ language })), ...cSources()],
    diagnosticCollectionName: 'ebpf',
    initializationOptions: { readsTexts: true, storageFolder },
    synchronize: {
      configurationSection: 'ebpf',
      fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.h,compile_commands.json,compile_flags.txt,.clangd}'),
    },
  };
}

/** Starts the client, with all that asks the server or is asked by it. */
export async function startClient(context: vscode.ExtensionContext, client: BaseLanguageClient): Promise<void> {
  const server: LanguageServer = {
    ask: (request, params) => client.sendRequest(request, params),
    onNotification: (notification, listener) => void client.onNotification(notification, listener),
  };
  registerHeaders(context, server);
  registerInstructions(context, server);
  client.onRequest(TEXTS_REQUEST, readTexts);
  await client.start();
  // The extension is active without it: a search may take long, and never ends on file systems that cannot be searched.
  void announceCSources(client).catch(() => {});
}

/** Tells the server beforehand where it will have to do with C sources. */
async function announceCSources(client: BaseLanguageClient): Promise<void> {
  if (await hasCSources()) await client.sendNotification(WARM_UP_NOTIFICATION);
}

async function hasCSources(): Promise<boolean> {
  const found = cSources().map(({ pattern }) => vscode.workspace.findFiles(pattern, '**/node_modules/**', 1));
  return (await Promise.all(found)).some((files) => files.length > 0);
}

/** Larger ones are no headers. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Only on file systems that a document is open from. */
function readTexts({ uris }: { readonly uris: readonly string[] }): Promise<(string | null)[]> {
  const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => `${uri.scheme}://${uri.authority}`));
  return Promise.all(
    uris.map(async (text) => {
      try {
        const uri = vscode.Uri.parse(text, true);
        if (!open.has(`${uri.scheme}://${uri.authority}`)) return null;
        const bytes = await vscode.workspace.fs.readFile(uri);
        return bytes.length > MOST_BYTES ? null : new TextDecoder().decode(bytes);
      } catch {
        return null; // as compilers do, the next folder is looked at
      }
    }),
  );
}
