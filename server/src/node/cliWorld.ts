import { open, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { EXIT } from '../cli/exit.ts';
import type { OutputFile, World } from '../cli/world.ts';
import { plainError, readChunks, readWholeFile } from './files.ts';
import { ownKernel, readKernelTypes } from './kernelTypes.ts';
import { headerStore } from './headerStore.ts';
import { HEADER_FOLDERS, readNow, runTool } from './compilers.ts';
import { VERSION } from './version.ts';

/** The command line's view of this machine. */
export function nodeWorld(): World {
  let closed = false;
  // A reader that goes away (`| head`) ends the output, not the program with a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!closed && error.code !== 'EPIPE') outputLost(error);
    closed = true;
  });
  process.stderr.on('error', () => undefined);
  return {
    readFile: readWholeFile,
    readNow,
    workingFolder: process.cwd(),
    headerFolders: HEADER_FOLDERS,
    runTool,
    // A command's output is there before anything is written.
    headerStore: headerStore(null, (run) => void process.once('beforeExit', run)),
    readStream: readChunks,
    openFile: (path) => plainly(() => openFile(path)),
    writeFile: (path, bytes) => plainly(() => writeFile(path, bytes)),
    readKernelTypes,
    ownKernel: ownKernel(),
    readStandardInput,
    out: (text) => (closed || text === '' ? Promise.resolve() : writeOut(text)),
    error: (text) => process.stderr.write(text),
    outputClosed: () => closed,
    now: () => performance.now(),
    columns: process.stdout.columns ?? 100,
    color: process.stdout.isTTY && !process.env['NO_COLOR'],
    version: VERSION,
    // Loaded only when asked for: the protocol libraries would slow every other command down.
    serveLsp: async () => (await import('./stdioLsp.ts')).serveLsp(),
    serveDap: async (port) => (await import('./stdioDap.ts')).serveDap(port),
  };
}

/** A full disk must not look like success. */
function outputLost(error: Error): void {
  process.stderr.write(`ebpf-workbench: the output cannot be written: ${plainError(error).message}\n`);
  process.on('exit', () => {
    process.exitCode = EXIT.usage;
  });
}

/** Resolves when the text is on its way, or when nobody wants it any more. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

async function openFile(path: string): Promise<OutputFile> {
  const file = await open(path, 'w');
  return {
    write: (bytes) =>
      plainly(async () => {
        await file.writeFile(bytes);
      }),
    close: () => plainly(() => file.close()),
  };
}

async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw plainError(error);
  }
}
