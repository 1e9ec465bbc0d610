/**
 * What each stage of a C source's first open takes, in a process that has compiled nothing before and in one that has:
 * `node bench/compilerStages.ts WHEN FILE TYPES VMLINUX.H FOLDER` prints the milliseconds of one process as JSON; what is
 * not there is empty.
 */
import { readFileSync } from 'node:fs';
import type { Btf } from '../server/src/btf/btf.ts';
import { openBtf } from '../server/src/btf/openBtf.ts';
import { NO_FLAGS } from '../server/src/c/compileFlags.ts';
import { compileInStages } from '../server/src/c/compile.ts';
import { readWithBundled } from '../server/src/c/headers/bundledFolder.ts';
import type { HeaderStore } from '../server/src/c/store/headerStore.ts';
import { searchFolders } from '../server/src/c/includes.ts';
import { readObject } from '../server/src/elf/readObject.ts';
import { headerFolders } from '../server/src/ide/c/userSettings.ts';
import { loadedBy } from '../server/src/ide/kernelSource.ts';
import { warmUpC } from '../server/src/lsp/warmUpC.ts';
import { headerStoreIn } from '../server/src/node/headerStore.ts';
import { verify, VERIFY_DEFAULTS } from '../server/src/verifier/verify.ts';

export type StageTimes = Record<string, number>;

/** Of the thread that somebody waits for: V8's helpers and other processes do not count. */
function threadMs(): number {
  process.cpuUsage(); // brings the kernel's count up to date
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

export interface Given {
  readonly text: string;
  /** A kernel's types, or their bytes, where opening them counts. */
  readonly types: Uint8Array | Btf | null;
  /** The text of the project's own vmlinux.h. */
  readonly vmlinux: string | null;
  readonly store?: HeaderStore | undefined;
}

export function stagesOf({ text, types, vmlinux, store }: Given): StageTimes {
  const times: StageTimes = {};
  let last = threadMs();
  const done = (stage: string): void => {
    const now = threadMs();
    times[stage] = (times[stage] ?? 0) + now - last;
    last = now;
  };
  const kernelTypes = types instanceof Uint8Array ? openBtf(types).btf : types;
  done('open BTF');
  const path = 'a.bpf.c';
  const folders = headerFolders(NO_FLAGS, [], false);
  const read = (file: string): string | null => (file === 'vmlinux.h' ? vmlinux : null);
  const includes = searchFolders(folders, readWithBundled({ path, text, folders, read, kernelTypes }));
  const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
  const stages = compileInStages({ path, text, includes, options, store }, null);
  let step = stages.next();
  for (; step.done !== true; step = stages.next()) done(step.value.stage);
  done('write');
  const object = readObject(path, step.value.result.object ?? new Uint8Array());
  const loaded = kernelTypes === null ? object : loadedBy({ name: '', btf: kernelTypes, adapts: true }, object);
  done('read object');
  for (const program of loaded.programs) verify(program, { ...VERIFY_DEFAULTS, kernelBtf: kernelTypes });
  done('verify');
  return times;
}

/**
 * In a process of its own: the first time (`new`), after the language server's warm-up (`warmed`), and after that with what
 * an earlier session kept in a folder (`second`); the first process that is given the folder is that earlier session.
 */
function inThisProcess(
  when: string,
  [file = '', types = '', vmlinux = '', folder = '']: readonly string[],
): StageTimes {
  const text = readFileSync(file, 'utf8');
  const header = vmlinux === '' ? null : readFileSync(vmlinux, 'utf8');
  const bytes = types === '' ? null : new Uint8Array(readFileSync(types));
  if (when === 'new') return stagesOf({ text, types: bytes, vmlinux: header });
  const btf = bytes === null ? null : openBtf(bytes).btf;
  for (const _ of warmUpC(() => btf));
  const store = when === 'second' ? headerStoreIn(folder, 'bench', (run) => setImmediate(run)) : undefined;
  return stagesOf({ text, types: btf, vmlinux: header, store });
}

if (process.argv[1]?.endsWith('compilerStages.ts') === true) {
  const [, , when = '', ...words] = process.argv;
  console.log(JSON.stringify(inThisProcess(when, words)));
}
