import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildTool } from './buildTool.ts';

/** The running kernel's maps, or null where they cannot be used (no root, no compiler, no bpf()): skip loudly then. */
export const kernelMaps: KernelMaps | null = findKernelMaps();

export interface KernelMaps {
  /** Possible CPUs: how many values a per-CPU map holds. Everything runs on the first. */
  readonly cpus: number;
  /** One answer per line; kmaps.c says what lines there are. */
  ask(lines: readonly string[]): string[];
}

function findKernelMaps(): KernelMaps | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  try {
    const tool = buildTool(path.join(import.meta.dirname, 'kmaps.c'));
    const probe = answers(tool, ['map 2 4 4 1 0 -1 -1 -1 -1 0']);
    return probe[1] === '0' ? { cpus: Number(probe[0]), ask: (lines) => answers(tool, lines).slice(1) } : null;
  } catch {
    return null;
  }
}

function answers(tool: string, lines: readonly string[]): string[] {
  const run = spawnSync(tool, [], { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 30 });
  const found = run.stdout.split('\n').slice(0, -1);
  if (run.status !== 0 || found.length !== lines.length + 1)
    throw new Error(`the kernel answered ${found.length - 1} of ${lines.length} lines: ${run.stderr}`);
  return found;
}
