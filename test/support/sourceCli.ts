import { type ChildProcessWithoutNullStreams, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

let bundle: string | null = null;

/** The command line in one file, as it is shipped: a process then starts many times faster than from the sources. */
export function cliWords(...words: readonly string[]): [node: string, ...words: string[]] {
  bundle ??= bundled();
  return [process.execPath, bundle, ...words];
}

afterAll(() => {
  if (bundle !== null) rmSync(path.dirname(bundle), { recursive: true });
});

function bundled(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ebpf-workbench-cli-'));
  const outfile = path.join(folder, 'cli.cjs');
  const entry = path.join(root, 'server/src/node/cli.ts');
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs' });
  return outfile;
}

/** The command line as a process, from its sources. */
export function startCli(...words: readonly string[]): ChildProcessWithoutNullStreams {
  const [node, ...rest] = cliWords(...words);
  return spawn(node, rest);
}

/** The same, to its end. */
export function runCli(...words: readonly string[]): SpawnSyncReturns<string> {
  const [node, ...rest] = cliWords(...words);
  return spawnSync(node, rest, { encoding: 'utf8', timeout: 30_000 });
}

export function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return child.exitCode === null
    ? new Promise((resolve) => child.on('close', resolve))
    : Promise.resolve(child.exitCode);
}
