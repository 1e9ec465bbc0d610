import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ToolResult } from '../cli/world.ts';

/** The bytes of a file; null when it cannot be read. */
export function readNow(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null; // as compilers do, the next folder is looked at
  }
}

const TRIPLES: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** Where Linux distributions have headers; those of the C library for this processor lie in a folder of their own. */
export const HEADER_FOLDERS: readonly string[] =
  process.platform === 'linux'
    ? ['/usr/local/include', `/usr/include/${TRIPLES[process.arch] ?? process.arch}`, '/usr/include']
    : [];

/** Runs a program, without a shell and with nothing to read, to its end; null when it is not installed. */
export function runTool(name: string, words: readonly string[]): Promise<ToolResult | null> {
  return new Promise((resolve) => {
    const child = spawn(name, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS, windowsHide: true });
    const out: Buffer[] = [];
    const error: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => void out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => void error.push(chunk));
    child.on('error', () => resolve(null));
    child.on('close', (status) => resolve({ status, out: Buffer.concat(out), error: Buffer.concat(error).toString() }));
  });
}

const LONGEST_MS = 120_000;
