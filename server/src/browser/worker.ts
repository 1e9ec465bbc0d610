import { DapServer } from '../dap/server.ts';
import type { ClientFiles } from '../lsp/clientFiles.ts';
import { serveWorker, type WorkerFiles } from '../lsp/workerMain.ts';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

/** In a browser every file comes through the editor. */
function files(client: ClientFiles): WorkerFiles {
  return {
    readFile: (path) => client.read(path),
    readStream: (path) => ({ bytes: Promise.resolve(null), chunks: unpacked(client, path) }),
  };
}

async function* unpacked(client: ClientFiles, path: string): AsyncGenerator<Uint8Array> {
  const bytes = await client.read(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    yield bytes;
    return;
  }
  const reader = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

serveWorker({
  post: (message) => scope.postMessage(message),
  listen: (receive) => scope.addEventListener('message', ({ data }) => receive(data)),
  files,
  now: () => performance.now(),
  defer: (run) => void setTimeout(run, 0),
  debug: (host) => new DapServer(host),
});
