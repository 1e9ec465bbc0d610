import { fstatSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { DapServer } from '../dap/server.ts';
import { frame, MessageReader } from './dapMessages.ts';
import { readChunks, readWholeFile } from './files.ts';
import { HEADER_FOLDERS, runTool } from './compilers.ts';
import { headerStore, whenIdle } from './headerStore.ts';
import { kernelTypesHost } from './kernelTypes.ts';

/** The debug adapter over standard input and output, or for one client after the other on a port of this machine. */
export async function serveDap(port: number | null): Promise<number> {
  if (port !== null) return servePort(port);
  await serveClient(process.stdin, process.stdout);
  process.stdin.destroy();
  return 0;
}

/** Resolves to the exit status: 0 when whoever started us closes our standard input, 2 when there is no such port. */
function servePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    let busy: Socket | null = null;
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      if (busy !== null) {
        socket.destroy(); // one session at a time
        return;
      }
      busy = socket;
      void serveClient(socket, socket).then(() => {
        busy = null;
        socket.end();
      });
    });
    server.on('error', (error) => {
      process.stderr.write(`ebpf-workbench: port ${port}: ${error.message}\n`);
      resolve(2);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      process.stderr.write(`ebpf-workbench: debug adapter listens on 127.0.0.1:${bound}\n`);
    });
    whenParentLeaves(() => {
      server.close();
      busy?.destroy();
      resolve(0);
    });
  });
}

/** A pipe that ends says that our parent is gone. A terminal or /dev/null says nothing, and is not read. */
function whenParentLeaves(act: () => void): void {
  const input = standardInput();
  if (input === null || !(input.isFIFO() || input.isSocket())) return;
  process.stdin.resume();
  process.stdin.on('close', act);
  process.stdin.on('error', act);
}

function standardInput(): ReturnType<typeof fstatSync> | null {
  try {
    return fstatSync(0);
  } catch {
    return null; // closed
  }
}

/** Serves one client; resolves when it has said good-bye or is gone. */
function serveClient(input: Readable, output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const server = new DapServer({
      send: (message) => {
        if (output.writable) output.write(frame(message));
      },
      defer: (run) => void setImmediate(run),
      readFile: readWholeFile,
      readStream: readChunks,
      kernelTypes: kernelTypesHost(),
      headerFolders: HEADER_FOLDERS,
      runTool,
      headerStore: headerStore(null, whenIdle),
      disconnected: () => resolve(),
    });
    const leave = (): void => {
      server.close();
      resolve();
    };
    const messages = new MessageReader((message) => void server.receive(message));
    input.on('data', (chunk: Buffer) => {
      if (!messages.push(chunk)) input.destroy();
    });
    for (const event of ['close', 'end', 'error']) input.on(event, leave);
    output.on('error', leave);
  });
}
