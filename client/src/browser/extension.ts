import { type ExtensionContext, Uri, workspace } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { activateShared } from '../activate.ts';
import { clientOptions, startClient } from '../languageClient.ts';
import type { EngineWorker } from '../workers.ts';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  activateShared(context, { startWorker: async () => engineWorker(await startScript(context, 'worker.js')) });
  client = new LanguageClient('ebpf', 'eBPF', await startScript(context, 'server.js'), clientOptions());
  await startClient(context, client);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

/**
 * Through a blob, because VS Code does not start workers from the URI of an extension on a remote machine, which is
 * where code-server and Codespaces have it.
 */
async function startScript(context: ExtensionContext, name: string): Promise<Worker> {
  const script = await workspace.fs.readFile(Uri.joinPath(context.extensionUri, 'dist/web', name));
  const url = URL.createObjectURL(new Blob([new Uint8Array(script)], { type: 'text/javascript' }));
  const worker = new Worker(url);
  context.subscriptions.push({ dispose: () => URL.revokeObjectURL(url) });
  return worker;
}

function engineWorker(worker: Worker): EngineWorker {
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
    onFailure: (listener) => worker.addEventListener('error', (event) => listener(event.message)),
    terminate: () => worker.terminate(),
  };
}
