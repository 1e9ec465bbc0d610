import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { World } from '../cli/world.ts';
import { cacheFolder } from './cacheFolder.ts';
import { BUILD } from './version.ts';

/** All files together; a kernel's vmlinux.h takes 8 MB. */
const MOST_BYTES = 128 * 1024 * 1024;
const LARGEST_BYTES = 64 * 1024 * 1024;
/** Of a process that ended while it wrote. */
const STALE_MS = 60 * 60 * 1000;
/** Another process may be using the files, or the folder may be gone: everything here fails silently. */
const SUFFIX = '.header';

type HeaderStore = NonNullable<World['headerStore']>;

/** Runs something when there is time. */
type Later = (run: () => void) => void;

/** In that folder, or else where this system keeps what can be made again; none when running from sources. */
export function headerStore(folder: string | null, later: Later): HeaderStore | undefined {
  return BUILD === null ? undefined : headerStoreIn(path.join(folder ?? cacheFolder(), 'headers'), BUILD, later);
}

/** Once the user has what was asked for. A server that ends sooner writes nothing. */
export function whenIdle(run: () => void): void {
  setTimeout(run, IDLE_MS).unref();
}

const IDLE_MS = 3000;

/** Keeps headers in a folder, which is made when the first one is written. */
export function headerStoreIn(folder: string, build: string, later: Later): HeaderStore {
  const fileOf = (key: string): string => path.join(folder, `${key}${SUFFIX}`);
  return {
    build,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    checksum,
    read: (key) => quietly(() => readKept(fileOf(key))),
    write: (key, bytes) => later(() => void quietly(() => writeKept(folder, fileOf(key), bytes()))),
  };
}

/** Before version 20.15 Node has the slower one only. */
function checksum(bytes: Uint8Array): number {
  return typeof crc32 === 'function' ? crc32(bytes) : createHash('sha256').update(bytes).digest().readInt32LE();
}

function readKept(file: string): Uint8Array | null {
  if (statSync(file).size > LARGEST_BYTES) return null;
  const bytes = readFileSync(file);
  const now = new Date();
  quietly(() => utimesSync(file, now, now));
  return bytes;
}

/** Others see the whole file or none. */
function writeKept(folder: string, file: string, bytes: Uint8Array | null): void {
  if (bytes === null || bytes.length > LARGEST_BYTES) return;
  makeFolder(folder);
  const temporary = `${file}.${process.pid}.${Date.now()}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
  cleanUp(folder);
}

/** Not by `recursive`, which never ends where a folder is there in which nothing can be made, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** Those that were used last stay. */
function cleanUp(folder: string): void {
  const kept = readdirSync(folder).flatMap((name) => quietly(() => aboutFile(path.join(folder, name))) ?? []);
  let sum = 0;
  for (const { file, size, usedMs } of kept.toSorted((a, b) => b.usedMs - a.usedMs)) {
    const isLeft = file.endsWith('.tmp') && Date.now() - usedMs > STALE_MS;
    sum += size;
    if (isLeft || (file.endsWith(SUFFIX) && sum > MOST_BYTES)) quietly(() => rmSync(file, { force: true }));
  }
}

function aboutFile(file: string): { readonly file: string; readonly size: number; readonly usedMs: number } {
  const { size, mtimeMs } = statSync(file);
  return { file, size, usedMs: mtimeMs };
}

function quietly<T>(what: () => T): T | null {
  try {
    return what();
  } catch {
    return null;
  }
}
