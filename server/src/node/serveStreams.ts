import { createServer } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { DapServer } from '../dap/server.ts';
import { serveLanguage } from '../lsp/server.ts';
import { readChunks, readWholeFile } from './files.ts';

/** The language server over standard input and output, until the client leaves. */
export function serveLsp(): Promise<number> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  serveLanguage(connection, { defer: (run) => void setImmediate(run) });
  return ended(process.stdin);
}

/** The debug adapter over standard input and output, or for one client after the other on a local port. */
export async function serveDap(port: number | null): Promise<number> {
  if (port === null) return serveClient(process.stdin, process.stdout);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void serveClient(socket, socket).then(() => socket.end());
  });
  return new Promise((resolve) => {
    server.on('error', (error) => {
      process.stderr.write(`ebpf-workbench: port ${port}: ${error.message}\n`);
      resolve(2);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      process.stderr.write(`ebpf-workbench: debug adapter listens on 127.0.0.1:${bound}\n`);
    });
  });
}

function serveClient(input: Readable, output: Writable): Promise<number> {
  const server = new DapServer({
    send: (message) => {
      const body = Buffer.from(JSON.stringify(message), 'utf8');
      output.write(`Content-Length: ${body.length}\r\n\r\n`);
      output.write(body);
    },
    defer: (run) => void setImmediate(run),
    readFile: readWholeFile,
    readStream: readChunks,
  });
  const messages = new MessageReader((message) => void server.receive(message));
  input.on('data', (chunk: Buffer) => {
    if (!messages.push(chunk)) input.destroy();
  });
  return ended(input);
}

function ended(input: Readable): Promise<number> {
  return new Promise((resolve) => {
    input.on('close', () => resolve(0));
    input.on('end', () => resolve(0));
    input.on('error', () => resolve(0));
  });
}

/** A client that sends more than this in one message is no client of ours. */
const LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024;
const LARGEST_HEADER_BYTES = 4096;

/** Cuts a stream into messages: a header with Content-Length, an empty line, JSON. */
class MessageReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly take: (message: unknown) => void;

  constructor(take: (message: unknown) => void) {
    this.take = take;
  }

  /** False when the stream is not of this protocol and cannot be followed any further. */
  push(chunk: Buffer): boolean {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const end = this.rest.indexOf('\r\n\r\n');
      if (end === -1) return this.rest.length <= LARGEST_HEADER_BYTES;
      const length = Number(/Content-Length: *(\d+)/i.exec(this.rest.toString('latin1', 0, end))?.[1] ?? Number.NaN);
      if (!(length <= LARGEST_MESSAGE_BYTES)) return false;
      if (this.rest.length < end + 4 + length) return true;
      const text = this.rest.toString('utf8', end + 4, end + 4 + length);
      this.rest = this.rest.subarray(end + 4 + length);
      if (!this.parse(text)) return false;
    }
  }

  private parse(text: string): boolean {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return false;
    }
    this.take(message);
    return true;
  }
}
