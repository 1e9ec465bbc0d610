import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** Nobody's program is larger; a mistaken choice of file should not fill the memory. */
const LARGEST_PROGRAM_BYTES = 512 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EPERM: 'operation not permitted',
  ENOTDIR: 'a part of the path is no directory',
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
    const { size } = await stat(path);
    if (size > LARGEST_PROGRAM_BYTES) throw new Error(`the file has ${size} bytes; 512 MiB is the limit`);
    return await readFile(path);
  } catch (error) {
    throw plainError(error);
  }
}

/** Chunks of a file, unpacked when it is gzip-compressed; never the whole file at once. */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    const stream = createReadStream(path, { highWaterMark: 1 << 20 });
    if (!(await isGzip(path))) yield* stream;
    else {
      const gunzip = createGunzip({ chunkSize: 1 << 20 });
      stream.on('error', (error) => gunzip.destroy(error));
      yield* stream.pipe(gunzip);
    }
  } catch (error) {
    throw plainError(error);
  }
}

export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size;
}
