/**
 * All measurements, `npm run bench`: the engines, then the editor. `--rounds N` is how often the engines take turns, `--ms N`
 * the milliseconds of one turn, `--only NAME` measures one program, `--json FILE` writes the ratios. `--write-objects` only
 * compiles our programs into bench/programs/objects, for machines without clang.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { measureEditor } from './editor.ts';
import { measureEngines } from './engines.ts';
import { readOptions } from './options.ts';
import { writeObjects } from './writeObjects.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') throw new Error(options);
  if (options.writeObjects) {
    writeObjects();
    return;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ebpf-workbench-bench-'));
  try {
    measureEngines(options, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (options.only === null) await measureEditor();
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
