import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Compiles a tool in C when it is first needed. Throws where there is no compiler. */
export function buildTool(source: string, libraries: readonly string[] = []): string {
  const digest = createHash('sha256')
    .update(readFileSync(source))
    .update(libraries.join(' '))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(os.tmpdir(), 'ebpf-workbench-oracle');
  const tool = path.join(folder, `${path.basename(source, '.c')}-${digest}`);
  if (existsSync(tool)) return tool;
  mkdirSync(folder, { recursive: true });
  const partial = `${tool}.${process.pid}`;
  execFileSync('cc', ['-O2', '-w', '-o', partial, source, ...libraries], { stdio: 'ignore' });
  renameSync(partial, tool);
  return tool;
}
