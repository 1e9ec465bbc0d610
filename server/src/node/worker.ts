import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { DapServer } from '../dap/server.ts';
import { ClientFiles } from '../lsp/clientFiles.ts';
import type { WorkerFiles } from '../lsp/workerMain.ts';
import { serveWorker } from '../lsp/workerMain.ts';
import { knownSize, readChunks, readWholeFile } from './files.ts';
import { HEADER_FOLDERS, runTool } from './compilers.ts';
import { headerStore, whenIdle } from './headerStore.ts';
import { kernelTypesHost } from './kernelTypes.ts';

/** Largest recording that is read through the editor: it comes in one piece. */
const LARGEST_UNPACKED_BYTES = 1 << 30;

/** Paths are read from the disk; URIs of other file systems through the client. */
function files(client: ClientFiles): WorkerFiles {
  const isUri = (path: string): boolean => /^[a-z][\w+.-]+:\/\//i.test(path);
  return {
    readFile: (path) => (isUri(path) ? client.read(path) : readWholeFile(path)),
    readStream: (path) => ({
      bytes: isUri(path) ? Promise.resolve(null) : knownSize(path),
      chunks: isUri(path) ? fromClient(client, path) : readChunks(path),
    }),
  };
}

async function* fromClient(client: ClientFiles, path: string): AsyncGenerator<Uint8Array> {
  const bytes = await client.read(path);
  yield bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: LARGEST_UNPACKED_BYTES }) : bytes;
}

/** In the folder that the client gives with the worker. */
function headerStoreOf(given: { readonly storageFolder?: unknown } | null): ReturnType<typeof headerStore> {
  const folder = given?.storageFolder;
  return typeof folder === 'string' ? headerStore(folder, whenIdle) : undefined;
}

const port = parentPort;
if (!isMainThread && port !== null)
  serveWorker({
    post: (message) => port.postMessage(message),
    listen: (receive) => void port.on('message', receive),
    files,
    now: () => performance.now(),
    defer: (run) => void setImmediate(run),
    debug: (host) => new DapServer(host),
    kernelTypes: kernelTypesHost(),
    tools: { headerFolders: HEADER_FOLDERS, runTool, headerStore: headerStoreOf(workerData) },
  });
