import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Nobody's program is larger; a mistaken choice of file should not fill the memory. */
export const LARGEST_PROGRAM_BYTES = 512 * 1024 * 1024;

const CHUNK_BYTES = 1 << 20;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EPERM: 'operation not permitted',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  Z_BUF_ERROR: 'the compressed data ends too early',
};

/** A system error in plain words. */
export function plainError(error: unknown): Error {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const text = error instanceof Error ? error.message : String(error);
  return new Error(REASONS[code] ?? (code.startsWith('Z_') ? `the compressed data is damaged (${text})` : text));
}

export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    const about = await stat(path);
    if (about.size > LARGEST_PROGRAM_BYTES) throw new Error(`the file has ${about.size} bytes; 512 MiB is the limit`);
    return about.isFile() || about.isDirectory() ? await readFile(path) : await readPipe(path);
  } catch (error) {
    throw plainError(error);
  }
}

/** Pipes and devices do not tell their size beforehand, and some never end. */
async function readPipe(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of storedChunks(await open(path))) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > LARGEST_PROGRAM_BYTES) throw new Error('it goes on after 512 MiB, which is the limit');
  }
  return Buffer.concat(chunks);
}

/**
 * Chunks of a file or pipe, unpacked when it is gzip-compressed; never the whole file at once. It is opened once and
 * read from start to end, because a pipe gives its bytes only once.
 */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    const stored = storedChunks(await open(path));
    const first = await stored.next();
    if (first.done === true) return;
    const all = beginningWith(first.value, stored);
    yield* startsAsGzip(first.value) ? unpacked(all) : all;
  } catch (error) {
    throw plainError(error);
  }
}

async function* beginningWith(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* unpacked(packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } finally {
    source.destroy();
  }
}

/** The bytes as they are stored, each chunk full except the last; closes the file at the end. */
async function* storedChunks(file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const filled = await fill(file, chunk);
      if (filled > 0) yield chunk.subarray(0, filled);
      if (filled < chunk.length) return;
    }
  } finally {
    await file.close();
  }
}

async function fill(file: FileHandle, chunk: Buffer): Promise<number> {
  let filled = 0;
  while (filled < chunk.length) {
    const { bytesRead } = await file.read(chunk, filled, chunk.length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function startsAsGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** How many bytes `readChunks` will give; null where only reading tells: compressed files, pipes, unreadable ones. */
export async function knownSize(path: string): Promise<number | null> {
  try {
    const about = await stat(path);
    return about.isFile() && !(await isGzip(path)) ? about.size : null;
  } catch {
    return null; // reading will say what is wrong
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return startsAsGzip(buffer);
  } finally {
    await file.close();
  }
}
