/**
 * Tries every mutant on the vectors of our own: node test/mutants/killAll.ts. Prints a JSON line for each, with the
 * vector that noticed it or null.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ALL_VECTORS } from '../vectors/all.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'ebpf-workbench-mutants-'));
try {
  for (const [number, mutant] of [null, ...MUTANTS].entries())
    console.log(JSON.stringify({ name: mutant?.name ?? null, ...(await tried(mutant, number)) }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Without a mutant, both engines as they are: no vector may complain. */
async function tried(mutant: Mutant | null, number: number): Promise<{ killedBy: string | null; places: number }> {
  const places = mutant === null ? 1 : placesOf(mutant);
  if (places !== 1) return { killedBy: null, places };
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'test/mutants/subject.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
    plugins: mutant === null ? [] : [changing(mutant)],
  });
  const file = path.join(folder, `${number}.mjs`);
  writeFileSync(file, outputFiles[0]?.contents ?? '');
  const subject = (await import(pathToFileURL(file).href)) as typeof import('./subject.ts');
  const engines = mutant === null ? (['jit', 'interpreter'] as const) : [mutant.engine];
  return {
    killedBy: engines.map((engine) => subject.firstFailure(engine, ALL_VECTORS)).find((one) => one !== null) ?? null,
    places,
  };
}

function source({ file }: Mutant): string {
  return readFileSync(path.join(root, 'server/src', file), 'utf8');
}

/** A mutant changes one place, or it is not the mutant that its name says. */
function placesOf(mutant: Mutant): number {
  const { after, find } = mutant;
  const text = source(mutant);
  if (after === '') return text.split(find).length - 1;
  return text.split(after).length === 2 && text.split(after)[1]?.includes(find) === true ? 1 : 0;
}

function mutated(mutant: Mutant): string {
  const text = source(mutant);
  const at = text.indexOf(mutant.find, text.indexOf(mutant.after));
  return text.slice(0, at) + mutant.replace + text.slice(at + mutant.find.length);
}

function changing(mutant: Mutant): Plugin {
  const target = path.join(root, 'server/src', mutant.file);
  return {
    name: 'mutant',
    setup: (hooks) => {
      hooks.onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
        file === target ? { contents: mutated(mutant), loader: 'ts' } : undefined,
      );
    },
  };
}
