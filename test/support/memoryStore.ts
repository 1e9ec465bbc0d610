import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HeaderStore } from '../../server/src/c/store/headerStore.ts';

export interface MemoryStore extends HeaderStore {
  readonly kept: Map<string, Uint8Array>;
  /** By key: whether bytes were there. */
  readonly asked: boolean[];
}

/** Keeps headers in memory, written at once. */
export function memoryStore(build = 'a build', kept = new Map<string, Uint8Array>()): MemoryStore {
  const asked: boolean[] = [];
  return {
    build,
    kept,
    asked,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    checksum: (bytes) => crc32(bytes),
    read: (key) => {
      asked.push(kept.has(key));
      return kept.get(key)?.slice() ?? null;
    },
    write: (key, bytes) => {
      const made = bytes();
      if (made !== null) kept.set(key, made);
    },
  };
}
