/**
 * Compiles damaged sources: no exception, nothing that takes longer than some seconds, no memory without end.
 *   npm run torture:c -- --sources LIST [--count 1000] [--seed 1] [--first 0] [--tokens 60000] [--out FOLDER]
 *
 * LIST is a JSON list of { path, args }: sources and clang's arguments for them. Sources that have more tokens than
 * `--tokens` together with their headers are left out. What goes wrong is told with its number, which `--first` repeats.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { TortureInput, TortureReport } from './tortureWorker.ts';

const { values } = parseArgs({
  options: {
    sources: { type: 'string' },
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    tokens: { type: 'string', default: '60000' },
    out: { type: 'string' },
  },
});

/** Far beyond what a compilation may take, on a machine that has other things to do. */
const HANG_MS = 90_000;
const MOST_MEGABYTES = 1500;
const SAY_EVERY = 1000;

const { sources = '' } = values;
const entries = JSON.parse(readFileSync(sources, 'utf8')) as readonly TortureInput['entries'][number][];
const end = Number(values.first) + Number(values.count);
let failures = 0;
let done = 0;
let at = Number(values.first);

while (at < end) {
  const { number, reason, text } = await runFrom(at);
  if (reason === null) break;
  failures++;
  console.log(`${number}: ${reason}`);
  if (values.out !== undefined && text !== null) {
    mkdirSync(values.out, { recursive: true });
    writeFileSync(path.join(values.out, `${number}.c`), text);
  }
  at = number + 1;
}
console.log(`${done} compiled, ${failures} went wrong`);
process.exitCode = failures === 0 ? 0 : 1;

interface End {
  readonly number: number;
  /** What went wrong; null when all is done. */
  readonly reason: string | null;
  readonly text: string | null;
}

/** One worker, until something goes wrong in it: a hung one can only be ended from outside. */
function runFrom(first: number): Promise<End> {
  const input: TortureInput = { entries, first, end, seed: Number(values.seed), mostTokens: Number(values.tokens) };
  const worker = new Worker(new URL('tortureWorker.ts', import.meta.url), {
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  let last: { number: number; text: string | null } = { number: first, text: null };
  return new Promise((resolve) => {
    const finish = (reason: string | null): void => {
      clearTimeout(timer);
      void worker.terminate();
      resolve({ ...last, reason });
    };
    const hung = (): void => finish(`hangs for ${HANG_MS} ms`);
    let timer = setTimeout(hung, HANG_MS);
    worker.on('message', ({ number, text, reason }: TortureReport) => {
      clearTimeout(timer);
      timer = setTimeout(hung, HANG_MS);
      last = { number, text };
      if (reason !== null) finish(reason);
      else if (text === null && ++done % SAY_EVERY === 0) console.log(`${done} compiled, ${failures} went wrong`);
    });
    worker.on('error', (error) => finish(String(error)));
    worker.on('exit', () => finish(null));
  });
}
