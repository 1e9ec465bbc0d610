import { Worker } from 'node:worker_threads';
import type { ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateShared } from '../activate.ts';
import { clientOptions, startClient } from '../languageClient.ts';
import type { EngineWorker } from '../workers.ts';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const workerScript = context.asAbsolutePath('dist/worker.js');
  activateShared(context, { startWorker: () => Promise.resolve(startWorker(workerScript)) });
  const module = context.asAbsolutePath('dist/server.js');
  client = new LanguageClient(
    'ebpf',
    'eBPF',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=127.0.0.1:6009'] } },
    },
    clientOptions(context.globalStorageUri),
  );
  await startClient(context, client);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

function startWorker(script: string): EngineWorker {
  const worker = new Worker(script);
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onFailure: (listener) => void worker.on('error', (error) => listener(String(error))),
    terminate: () => void worker.terminate(),
  };
}
