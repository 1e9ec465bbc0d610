/** Compiles damaged sources one after the other and tells of each before and after; see tortureC.ts. */
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { compileAgain, type Includes, type FrontInput, type Kept } from '../../server/src/c/compile.ts';
import { compileOptions, flagsOf } from '../../server/src/c/compileFlags.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../server/src/c/includes.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { randomNumbers } from '../support/random.ts';
import { textsOnDisk } from '../support/textsOnDisk.ts';
import { mutate } from './c/mutate.ts';

export interface TortureInput {
  readonly entries: readonly { readonly path: string; readonly args: readonly string[] | null }[];
  readonly first: number;
  readonly end: number;
  readonly seed: number;
  readonly mostTokens: number;
}

/** Before a compilation with its text, after it without; `reason` says what went wrong. */
export interface TortureReport {
  readonly number: number;
  readonly text: string | null;
  readonly reason: string | null;
}

/** Texts made of one source before the next one: what is known of its headers then serves many. */
const TEXTS_OF_ONE = 40;
const MOST_MS = 5000;
const PROFILES = ['optimised', 'debug'] as const;

interface Source {
  readonly input: FrontInput;
  readonly kept: Kept | null;
}

const { entries, first, end, seed, mostTokens } = workerData as TortureInput;
const fromDisk = textsOnDisk();
const leftOut = new Set<string>();
let source: Source | null = null;
let sourceOf = -1;

for (let number = first; number < end; number++) {
  const round = Math.floor(number / TEXTS_OF_ONE);
  if (round !== sourceOf) source = open(entries[round % entries.length]!, PROFILES[round % 2]!);
  sourceOf = round;
  if (source !== null) torture(source, number);
}

function torture({ input, kept }: Source, number: number): void {
  const next = randomNumbers(seed * 1_000_003 + number);
  const text = mutate(input.text, next, path.basename(input.path), kept?.preamble?.end ?? 0);
  const damaged = { ...input, text, includes: withItself(input, text) };
  tell({ number, text, reason: null });
  const began = process.threadCpuUsage();
  try {
    const { object } = compileAgain(damaged, kept).result;
    if (object !== null) readObject('torture.o', object);
  } catch (error) {
    tell({ number, text, reason: `${input.path}: ${reasonOf(error)}` });
    return;
  }
  const { user, system } = process.threadCpuUsage(began);
  const ms = Math.round((user + system) / 1000);
  if (ms > MOST_MS) tell({ number, text, reason: `${input.path}: takes ${ms} ms` });
  else tell({ number, text: null, reason: null });
}

/** Null for what is not to be had, has too many tokens or goes wrong as it is. */
function open(entry: TortureInput['entries'][number], profile: 'debug' | 'optimised'): Source | null {
  const text = fromDisk(entry.path);
  if (text === null || leftOut.has(entry.path)) return null;
  const flags = flagsOf(entry.args ?? [], path.dirname(entry.path));
  const folders = [...flags.folders, BUNDLED_FOLDER];
  const read = readWithBundled({ path: entry.path, text, folders, read: fromDisk, kernelTypes: null });
  const options = compileOptions({ ...flags, cpu: 3 }, profile);
  const input: FrontInput = { path: entry.path, text, includes: searchFolders(folders, read), options };
  try {
    const { result, kept } = compileAgain(input, null);
    if (result.preprocessed.tokens.first + result.preprocessed.tokens.count <= mostTokens) return { input, kept };
  } catch {
    // Told by `npm run corpus`.
  }
  leftOut.add(entry.path);
  return null;
}

function withItself(input: FrontInput, text: string): Includes {
  return (...question) => {
    const found = input.includes(...question);
    return found?.path === input.path ? { ...found, text } : found;
  };
}

function tell(report: TortureReport): void {
  parentPort?.postMessage(report);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 5).join(' | ') : String(error);
}
