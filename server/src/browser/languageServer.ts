import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { serveLanguage } from '../lsp/server.ts';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const connection = createConnection(new BrowserMessageReader(scope), new BrowserMessageWriter(scope));

// Browsers make a timer within a timer wait for four milliseconds, but no message.
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.addEventListener('message', () => waiting.shift()?.());
port1.start();
serveLanguage(connection, {
  defer: (run) => {
    waiting.push(run);
    port2.postMessage(null);
  },
});
