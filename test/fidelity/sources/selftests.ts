import { execFile, execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { askObjects } from '../askObjects.ts';
import { readCorpus } from '../captured.ts';
import { CannotAsk, type Source, type Workshop } from './source.ts';

const FOLDER = 'tools/testing/selftests/bpf';

/** Files that the Makefile gives more switches than it says in a line of their own. */
const NO_INLINE = new Set(['test_l4lb_noinline.c', 'test_xdp_noinline.c']);

/** The programs of the kernel's selftests, compiled as their Makefile does for `test_progs`. */
export const selftests: Source = {
  name: 'selftests',
  what: 'the programs of the kernel’s selftests (`tools/testing/selftests/bpf/progs`), loaded with the flags that their annotations ask for',
  async collect(workshop) {
    const folder = path.join(workshop.work, 'selftests');
    if (workshop.kept && existsSync(path.join(folder, 'verdicts.jsonl'))) return readCorpus(folder);
    const kverify = workshop.kverify();
    const objects = await compileAll(workshop);
    const tests = path.join(workshop.kernelTree(), FOLDER);
    return askObjects(kverify, folder, objects, ['--selftest', '--btfroot', tests]);
  },
};

/** Objects of all files that compile; the running kernel's types do not have all that the tests of another name. */
async function compileAll(workshop: Workshop): Promise<string[]> {
  const output = path.join(workshop.work, 'selftests.objects');
  mkdirSync(output, { recursive: true });
  const flags = commonFlags(workshop);
  const tests = path.join(workshop.kernelTree(), FOLDER);
  const makefile = readFileSync(path.join(tests, 'Makefile'), 'utf8');
  const waiting = globSync('progs/*.c', { cwd: tests }).toSorted();
  const objects: string[] = [];
  const failed: string[] = [];
  const header = statSync(path.join(workshop.kernelHeaders(), 'vmlinux.h')).mtimeMs;
  const work = async () => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const object = path.join(output, `${path.basename(file, '.c')}.bpf.o`);
      const args = [...flags, ...ownFlags(makefile, path.basename(file)), '-c', file, '-o', object];
      if (await compiled(workshop.clang, args, tests, object, header)) objects.push(object);
      else failed.push(path.basename(file));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  if (objects.length === 0)
    throw new CannotAsk(`${workshop.clang} compiles none of the selftests; install clang 18 or newer`);
  if (failed.length > 0) console.log(`  left out, as they do not compile here: ${failed.toSorted().join(', ')}`);
  return objects.toSorted();
}

function compiled(
  clang: string,
  args: readonly string[],
  cwd: string,
  object: string,
  headerMs: number,
): Promise<boolean> {
  if (existsSync(object) && statSync(object).mtimeMs > headerMs) return Promise.resolve(true);
  return new Promise((resolve) => {
    execFile(clang, args, { cwd, maxBuffer: 1 << 26 }, (error) => {
      if (error !== null) rmSync(object, { force: true });
      resolve(error === null);
    });
  });
}

/** BPF_CFLAGS and CLANG_CFLAGS of the tests' Makefile, v6.12. */
function commonFlags(workshop: Workshop): string[] {
  const tree = workshop.kernelTree();
  const tests = path.join(tree, FOLDER);
  const includes = [
    workshop.kernelHeaders(), workshop.libbpf().include, tests, path.join(tree, 'tools/include/uapi'),
  ]; // prettier-ignore
  return [
    '-g', '-w', '-D__TARGET_ARCH_x86', '-mlittle-endian', ...includes.map((folder) => `-I${folder}`),
    ...systemIncludes(workshop.clang), '-DENABLE_ATOMICS_TESTS', '-O2', '--target=bpf', '-mcpu=v3',
  ]; // prettier-ignore
}

/** Folders of headers that clang searches for this machine, after all others. */
export function systemIncludes(clang: string): string[] {
  try {
    const text = execFileSync('sh', ['-c', `${clang} -v -E - </dev/null 2>&1`], { encoding: 'utf8' });
    const listed = /search starts here:\n([^]*?)End of search list/.exec(
      text.slice(text.indexOf('#include <...>')),
    )?.[1];
    return (listed ?? '').split('\n').flatMap((line) => (line.startsWith(' /') ? ['-idirafter', line.trim()] : []));
  } catch {
    throw new CannotAsk('the selftests are compiled by clang, which is not installed');
  }
}

/** `progs/NAME-CFLAGS := …` */
function ownFlags(makefile: string, name: string): string[] {
  const line = makefile.split('\n').find((text) => text.startsWith(`progs/${name}-CFLAGS := `));
  const flags = line?.split(':= ')[1]?.split(' ') ?? [];
  return NO_INLINE.has(name) ? [...flags, '-fno-inline'] : flags;
}
