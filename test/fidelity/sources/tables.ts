import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCorpus } from '../captured.ts';
import type { Judged } from '../judged.ts';
import { CannotAsk, type Source, type Workshop } from './source.ts';

const FOLDER = 'tools/testing/selftests/bpf';

/** Functions of libbpf and of the runner's neighbours that dumpTables.c replaces. */
const REPLACED = [
  'bpf_map_create', 'bpf_btf_load', 'bpf_prog_load', 'bpf_map_update_elem', 'libbpf_probe_bpf_prog_type',
  'libbpf_probe_bpf_map_type', 'testing_prog_flags', 'get_xlated_program', 'cap_enable_effective',
  'cap_disable_effective', 'get_unpriv_disabled',
] as const; // prettier-ignore

/** The tables of `test_verifier`: raw instructions, of the kernel tree at hand and of older packages. */
export const tables: Source = {
  name: 'tables',
  what: 'the tables of raw instructions of the kernel’s `test_verifier` (`tools/testing/selftests/bpf/verifier`), also those of an older kernel where its sources are installed',
  collect(workshop) {
    const newest = workshop.kernelTree();
    const folder = path.join(workshop.work, 'tables');
    rmSync(folder, { recursive: true, force: true });
    for (const part of ['btf', 'logs']) mkdirSync(path.join(folder, part), { recursive: true });
    const dumps = [newest, ...olderTrees(workshop, newest)].map((tree) => dump(workshop, tree, folder));
    return Promise.resolve(ask(workshop, folder, withNewestTypes(dumps).join('')));
  },
};

/** Packages of older kernels, unpacked as far as the tables need it. */
function olderTrees(workshop: Workshop, newest: string): string[] {
  const archives = globSync('/usr/src/linux-source-*.tar.xz').filter(
    (archive) => path.basename(archive, '.tar.xz') !== path.basename(newest),
  );
  return archives.map((archive) => {
    const name = path.basename(archive, '.tar.xz');
    const tree = path.join(workshop.work, name);
    const parts = [FOLDER, 'tools/include', 'tools/arch', 'arch/x86/include'].map((part) => `${name}/${part}`);
    if (!existsSync(path.join(tree, FOLDER))) execFileSync('tar', ['-xf', archive, '-C', workshop.work, ...parts]);
    return tree;
  });
}

/** Compiles that kernel's runner together with dumpTables.c, and runs it: one line a test. */
function dump(workshop: Workshop, tree: string, folder: string): string {
  const tests = path.join(tree, FOLDER);
  const version = /linux-(?:source-)?([\d.]+)/.exec(path.basename(tree))?.[1] ?? path.basename(tree);
  const generated = path.join(folder, `generated-${version}`);
  mkdirSync(path.join(generated, 'verifier'), { recursive: true });
  writeFileSync(path.join(generated, 'verifier/tests.h'), header(path.join(tests, 'verifier')));
  const tool = path.join(generated, 'dump');
  const includes = [
    generated, tests, path.join(tests, 'verifier'), workshop.libbpf().include, path.join(tree, 'tools/include'),
    path.join(tree, 'tools/include/uapi'), path.join(workshop.kernelTree(), 'tools/include'),
  ]; // prettier-ignore
  const args = [
    '-O0', '-w', '-D_GNU_SOURCE', '-ffunction-sections', '-Wl,--gc-sections',
    ...REPLACED.map((name) => `-Wl,--wrap=${name}`), ...includes.map((include) => `-I${include}`), '-o', tool,
    path.resolve(import.meta.dirname, '../dumpTables.c'), workshop.libbpf().archive, '-lelf', '-lz',
  ]; // prettier-ignore
  try {
    execFileSync('cc', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new CannotAsk(`the tables of ${tree} do not compile: ${error instanceof Error ? error.message : ''}`);
  }
  const prefix = `test_verifier-${version}`;
  return execFileSync(tool, [path.join(folder, 'btf'), prefix], { encoding: 'utf8', maxBuffer: 1 << 29 });
}

/** What the tests' Makefile writes. */
function header(folder: string): string {
  const files = globSync('*.c', { cwd: folder }).toSorted();
  return ['#ifdef FILL_ARRAY', ...files.map((file) => `#include "${file}"`), '#endif', ''].join('\n');
}

/** Types of maps mean something else in older kernels; those of the newest have the same numbers. */
function withNewestTypes(dumps: readonly string[]): string[] {
  const types = /"btf":"([0-9a-f]+)","btf_key"/;
  const newest = types.exec(dumps[0] ?? '')?.[1];
  return dumps.map((text) => {
    const own = types.exec(text)?.[1];
    return own === undefined || newest === undefined ? text : text.replaceAll(own, newest);
  });
}

interface Answer {
  readonly id: string;
  readonly type: string;
  readonly verdict: string;
  readonly setup?: string;
}

/** The answers in the words of `kverify obj`, so that they are read like those. */
function ask(workshop: Workshop, folder: string, lines: string): Judged[] {
  const out = openSync(path.join(folder, 'answers.jsonl'), 'w');
  const args = ['raw', '--btfdir', path.join(folder, 'btf'), '--logdir', path.join(folder, 'logs')];
  execFileSync(workshop.kverify(), args, { input: lines, stdio: ['pipe', out, 'ignore'], maxBuffer: 1 << 29 });
  closeSync(out);
  const answers = jsonLines<Answer>(readFileSync(path.join(folder, 'answers.jsonl'), 'utf8'));
  const loads = jsonLines<object>(lines).map((load, i) => {
    const type = answers[i]?.type ?? 'unspec';
    return JSON.stringify({ ...load, type, section: type });
  });
  const verdicts = answers.map((answer) => {
    const slash = answer.id.indexOf('/');
    const verdict = answer.setup === undefined ? answer.verdict : 'none';
    return JSON.stringify({
      ...answer, verdict, object: answer.id.slice(0, slash), prog: answer.id.slice(slash + 1),
    }); // prettier-ignore
  });
  writeFileSync(path.join(folder, 'capture.jsonl'), loads.join('\n'));
  writeFileSync(path.join(folder, 'verdicts.jsonl'), verdicts.join('\n'));
  return readCorpus(folder);
}

function jsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
