/**
 * How much memory the longest verifications take, `npm run bench:verifier -- --memory`: programs that are walked up to the
 * limit of a million instructions, each in a process of its own, as its peak.
 */
import { execFileSync } from 'node:child_process';
import { memoryUsage } from 'node:process';
import { VERIFY_DEFAULTS, verifyJob } from '../server/src/verifier/verify.ts';
import { endlessPrograms } from './verifierPrograms.ts';

export interface Memory {
  readonly name: string;
  readonly processed: number;
  readonly states: number;
  /** MiB: of the whole process at its peak, and of what JavaScript holds when it is most. */
  readonly peak: number;
  readonly heap: number;
  /** Of the process before it began. */
  readonly before: number;
}

const LEVELS = [0, 1, 2] as const;

/** One process after the other, and the log at each level. */
export function measureMemory(): Memory[] {
  return LEVELS.flatMap((level) =>
    endlessPrograms().map(({ name }) => {
      const args = [import.meta.filename, name, String(level)];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Memory;
    }),
  );
}

export function memoryText(rows: readonly Memory[]): string {
  const lines = rows.map(
    ({ name, processed, states, peak, heap, before }) =>
      `${name.padEnd(44)} ${String(processed).padStart(8)} ${String(states).padStart(8)} ${String(peak).padStart(6)} ${String(heap).padStart(6)} ${String(before).padStart(6)}`,
  );
  const head = `${'program'.padEnd(44)} ${'walked'.padStart(8)} ${'states'.padStart(8)}   peak   heap before`;
  return [head, ...lines, 'MiB: the peak of a process of its own, of its heap, and what it held before'].join('\n');
}

/** In the process of its own. */
function measureOne(name: string, level: 0 | 1 | 2): Memory {
  const found = endlessPrograms().find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no program ${name}`);
  const before = mebibytes(process.resourceUsage().maxRSS * 1024);
  let heap = 0;
  const job = verifyJob(found.program, { ...VERIFY_DEFAULTS, logLevel: level });
  for (let done = false; !done; heap = Math.max(heap, memoryUsage().heapUsed)) done = job.advance(20_000);
  const { processed, totalStates } = job.result();
  const peak = mebibytes(process.resourceUsage().maxRSS * 1024);
  return { name: `${name}, log level ${level}`, processed, states: totalStates, peak, heap: mebibytes(heap), before };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

const [name, level = '0'] = process.argv.slice(2);
if (import.meta.main && name !== undefined) {
  const wanted = LEVELS.find((one) => String(one) === level) ?? 0;
  console.log(JSON.stringify(measureOne(name, wanted)));
}
