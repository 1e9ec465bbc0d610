import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the running kernel says of one program of an object. */
export interface ProgramVerdict {
  readonly prog: string;
  readonly section: string;
  /** `accept`, `reject`, or `libbpf-error` where it never came to the kernel. */
  readonly verdict: string;
  readonly msg: string;
  readonly insns: number;
  readonly processed: number | null;
}

/** Loads all programs of an object, each in a process of its own. `cache` keeps the answers of objects that do not change. */
export function kernelVerdicts(tool: string, object: string, cache?: string): ProgramVerdict[] {
  const kept = cache === undefined ? null : path.join(cache, `${object.replaceAll('/', '__')}.verdicts`);
  if (kept !== null && existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as ProgramVerdict[];
  const run = spawnSync(tool, ['obj', '--timeout', '60', object], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 600_000,
  });
  const verdicts = run.stdout.split('\n').filter(Boolean).flatMap(readLine);
  if (kept !== null) writeFileSync(kept, JSON.stringify(verdicts));
  return verdicts;
}

function readLine(line: string): ProgramVerdict[] {
  const answer = JSON.parse(line) as Partial<ProgramVerdict>;
  const { prog, section, verdict, msg, insns, processed } = answer;
  if (prog === undefined || verdict === undefined) return [];
  return [{ prog, section: section ?? '', verdict, msg: msg ?? '', insns: insns ?? 0, processed: processed ?? null }];
}
