import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readKernelTypes } from '../../server/src/node/kernelTypes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kernel-types-'));
const bytes = new Uint8Array([0x9f, 0xeb, 1, 2, 3]);

function file(name: string, contents: Uint8Array): string {
  const to = path.join(folder, name);
  writeFileSync(to, contents);
  return to;
}

describe('files with kernel types on the disk', () => {
  it('are taken as they are, or unpacked', async () => {
    expect([...(await readKernelTypes(file('raw', bytes)))]).toEqual([...bytes]);
    expect([...(await readKernelTypes(file('gz', zlib.gzipSync(bytes))))]).toEqual([...bytes]);
  });

  it.skipIf(typeof zlib.zstdCompressSync !== 'function')('are unpacked from zstd (needs a Node with it)', async () => {
    expect([...(await readKernelTypes(file('zst', zlib.zstdCompressSync(bytes))))]).toEqual([...bytes]);
  });

  it('are no directories, devices or damaged archives', async () => {
    await expect(readKernelTypes(folder)).rejects.toThrow('it is no regular file');
    await expect(readKernelTypes('/dev/zero')).rejects.toThrow('it is no regular file');
    await expect(readKernelTypes(path.join(folder, 'none'))).rejects.toThrow('no such file or directory');
    const cut = zlib.gzipSync(bytes).subarray(0, 12);
    await expect(readKernelTypes(file('cut', cut))).rejects.toThrow('the compressed data ends too early');
  });
});
