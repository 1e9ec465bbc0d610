/** The measured programs: our own, which are part of the repository, and those beside the checkout where there are some. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from '../server/src/c/compile.ts';
import { compileOptions, NO_FLAGS } from '../server/src/c/compileFlags.ts';
import { searchFolders } from '../server/src/c/includes.ts';
import { readObject } from '../server/src/elf/readObject.ts';
import type { BpfObject } from '../server/src/program/program.ts';
import type { VerifiedProgram } from '../server/src/verifier/verification.ts';
import { verify } from '../server/src/verifier/verify.ts';
import { sharedFolder, sharedPath } from '../test/support/shared.ts';
import { textsOnDisk } from '../test/support/textsOnDisk.ts';

/** `replay` is one of the others over many packets. */
export type WorkloadKind = 'program' | 'lookup' | 'empty' | 'replay';

/** A program that the verifier accepts, in its object. */
export interface LoadedProgram {
  /** The object file. */
  readonly file: string;
  readonly object: BpfObject;
  readonly program: VerifiedProgram;
}

export interface Workload extends LoadedProgram {
  readonly name: string;
  readonly kind: WorkloadKind;
  /** The same source, compiled by our own compiler. */
  readonly builtin: LoadedProgram;
  /** The same source as an executable of this machine; null without clang. */
  readonly native: string | null;
}

const here = import.meta.dirname;
const OWN = path.join(here, 'programs');
export const OBJECTS = path.join(OWN, 'objects');

/** Lookups that one run of a lookup program makes. */
export const LOOKUPS_PER_RUN = 64;

/** The newest clang that can compile for BPF. */
export function findClang(): string | null {
  const names = ['clang-21', 'clang-20', 'clang-19', 'clang', 'clang-18', 'clang-17'];
  const targets = (name: string): string => spawnSync(name, ['--print-targets'], { encoding: 'utf8' }).stdout ?? '';
  return names.find((name) => /^\s*bpfel\s/m.test(targets(name))) ?? null;
}

/** Names and sources. Those beside the checkout are compiled against our common.h, whose interface they share. */
export function sources(folder: string): Map<string, string> {
  const own = ownSources();
  const shared = sharedPath('bench');
  if (sharedFolder === null || !existsSync(shared)) return own;
  const copies = path.join(folder, 'shared');
  mkdirSync(copies, { recursive: true });
  for (const file of readdirSync(shared)) copyFileSync(path.join(shared, file), path.join(copies, file));
  copyFileSync(path.join(OWN, 'common.h'), path.join(copies, 'common.h'));
  const names = cFiles(shared).filter((name) => name !== 'z_empty');
  return new Map([...own, ...names.map((name) => [name, path.join(copies, `${name}.c`)] as const)]);
}

export function ownSources(): Map<string, string> {
  return new Map(cFiles(OWN).map((name) => [name, path.join(OWN, `${name}.c`)]));
}

function cFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => path.basename(name, '.c'))
    .sort();
}

/** Compiles for BPF; debug information is only for the maps. */
export function compileBpf(clang: string, source: string, object: string): void {
  // Objects are kept in the repository: they name their sources as seen from here, not from the machine's root.
  const flags = ['-O2', '-mcpu=v3', '-target', 'bpf', '-g', '-w', `-ffile-prefix-map=${path.dirname(here)}/=`];
  execFileSync(clang, [...flags, '-c', source, '-o', object]);
}

/** Compiles for this machine, together with the harness. */
export function compileNative(clang: string, source: string, executable: string): void {
  const harness = `${executable}.harness.o`;
  execFileSync(clang, ['-O2', '-c', path.join(here, 'native.c'), '-o', harness]);
  execFileSync(clang, ['-O2', '-w', source, harness, '-o', executable]);
}

/** Builds one program, or takes the object that is part of the repository when there is no clang. */
export function loadWorkload(name: string, source: string, clang: string | null, folder: string): Workload {
  const file = clang === null ? path.join(OBJECTS, `${name}.o`) : path.join(folder, `${name}.o`);
  const native = clang === null ? null : path.join(folder, name);
  if (clang !== null && native !== null) {
    compileBpf(clang, source, file);
    compileNative(clang, source, native);
  }
  const builtin = path.join(folder, `${name}.builtin.o`);
  writeFileSync(builtin, compiledByUs(source));
  return { name, kind: kindOf(name), native, ...loadProgram(name, file), builtin: loadProgram(name, builtin) };
}

/** With the version and the kind of build that clang's objects have. */
function compiledByUs(source: string): Uint8Array {
  const folders = [{ path: path.dirname(source), system: false, quotedOnly: false }];
  const text = readFileSync(source, 'utf8');
  const { object, diagnostics } = compile(source, text, searchFolders(folders, textsOnDisk()), compileOptions(NO_FLAGS, 'optimised')); // prettier-ignore
  if (object === null)
    throw new Error(`${source}: ${diagnostics.find(({ severity }) => severity === 'error')?.message}`);
  return object;
}

function loadProgram(name: string, file: string): LoadedProgram {
  const object = readObject(file, new Uint8Array(readFileSync(file)));
  const [program] = object.programs;
  const problem = object.diagnostics.find(({ severity }) => severity === 'error');
  if (program === undefined || problem !== undefined) throw new Error(`${name}: ${problem?.message ?? 'no program'}`);
  const verification = verify(program);
  if (verification.program === null) throw new Error(`${name}: ${verification.finding?.message}`);
  return { file, object, program: verification.program };
}

function kindOf(name: string): WorkloadKind {
  if (name === 'empty') return 'empty';
  return name.startsWith('lookup') ? 'lookup' : 'program';
}
