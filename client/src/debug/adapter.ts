import * as vscode from 'vscode';
import type { DebugWorkerMessage } from '../../../server/src/lsp/protocol.ts';
import { answerReadFile } from '../files.ts';
import type { EngineWorker, Platform } from '../workers.ts';

export function registerDebugAdapter(context: vscode.ExtensionContext, platform: Platform): void {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('ebpf', {
      async createDebugAdapterDescriptor() {
        const worker = await platform.startWorker();
        worker.post({ role: 'debug' });
        return new vscode.DebugAdapterInlineImplementation(forwardingAdapter(worker));
      },
    }),
  );
}

/** Hands DAP messages to the worker that holds the debugger, and back. */
function forwardingAdapter(worker: EngineWorker): vscode.DebugAdapter {
  const sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  const post = (message: unknown): void => worker.post(message);
  worker.onMessage((data) => {
    const message = data as DebugWorkerMessage;
    if (message.kind === 'dap') sent.fire(message.message as vscode.DebugProtocolMessage);
    else if (message.kind === 'readFile') void answerReadFile(message, post);
  });
  worker.onFailure((reason) => {
    const output = { category: 'important', output: `The debugger stopped unexpectedly: ${reason}\n` };
    sent.fire({ type: 'event', event: 'output', seq: 0, body: output });
    sent.fire({ type: 'event', event: 'terminated', seq: 0 });
  });
  return {
    onDidSendMessage: sent.event,
    handleMessage: (message) => post({ kind: 'dap', message } satisfies DebugWorkerMessage),
    dispose() {
      worker.terminate();
      sent.dispose();
    },
  };
}
