/**
 * What each stage of a C source's first open takes, in a process that has compiled nothing before and in one that has:
 * `node bench/compilerStages.ts KIND FILE [vmlinux.h]` prints the milliseconds of one process as JSON.
 */
import { readFileSync } from 'node:fs';
import { openBtf } from '../server/src/btf/openBtf.ts';
import { NO_FLAGS } from '../server/src/c/compileFlags.ts';
import { compileInStages } from '../server/src/c/compile.ts';
import { readWithBundled } from '../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../server/src/c/includes.ts';
import { readObject } from '../server/src/elf/readObject.ts';
import { headerFolders } from '../server/src/ide/c/userSettings.ts';
import { loadedBy } from '../server/src/ide/kernelSource.ts';
import { warmUpC } from '../server/src/lsp/warmUpC.ts';
import { verify, VERIFY_DEFAULTS } from '../server/src/verifier/verify.ts';

export type StageTimes = Record<string, number>;

/** Of the thread that somebody waits for: V8's helpers and other processes do not count. */
function threadMs(): number {
  process.cpuUsage(); // brings the kernel's count up to date
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** `types`: bytes of a kernel's BTF; `vmlinux`: the text of the project's own vmlinux.h. */
export function stagesOf(text: string, types: Uint8Array | null, vmlinux: string | null): StageTimes {
  const times: StageTimes = {};
  let last = threadMs();
  const done = (stage: string): void => {
    const now = threadMs();
    times[stage] = (times[stage] ?? 0) + now - last;
    last = now;
  };
  const kernelTypes = types === null ? null : openBtf(types).btf;
  done('open BTF');
  const path = 'a.bpf.c';
  const folders = headerFolders(NO_FLAGS, [], false);
  const read = (file: string): string | null => (file === 'vmlinux.h' ? vmlinux : null);
  const includes = searchFolders(folders, readWithBundled({ path, text, folders, read, kernelTypes }));
  const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
  const stages = compileInStages({ path, text, includes, options }, null);
  let step = stages.next();
  for (; step.done !== true; step = stages.next()) done(step.value.stage);
  done('write object');
  const object = readObject(path, step.value.result.object ?? new Uint8Array());
  const loaded = kernelTypes === null ? object : loadedBy({ name: '', btf: kernelTypes, adapts: true }, object);
  done('read object');
  for (const program of loaded.programs) verify(program, { ...VERIFY_DEFAULTS, kernelBtf: kernelTypes });
  done('verify');
  return times;
}

/** In a process of its own: the first time, after the language server's warm-up, and the least of many times. */
if (process.argv[1]?.endsWith('compilerStages.ts') === true) {
  const [, , when, file = '', types = '', vmlinux = ''] = process.argv;
  const inputs = [
    readFileSync(file, 'utf8'),
    types === '' ? null : new Uint8Array(readFileSync(types)),
    vmlinux === '' ? null : readFileSync(vmlinux, 'utf8'),
  ] as const;
  if (when === 'warmed') for (const _ of warmUpC());
  console.log(JSON.stringify(stagesOf(...inputs)));
}
