import type { Diagnostic } from '../base/diagnostic.ts';
import { sourceText } from '../base/source.ts';
import type { SourceText } from '../base/source.ts';
import { PROGRAM_TYPES } from '../kernel/programTypes.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import { assemble } from '../asm/pseudoC/assemble.ts';
import { hasErrorsIn } from '../ide/diagnostics.ts';
import { readRaw } from '../elf/rawInsns.ts';
import { readObject } from '../elf/readObject.ts';
import type { BpfObject, Program } from '../program/program.ts';
import type { World } from './world.ts';

/** What became of one file on the command line. */
export interface InputFile {
  readonly path: string;
  /** Why nothing can be done with it; then there is no object. */
  readonly error: { readonly message: string; readonly unsupported: boolean } | null;
  readonly object: BpfObject | null;
  /** The text, for assembly. */
  readonly source: SourceText | null;
  /** Programs whose own text has errors: there is no use in looking at them. */
  readonly broken: ReadonlySet<Program>;
}

/** Reads a program file of any kind; its name and first bytes tell which. */
export async function readInput(world: World, path: string, type: string | undefined): Promise<InputFile> {
  let bytes: Uint8Array;
  try {
    bytes = await world.readFile(path);
  } catch (error) {
    return failed(path, error instanceof Error ? error.message : String(error));
  }
  return interpret(path, bytes, type);
}

const LARGEST_TEXT = 64 * 1024 * 1024;

function interpret(path: string, bytes: Uint8Array, type: string | undefined): InputFile {
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) return objectFile(path, bytes);
  if (path.endsWith('.c'))
    return failed(path, 'C sources are not supported yet; compile with clang and give the object', true);
  if (path.endsWith('.bin')) return rawFile(path, bytes, type);
  if (/\.(bpfasm|s|asm|ebpf)$/i.test(path)) return assemblyFile(path, bytes);
  if (path.endsWith('.o')) return failed(path, 'not an ELF object');
  return failed(path, 'unknown kind of file: expected .bpfasm, .s, .asm, .bin or an ELF object');
}

function objectFile(path: string, bytes: Uint8Array): InputFile {
  const object = readObject(path, bytes);
  const broken = object.diagnostics.find(({ severity }) => severity === 'error');
  if (object.programs.length === 0 && broken !== undefined) return failed(path, broken.message);
  return { path, error: null, object, source: null, broken: NONE };
}

function assemblyFile(path: string, bytes: Uint8Array): InputFile {
  if (bytes.length > LARGEST_TEXT) return failed(path, `the file has ${bytes.length} bytes; 64 MiB is the limit`);
  const source = sourceText(path, new TextDecoder().decode(bytes));
  const asm = assemble(source);
  const broken = asm.object.programs.filter((_, index) => hasErrorsIn(asm, index));
  return { path, error: null, object: asm.object, source, broken: new Set(broken) };
}

function rawFile(path: string, bytes: Uint8Array, type: string | undefined): InputFile {
  if (type === undefined) return failed(path, 'raw instructions need a program type: --type xdp');
  const known = PROGRAM_TYPES.find((one) => one === type) satisfies ProgramType | undefined;
  if (known === undefined) return failed(path, `unknown program type '${type}'`);
  if (bytes.length === 0 || bytes.length % 8 !== 0)
    return failed(path, `raw instructions take 8 bytes each, but the file has ${bytes.length}`);
  return { path, error: null, object: readRaw(path, bytes, known, nameOf(path)), source: null, broken: NONE };
}

const NONE: ReadonlySet<Program> = new Set();

/** The file's name without folder and ending, as the program's name. */
function nameOf(path: string): string {
  return (/([^/\\]*?)(\.[^./\\]*)?$/.exec(path)?.[1] ?? 'prog').replaceAll(/\W/g, '_');
}

function failed(path: string, message: string, unsupported = false): InputFile {
  return { path, error: { message, unsupported }, object: null, source: null, broken: NONE };
}

/** Errors of the front end: what keeps programs of a file from existing. */
export function frontEndErrors(object: BpfObject): readonly Diagnostic[] {
  return object.diagnostics.filter(({ severity }) => severity === 'error');
}

/** The file as one that cannot be used, because the program asked for is not in it. */
export function withoutProgram(input: InputFile, name: string): InputFile {
  return { ...input, object: null, error: { message: noProgram(input.object, name), unsupported: false } };
}

export function noProgram(object: BpfObject | null, name: string): string {
  const names = object?.programs.map((program) => program.name).join(', ') ?? '';
  return `no program '${name}' in this file; it has ${names === '' ? 'none' : names}`;
}
