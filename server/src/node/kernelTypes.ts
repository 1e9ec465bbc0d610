import { readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import * as zlib from 'node:zlib';
import type { KernelTypesHost } from '../lsp/kernelTypes.ts';
import { LARGEST_PROGRAM_BYTES, plainError } from './files.ts';

const OWN_TYPES = '/sys/kernel/btf/vmlinux';

export function ownKernel(): KernelTypesHost['own'] {
  return process.platform === 'linux' ? { release: release(), types: OWN_TYPES } : null;
}

export function kernelTypesHost(): KernelTypesHost {
  return { read: readKernelTypes, own: ownKernel() };
}

/** A file with a kernel's types, unpacked when it is compressed with zstd or gzip. Rejects with a plain reason. */
export async function readKernelTypes(path: string): Promise<Uint8Array> {
  try {
    const about = await stat(path);
    // A pipe or device may never end, and nobody keeps types in one.
    if (!about.isFile()) throw new Error('it is no regular file');
    if (about.size > LARGEST_PROGRAM_BYTES) throw new Error(`the file has ${about.size} bytes; 512 MiB is the limit`);
    return unpacked(await readFile(path));
  } catch (error) {
    throw plainError(error);
  }
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const limit = { maxOutputLength: LARGEST_PROGRAM_BYTES };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return zlib.gunzipSync(bytes, limit);
  if (bytes[0] !== 0x28 || bytes[1] !== 0xb5 || bytes[2] !== 0x2f || bytes[3] !== 0xfd) return bytes;
  if (typeof zlib.zstdDecompressSync !== 'function')
    throw new Error('this version of Node.js cannot unpack zstd: unpack the file first (zstd -d)');
  return zlib.zstdDecompressSync(bytes, limit);
}
