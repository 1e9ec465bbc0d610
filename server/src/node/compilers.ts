import { spawn } from 'node:child_process';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CFilesHost } from '../lsp/cDocuments.ts';
import type { World } from '../cli/world.ts';

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

/** Reads C sources' headers for the language server; a file that did not change is read once. */
export function cFilesHost(): CFilesHost {
  const kept = new Map<string, { readonly stamp: string; readonly text: string }>();
  return {
    read: (path) => {
      const about = statNow(path);
      if (about === null || !about.isFile() || about.size > LARGEST_HEADER_BYTES) return null;
      const stamp = `${about.mtimeMs} ${about.size}`;
      const known = kept.get(path);
      if (known?.stamp === stamp) return known.text;
      const bytes = readNow(path);
      if (bytes === null) return null;
      const text = new TextDecoder().decode(bytes);
      kept.set(path, { stamp, text });
      return text;
    },
    pathOf: (uri) => (uri.startsWith('file:') ? fileURLToPath(uri) : uri),
    uriOf: (path) => pathToFileURL(path).href,
    headerFolders: HEADER_FOLDERS,
    runTool,
  };
}

function statNow(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null; // as for a file that is not there
  }
}

const LARGEST_HEADER_BYTES = 64 * 1024 * 1024;

/** Runs a program, without a shell, to its end; null when it is not installed. */
export function runTool(...[name, words, input]: Parameters<World['runTool']>): ReturnType<World['runTool']> {
  return new Promise((resolve) => {
    const child = spawn(name, words, { stdio: ['pipe', 'pipe', 'pipe'], timeout: LONGEST_MS, windowsHide: true });
    const out: Buffer[] = [];
    const error: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => void out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => void error.push(chunk));
    child.on('error', () => resolve(null));
    // A tool that reads nothing may be gone before all is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('close', (status) => resolve({ status, out: Buffer.concat(out), error: Buffer.concat(error).toString() }));
  });
}

const LONGEST_MS = 120_000;
