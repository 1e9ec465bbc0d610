import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** A program of an object file, as command lines name it. */
export interface ObjectProgram {
  readonly object: string;
  readonly section: string;
  readonly function: string;
}

/** What another verifier says of a program, and the processor time that it takes from its start to its end. */
export interface PeerVerdict {
  readonly accepts: boolean;
  readonly ms: number;
}

export type Peer = (program: ObjectProgram) => PeerVerdict | null;

/** The checks that the kernel makes, too, and all instructions that it knows. */
const OPTIONS = ['--termination', '--include_groups', 'packet', 'callx'];

/**
 * Runs its arguments and tells what they took: `times` is in each POSIX shell, and its last line is the children's. More
 * than two minutes are not waited for.
 */
const TIMED = 'ulimit -t 120; "$@" 2>/dev/null; times';

/**
 * PREVAIL (https://github.com/vbpf/prevail), where one is installed: named by the variable `PREVAIL`, else on the path.
 * Null where there is none.
 */
export function findPrevail(env: Readonly<NodeJS.ProcessEnv> = process.env): Peer | null {
  const command = env.PREVAIL ?? onPath('prevail', env.PATH ?? '');
  if (command === null || !existsSync(command)) return null;
  return (program) => ask(command, program);
}

function onPath(name: string, folders: string): string | null {
  const all = folders.split(path.delimiter).map((folder) => path.join(folder, name));
  return all.find((file) => existsSync(file)) ?? null;
}

/** Its status does not tell a program that fails from one that it cannot read; what it prints does. */
function ask(command: string, { object, section, function: name }: ObjectProgram): PeerVerdict | null {
  const args = [object, section, name, ...OPTIONS];
  const { stdout } = spawnSync('sh', ['-c', TIMED, 'sh', command, ...args], { encoding: 'utf8' });
  const verdict = /^(PASS|FAIL): /m.exec(stdout)?.[1];
  const ms = childrenMs(stdout);
  return verdict === undefined || ms === null ? null : { accepts: verdict === 'PASS', ms };
}

/** "0m1.250s 0m0.030s" in the last line: user and system time. */
function childrenMs(printed: string): number | null {
  const found = [...(printed.trimEnd().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (found.length !== 2) return null;
  return found.reduce((sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds), 0);
}
