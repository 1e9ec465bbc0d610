import type { Diagnostic } from '../base/diagnostic.ts';
import type { SourceText } from '../base/source.ts';
import { PROGRAM_TYPES } from '../kernel/programTypes.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { AsmFile } from '../asm/assembler/syntax.ts';
import { hasErrorsIn } from '../ide/diagnostics.ts';
import { openClassic, openObject } from '../ide/openObject.ts';
import { readRaw } from '../elf/rawInsns.ts';
import type { BpfObject, Program } from '../program/program.ts';
import { compileFile, isC, objectOf, type CompiledFile } from './cFile.ts';
import type { CRequest } from './cOptions.ts';
import type { World } from './world.ts';

/** What became of one file on the command line. */
export interface InputFile {
  readonly path: string;
  /** Why nothing can be done with it; then there is no object. */
  readonly error: { readonly message: string; readonly unsupported: boolean } | null;
  readonly object: BpfObject | null;
  /** The text, for assembly and C. */
  readonly source: SourceText | null;
  /** For C, the text of a file that it includes. */
  readonly sourceOf?: (path: string) => SourceText | null;
  /** Programs whose own text has errors: there is no use in looking at them. */
  readonly broken: ReadonlySet<Program>;
}

/** Reads a program file of any kind; its name and first bytes tell which, unless it is known to be classic BPF. */
export async function readInput(
  world: World,
  path: string,
  type: string | undefined,
  { classic = false, c = null }: { readonly classic?: boolean; readonly c?: CRequest | null } = {},
): Promise<InputFile> {
  let bytes: Uint8Array;
  try {
    bytes = await world.readFile(path);
  } catch (error) {
    return failed(path, error instanceof Error ? error.message : String(error));
  }
  if (c !== null && isC(path)) return cFile(path, await compileFile(world, path, new TextDecoder().decode(bytes), c));
  return classic ? classicFile(path, bytes) : interpret(path, bytes, type);
}

function interpret(path: string, bytes: Uint8Array, type: string | undefined): InputFile {
  if (path.endsWith('.bin')) return rawFile(path, bytes, type);
  const opened = openObject(path, bytes);
  if ('problem' in opened) return failed(path, opened.problem, opened.unsupported);
  return opened.asm === null ? objectFile(path, opened.object) : assemblyFile(path, opened.asm);
}

function classicFile(path: string, bytes: Uint8Array): InputFile {
  const opened = openClassic(path, bytes);
  return 'problem' in opened ? failed(path, opened.problem, opened.unsupported) : assemblyFile(path, opened.asm);
}

function cFile(path: string, compiled: CompiledFile | string): InputFile {
  if (typeof compiled === 'string') return failed(path, compiled);
  const { source, sourceOf } = compiled;
  return { path, error: null, object: objectOf(compiled), source, sourceOf, broken: NONE };
}

function objectFile(path: string, object: BpfObject): InputFile {
  const broken = object.diagnostics.find(({ severity }) => severity === 'error');
  if (object.programs.length === 0 && broken !== undefined) return failed(path, broken.message);
  return { path, error: null, object, source: null, broken: NONE };
}

function assemblyFile(path: string, asm: AsmFile): InputFile {
  const broken = asm.object.programs.filter((_, index) => hasErrorsIn(asm, index));
  return { path, error: null, object: asm.object, source: asm.source, broken: new Set(broken) };
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

/** The file with its programs changed one by one. */
export function withObject(input: InputFile, object: BpfObject): InputFile {
  const broken = object.programs.filter((_, index) => {
    const before = input.object?.programs[index];
    return before !== undefined && input.broken.has(before);
  });
  return { ...input, object, broken: new Set(broken) };
}

export function noProgram(object: BpfObject | null, name: string): string {
  const names = object?.programs.map((program) => program.name).join(', ') ?? '';
  return `no program '${name}' in this file; it has ${names === '' ? 'none' : names}`;
}
