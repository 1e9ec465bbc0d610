import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

interface Tried {
  readonly name: string | null;
  readonly killedBy: string | null;
  readonly places: number;
}

describe('seeded mistakes in the engines', () => {
  it('are each noticed by a vector of our own', { timeout: 600_000 }, () => {
    const run = spawnSync(process.execPath, [path.resolve(import.meta.dirname, 'killAll.ts')], { encoding: 'utf8' });
    const [whole, ...tried] = run.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Tried);
    expect(whole?.killedBy, run.stderr).toBe(null);
    expect(tried.length, run.stderr).toBe(MUTANTS.length);
    expect(tried.filter(({ places }) => places !== 1).map(({ name }) => name)).toEqual([]);
    expect(tried.filter(({ killedBy }) => killedBy === null).map(({ name }) => name)).toEqual([]);
  });

  it('are at least 44 in each engine', () => {
    for (const engine of ['jit', 'interpreter'] as const)
      expect(MUTANTS.filter((mutant) => mutant.engine === engine).length).toBeGreaterThanOrEqual(44);
  });
});
