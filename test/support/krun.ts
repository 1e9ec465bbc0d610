import { existsSync } from 'node:fs';
import { buildTool } from './buildTool.ts';
import { kverify } from './kverify.ts';
import { sharedPath } from './shared.ts';

/** Path of the oracle that runs programs in this machine's kernel, compiled on first use; null where it cannot be. */
export const krun: string | null = findKrun();

function findKrun(): string | null {
  const source = sharedPath('oracle', 'krun.c');
  // What cannot load programs cannot run them either.
  if (kverify === null || !existsSync(source)) return null;
  try {
    return buildTool(source, ['-lbpf', '-lelf', '-lz', '-lpcap']);
  } catch {
    return null;
  }
}
