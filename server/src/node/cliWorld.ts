import { constants, createReadStream } from 'node:fs';
import { access, open, readFile, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { OutputFile, World } from '../cli/world.ts';
import { VERSION } from './version.ts';

/** The command line's view of this machine. */
export function nodeWorld(): World {
  let closed = false;
  // A reader that goes away (`| head`) ends the output, not the program with a stack trace.
  process.stdout.on('error', () => {
    closed = true;
  });
  process.stderr.on('error', () => undefined);
  return {
    readFile: (path) => plainErrors(async () => new Uint8Array(await readFile(path))),
    readStream,
    openFile: (path) => plainErrors(() => openFile(path)),
    writeFile: (path, bytes) => plainErrors(() => writeFile(path, bytes)),
    readStandardInput,
    out: (text) => (closed || text === '' ? Promise.resolve() : writeOut(text)),
    error: (text) => process.stderr.write(text),
    outputClosed: () => closed,
    now: () => performance.now(),
    columns: process.stdout.columns ?? 100,
    color: process.stdout.isTTY && !process.env['NO_COLOR'],
    version: VERSION,
    serveLsp: null,
    serveDap: null,
  };
}

function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

const CHUNK_BYTES = 256 * 1024;

/** A file's chunks; gzip is known by its first bytes. */
async function* readStream(path: string): AsyncGenerator<Uint8Array> {
  const compressed = await plainErrors(() => isGzip(path));
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const source: Readable = compressed ? file.pipe(createGunzip()) : file;
  if (compressed) file.on('error', (error) => source.destroy(error));
  try {
    for await (const chunk of source) yield chunk as Uint8Array;
  } catch (error) {
    throw plainError(error);
  } finally {
    file.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  await access(path, constants.R_OK);
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<OutputFile> {
  const file = await open(path, 'w');
  return {
    write: (bytes) =>
      plainErrors(async () => {
        await file.write(bytes);
      }),
    close: () => file.close(),
  };
}

async function plainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw plainError(error);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large',
  Z_BUF_ERROR: 'the compressed file ends too early',
  Z_DATA_ERROR: 'the compressed file is damaged',
};

/** Node's messages name system calls; these name what is wrong. */
function plainError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error((code === undefined ? undefined : WORDS[code]) ?? message);
}
