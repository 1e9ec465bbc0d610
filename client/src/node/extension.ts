import { Worker } from 'node:worker_threads';
import type { ExtensionContext, Uri } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateShared } from '../activate.ts';
import { clientOptions, startClient } from '../languageClient.ts';
import type { EngineWorker } from '../workers.ts';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const workerScript = context.asAbsolutePath('dist/worker.js');
  const storage = storageFolder(context.globalStorageUri);
  activateShared(context, { startWorker: () => Promise.resolve(startWorker(workerScript, storage)) });
  const module = context.asAbsolutePath('dist/server.js');
  client = new LanguageClient(
    'ebpf',
    'eBPF',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=127.0.0.1:6009'] } },
    },
    clientOptions(storage),
  );
  await startClient(context, client);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

/** Where the server may keep what it would have to find out again in the next session. */
function storageFolder({ scheme, fsPath }: Uri): string | null {
  return scheme === 'file' ? fsPath : null;
}

function startWorker(script: string, storage: string | null): EngineWorker {
  const worker = new Worker(script, { workerData: { storageFolder: storage } });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onFailure: (listener) => void worker.on('error', (error) => listener(String(error))),
    terminate: () => void worker.terminate(),
  };
}
