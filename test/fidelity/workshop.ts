/** Builds what the sources need: an unpacked kernel tree, its libbpf, vmlinux.h and the tool that asks the kernel. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildTool } from '../support/buildTool.ts';
import type { FidelityOptions } from './options.ts';
import { CannotAsk, type Workshop } from './sources/source.ts';

const SELFTESTS = 'tools/testing/selftests/bpf';
const PACKAGED = '/usr/src/linux-source-*.tar.xz';
const VMLINUX = '/sys/kernel/btf/vmlinux';

export function openWorkshop({ work, kernelTree, projects, kept }: FidelityOptions): Workshop {
  mkdirSync(work, { recursive: true });
  const tree = once(() => (kernelTree === null ? unpackedTree(work) : givenTree(kernelTree)));
  const libbpf = once(() => buildLibbpf(tree(), path.join(work, 'libbpf')));
  return {
    work,
    kept,
    kernelTree: tree,
    libbpf,
    kernelHeaders: once(() => writeKernelHeader(tree(), work)),
    kverify: once(() => buildKverify(libbpf())),
    clang: clangOf(),
    sources: projects,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function givenTree(folder: string): string {
  if (existsSync(path.join(folder, SELFTESTS))) return path.resolve(folder);
  throw new CannotAsk(`${folder} is no kernel tree: it has no ${SELFTESTS}`);
}

/** The newest linux-source package of the distribution, of which only what is needed is unpacked. */
function unpackedTree(work: string): string {
  const archive = globSync(PACKAGED)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  if (archive === undefined)
    throw new CannotAsk(
      'no sources of a kernel: install the package linux-source, or name a tree with --kernel-tree DIR',
    );
  const name = path.basename(archive, '.tar.xz');
  const tree = path.join(work, name);
  if (existsSync(path.join(tree, SELFTESTS, 'Makefile'))) return tree;
  const parts = ['tools', 'scripts', 'include', 'arch/x86', 'kernel/bpf', 'samples/bpf'].map(
    (part) => `${name}/${part}`,
  );
  call('tar', ['-xf', archive, '-C', work, ...parts]);
  return tree;
}

function buildLibbpf(tree: string, output: string): { archive: string; include: string } {
  const archive = path.join(output, 'libbpf.a');
  const include = path.join(output, 'installed/usr/include');
  if (existsSync(archive) && existsSync(include)) return { archive, include };
  mkdirSync(output, { recursive: true });
  const folder = path.join(tree, 'tools/lib/bpf');
  const to = [`OUTPUT=${output}/`, `DESTDIR=${output}/installed`, 'prefix=/usr'];
  call('make', ['-s', '-C', folder, ...to, archive]);
  call('make', ['-s', '-C', folder, ...to, 'install_headers']);
  return { archive, include };
}

/** Only that tree's own bpftool prints the prototypes of kernel functions. */
function writeKernelHeader(tree: string, work: string): string {
  if (!existsSync(VMLINUX)) throw new CannotAsk(`this kernel does not tell its types: there is no ${VMLINUX}`);
  const output = path.join(work, 'bpftool');
  const headers = path.join(work, 'headers');
  mkdirSync(output, { recursive: true });
  mkdirSync(headers, { recursive: true });
  const tool = path.join(output, 'bootstrap/bpftool');
  if (!existsSync(tool))
    call('make', ['-s', '-C', path.join(tree, 'tools/bpf/bpftool'), `OUTPUT=${output}/`, 'bootstrap']);
  const header = execFileSync(tool, ['btf', 'dump', 'file', VMLINUX, 'format', 'c'], {
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  const file = path.join(headers, 'vmlinux.h');
  const text = withoutDeclared(header, tree);
  // Untouched where it is the same, so that what was compiled with it stays.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  return headers;
}

/** Prototypes that the selftests declare themselves, for another kernel's types, would be declared twice. */
function withoutDeclared(header: string, tree: string): string {
  const folder = path.join(tree, SELFTESTS);
  const files = [...globSync('*.h', { cwd: folder }), ...globSync('progs/*.c', { cwd: folder })];
  const declared = new Set<string>();
  for (const file of files)
    for (const [, name = ''] of readFileSync(path.join(folder, file), 'utf8').matchAll(
      /\b(\w+)\([^()]*\)(?: __weak)? __ksym/g,
    ))
      declared.add(name);
  const prototype = /^extern .*?\b(\w+)\(.*__ksym;$/;
  return header
    .split('\n')
    .filter((line) => !declared.has(prototype.exec(line)?.[1] ?? ''))
    .join('\n');
}

function buildKverify({ archive, include }: { archive: string; include: string }): string {
  if (process.getuid?.() !== 0) throw new CannotAsk('only root may load eBPF programs here; run the command as root');
  const source = path.resolve(import.meta.dirname, '../support/kverify.c');
  try {
    return buildTool(source, [`-I${include}`, '-Wl,--wrap=syscall', archive, '-lelf', '-lz']);
  } catch {
    throw new CannotAsk('the tool that asks the kernel does not compile: it needs cc, libelf-dev and zlib1g-dev');
  }
}

function clangOf(): string {
  return ['clang-19', 'clang-20', 'clang-21', 'clang'].find(runs) ?? 'clang';
}

function runs(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function call(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28 });
  } catch (error) {
    throw new CannotAsk(
      `${command} ${args.join(' ')}\nfailed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
