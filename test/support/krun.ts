import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { kverify } from './kverify.ts';
import { sharedPath } from './shared.ts';

/** Path of the oracle that runs programs in this machine's kernel, compiled on first use; null where it cannot be. */
export const krun: string | null = findKrun();

function findKrun(): string | null {
  const source = sharedPath('oracle', 'krun.c');
  // What cannot load programs cannot run them either.
  if (kverify === null || !existsSync(source)) return null;
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = path.join(os.tmpdir(), 'ebpf-workbench-oracle');
  const tool = path.join(folder, `krun-${digest}`);
  if (existsSync(tool)) return tool;
  mkdirSync(folder, { recursive: true });
  const partial = `${tool}.${process.pid}`;
  try {
    execFileSync('cc', ['-O2', '-w', '-o', partial, source, '-lbpf', '-lelf', '-lz', '-lpcap'], { stdio: 'ignore' });
    renameSync(partial, tool);
    return tool;
  } catch {
    return null;
  }
}
