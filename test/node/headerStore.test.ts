import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../server/src/node/cacheFolder.ts';
import { headerStore, headerStoreIn } from '../../server/src/node/headerStore.ts';

const root = mkdtempSync(path.join(tmpdir(), 'ebpf-workbench-store-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const newFolder = (): string => path.join(root, String(folders++));
const storeIn = (folder: string) => headerStoreIn(folder, 'build', (run) => run());
const KEY = 'ab12';
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('headers in a folder', () => {
  it('are there again in the next session, for the user only', () => {
    const folder = path.join(newFolder(), 'made', 'when', 'needed');
    const store = storeIn(folder);
    expect(store.read(KEY)).toBeNull();
    expect(existsSync(folder)).toBe(false);
    store.write(KEY, () => bytes(1, 2, 3));
    expect([...(storeIn(folder).read(KEY) ?? [])]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual([`${KEY}.header`]);
    if (process.platform === 'win32') return;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, `${KEY}.header`)).mode & 0o777).toBe(0o600);
  });

  it('are written when there is time, and nothing is made for that before', () => {
    const waiting: (() => void)[] = [];
    const store = headerStoreIn(newFolder(), 'build', (run) => void waiting.push(run));
    store.write(KEY, () => bytes(7));
    expect(store.read(KEY)).toBeNull();
    waiting.shift()?.();
    expect([...(store.read(KEY) ?? [])]).toEqual([7]);
  });

  it('make room for new ones: those go that were not used for longest', () => {
    const folder = newFolder();
    const store = storeIn(folder);
    const MIB = 1024 * 1024;
    for (const [key, minutes] of [
      ['used', 50],
      ['old', 40],
      ['older', 60],
      ['new', 30],
    ] as const) {
      store.write(key, () => bytes(1));
      const file = path.join(folder, `${key}.header`);
      truncateSync(file, 40 * MIB);
      const then = new Date(Date.now() - minutes * 60_000);
      utimesSync(file, then, then);
    }
    expect(store.read('used')?.length).toBe(40 * MIB);
    store.write('newest', () => bytes(1));
    expect(readdirSync(folder).toSorted()).toEqual(['new.header', 'newest.header', 'old.header', 'used.header']);
  });

  it('leave no half files behind, and those of others alone', () => {
    const folder = newFolder();
    mkdirSync(folder);
    const [left, others, being] = ['a.header.1.2.tmp', 'notes.txt', 'b.header.3.4.tmp'];
    for (const name of [left, others, being]) writeFileSync(path.join(folder, name), 'x');
    const then = new Date(Date.now() - 2 * 60 * 60_000);
    for (const name of [left, others]) utimesSync(path.join(folder, name), then, then);
    storeIn(folder).write(KEY, () => bytes(1));
    expect(readdirSync(folder).toSorted()).toEqual([`${KEY}.header`, being, others].toSorted());
  });

  it('are not kept, without a word, where that cannot be', () => {
    const file = newFolder();
    writeFileSync(file, 'no folder');
    const folders = [file, path.join(file, 'in', 'it'), ...(existsSync('/proc/self') ? ['/proc/none/of/it'] : [])];
    for (const folder of folders) {
      storeIn(folder).write(KEY, () => bytes(1));
      expect(storeIn(folder).read(KEY)).toBeNull();
    }
    const folder = newFolder();
    mkdirSync(path.join(folder, `${KEY}.header`), { recursive: true });
    storeIn(folder).write(KEY, () => bytes(1));
    expect(storeIn(folder).read(KEY)).toBeNull();
    expect(readdirSync(folder)).toEqual([`${KEY}.header`]);
  });

  it('are whole at any time, while several processes write the same one', async () => {
    const folder = newFolder();
    const script = path.resolve(import.meta.dirname, '../../server/src/node/headerStore.ts');
    const code = `import(${JSON.stringify(script)}).then(({ headerStoreIn }) => {
      const { fill, folder } = require('node:worker_threads').workerData;
      const store = headerStoreIn(folder, 'build', (run) => run());
      for (let i = 0; i < 60; i++) store.write('${KEY}', () => new Uint8Array(400_000).fill(fill));
    })`;
    const workers = [1, 2].map((fill) => new Worker(code, { eval: true, workerData: { fill, folder } }));
    const running = new Set(workers);
    for (const worker of workers) worker.on('exit', () => running.delete(worker));
    const seen = new Set<string>();
    const store = storeIn(folder);
    while (running.size > 0) {
      const read = store.read(KEY);
      if (read !== null) seen.add(`${read.length} ${[...new Set(read)].join()}`);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect([...seen].filter((one) => !['400000 1', '400000 2'].includes(one))).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([`${KEY}.header`]);
  }, 30_000);

  it('are not kept by what runs from sources', () => {
    expect(headerStore(newFolder(), (run) => run())).toBeUndefined();
  });
});

describe('the folder for what can be made again', () => {
  it.each([
    ['linux', { XDG_CACHE_HOME: '/var/me' }, '/var/me/ebpf-workbench'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/ebpf-workbench'],
    ['linux', {}, '/home/me/.cache/ebpf-workbench'],
    ['darwin', {}, '/home/me/Library/Caches/ebpf-workbench'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\me\\Local' }, 'C:\\Users\\me\\Local\\ebpf-workbench\\Cache'],
    ['win32', {}, '\\home\\me\\AppData\\Local\\ebpf-workbench\\Cache'],
  ])('is on %s with %o: %s', (platform, variables, folder) => {
    expect(cacheFolder({ platform, home: '/home/me', variables })).toBe(folder);
  });
});
