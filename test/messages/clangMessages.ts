/** What clang 19 says about many sources, with few processes: the compiler proper takes a list of files. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLED_HEADERS, bundledHeader } from '../../server/src/c/headers/headers.ts';
import { kernelCatalogue } from '../../server/src/c/headers/kernelCatalogue.ts';
import type { Message } from './messages.ts';

/** Where things stand that clang has to read: our headers, and the texts it is asked about. */
export interface Workshop {
  readonly folder: string;
  readonly headers: string;
}

export function openWorkshop(folder: string): Workshop {
  const headers = path.join(folder, 'headers');
  for (const name of [...BUNDLED_HEADERS, 'vmlinux.h']) {
    const file = path.join(headers, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, name === 'vmlinux.h' ? kernelCatalogue() : (bundledHeader(name) ?? ''));
  }
  return { folder, headers };
}

const PROPER = [
  '-cc1', '-triple', 'bpf', '-target-cpu', 'v3', '-O2', '-fsyntax-only', '-x', 'c', '-fno-caret-diagnostics',
  '-ferror-limit', '0', '-fgnuc-version=4.2.1', '-fmacro-backtrace-limit=0',
]; // prettier-ignore

/**
 * Asks about texts that are read as if they stood beside `from`. Behind an error clang no longer looks at the flow of
 * functions, not even of those in the next files: whatever has no errors is asked about again among its kind. Null where
 * a header is missing.
 */
export async function clangMessages(
  shop: Workshop,
  texts: readonly string[],
  args: readonly string[],
): Promise<(Message[] | null)[]> {
  const files = texts.map((text, i) => {
    const file = path.join(shop.folder, `${i}.c`);
    writeFileSync(file, text);
    return file;
  });
  const said = await ask(files, args, shop);
  for (let left = files.length; ;) {
    const clean = files.flatMap((_, i) => (said[i]?.every(({ severity }) => severity !== 'error') === true ? i : []));
    if (clean.length === left) return said;
    left = clean.length;
    const again = await ask(clean.map((i) => files[i]!), args, shop); // prettier-ignore
    clean.forEach((i, at) => (said[i] = again[at] ?? null));
  }
}

async function ask(
  files: readonly string[],
  args: readonly string[],
  { headers }: Workshop,
): Promise<(Message[] | null)[]> {
  if (files.length === 0) return [];
  const words = [...PROPER, ...args, '-internal-isystem', headers, ...files];
  const output = await outputOf('clang-19', words);
  const numbers = new Map(files.map((file, i) => [file, i]));
  const said = files.map((): Message[] => []);
  for (const [, file = '', line, column, kind = '', text = ''] of output.matchAll(LINE)) {
    const [, message = text, flag = null] = /^(.*) \[-W([^\]]*)\]$/.exec(text) ?? [];
    const severity = kind.endsWith('error') ? 'error' : 'warning';
    said[numbers.get(file) ?? -1]?.push({ line: Number(line), column: Number(column), severity, message, flag });
  }
  const broken = new Set([...output.matchAll(BROKEN)].map(([, file = '']) => file));
  return said.map((list, i) => (broken.has(files[i]!) ? null : list));
}

/** An error in what the file includes: clang no longer looks at the flow of programs then. */
const BROKEN =
  /^In file included from (\/[^\n:]*\.c):\d+:\n(?:In file included from [^\n]*\n)*[^\n]*: (?:fatal )?error: /gm;

const LINE = /^(\/[^\n:]*\.c):(\d+):(\d+): (fatal error|error|warning): ([^\n]*)$/gm;

function outputOf(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const pieces: Buffer[] = [];
    child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(pieces).toString()));
  });
}
