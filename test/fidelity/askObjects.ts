import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readCorpus } from './captured.ts';
import type { Judged } from './judged.ts';

/**
 * Asks the running kernel about every program of the objects; what it got and what it said stays in `folder`. `flags` are
 * switches of `kverify obj`. As many processes as there are processors work at it.
 */
export async function askObjects(
  kverify: string,
  folder: string,
  objects: readonly string[],
  flags: readonly string[],
): Promise<Judged[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'btf'), { recursive: true });
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const shares = Array.from({ length: os.availableParallelism() }, (_, i) =>
    objects.filter((_object, k) => k % os.availableParallelism() === i),
  );
  await Promise.all(shares.map((share, i) => askShare(kverify, folder, i, share, flags)));
  for (const name of ['capture', 'verdicts'])
    writeFileSync(path.join(folder, `${name}.jsonl`), shares.map((_, i) => takeShare(folder, name, i)).join(''));
  return readCorpus(folder);
}

async function askShare(
  kverify: string,
  folder: string,
  index: number,
  objects: readonly string[],
  flags: readonly string[],
): Promise<void> {
  writeFileSync(path.join(folder, `capture.${index}`), '');
  const out = openSync(path.join(folder, `verdicts.${index}`), 'w');
  const btf = ['--capture', path.join(folder, `capture.${index}`), '--btfdir', path.join(folder, 'btf')];
  for (const object of objects) {
    const name = ['--name', path.basename(object), '--logdir', path.join(folder, 'logs')];
    // One object after the other: a long list would not fit the command line, and a crash costs one file.
    await finished(kverify, ['obj', ...flags, ...btf, ...name, object], out);
  }
  closeSync(out);
}

function finished(command: string, args: readonly string[], out: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', out, 'ignore'] });
    child.on('error', reject);
    child.on('exit', () => {
      resolve();
    });
  });
}

function takeShare(folder: string, name: string, index: number): string {
  const file = path.join(folder, `${name}.${index}`);
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  return text;
}
