import { sourceText, type SourceText } from '../base/source.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { clangArguments } from '../c/clang/arguments.ts';
import { readDiagnostics } from '../c/clang/readDiagnostics.ts';
import { compileWithStore, type CompileResult } from '../c/compile.ts';
import { NO_FLAGS } from '../c/compileFlags.ts';
import { includesKernelTypes, readWithBundled } from '../c/headers/bundledFolder.ts';
import { pathIn, searchFolders } from '../c/includes.ts';
import type { Btf } from '../btf/btf.ts';
import { openKernelBtf } from '../elf/kernelBtf.ts';
import { readObject } from '../elf/readObject.ts';
import type { BpfObject } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { cRequest, type CRequest } from './cOptions.ts';
import { isForClang, newestClang } from '../ide/c/clang.ts';
import { projectFlags } from '../ide/c/projectFlags.ts';
import type { World } from './world.ts';

/** What became of a C source. */
export interface CompiledFile {
  readonly source: SourceText;
  /** The ELF object; null when there are errors. */
  readonly bytes: Uint8Array | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Text of a file that took part, for places in it. */
  readonly sourceOf: (path: string) => SourceText | null;
  /** Of the built-in compiler. */
  readonly result: CompileResult | null;
}

export function isC(path: string): boolean {
  return /\.c$/i.test(path);
}

/** How the command line and the source's project want it compiled. */
export function requestFor(world: World, args: Arguments, path: string): CRequest {
  return cRequest(
    args,
    world.headerFolders,
    isC(path) ? projectFlags((file) => textNow(world, file), pathIn(world.workingFolder, path)) : NO_FLAGS,
  );
}

/** Compiles with the compiler asked for; a string says why that cannot be. */
export async function compileFile(
  world: World,
  path: string,
  text: string,
  request: CRequest,
): Promise<CompiledFile | string> {
  const source = sourceText(path, text);
  if (request.compiler === 'clang')
    return (await withClang(world, source, request)) ?? 'clang is not installed; use --compiler builtin';
  const own = withBuiltin(world, source, request, await kernelFor(world, source, request));
  if (!isForClang(own.diagnostics, request.compiler)) return own;
  // What neither knows is told in our words, which say what to do.
  const clangs = await withClang(world, source, request);
  return clangs === null || clangs.bytes === null ? own : clangs;
}

/** The types that a bundled "vmlinux.h" is made from; null without a kernel, where the usual structures stand in. */
async function kernelFor(world: World, { path, text }: SourceText, request: CRequest): Promise<Btf | null> {
  const { folders, kernelTypes = world.ownKernel?.types } = request;
  const read = remembered((file) => textNow(world, file));
  if (kernelTypes === undefined || !includesKernelTypes({ path, text, folders, read })) return null;
  const opened = openKernelBtf(await world.readKernelTypes(kernelTypes).catch(() => new Uint8Array()));
  return 'btf' in opened ? opened.btf : null;
}

function withBuiltin(world: World, source: SourceText, request: CRequest, kernelTypes: Btf | null): CompiledFile {
  const { options, folders } = request;
  const read = remembered((path) => textNow(world, path));
  const { path, text } = source;
  const includes = searchFolders(folders, readWithBundled({ path, text, folders, read, kernelTypes }));
  const result = compileWithStore({ path, text, includes, options, store: world.headerStore });
  const sourceOf = (path: string): SourceText | null => {
    const file = result.places.files.find((one) => one.path === path);
    return file === undefined ? null : sourceText(path, file.text);
  };
  return { source, bytes: result.object, diagnostics: result.diagnostics, sourceOf, result };
}

/** Headers are looked for again and again. */
function remembered(read: (path: string) => string | null): (path: string) => string | null {
  const texts = new Map<string, string | null>();
  return (path) => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const text = read(path);
    texts.set(path, text);
    return text;
  };
}

function textNow(world: World, path: string): string | null {
  const bytes = world.readNow(path);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

async function withClang(world: World, source: SourceText, request: CRequest): Promise<CompiledFile | null> {
  const words = clangArguments({ path: source.path, ...request.options, folders: request.folders });
  const clang = await newestClang(world.runTool, words, '');
  if (clang === null) return null;
  const { name, answer } = clang;
  const sourceOf = (path: string): SourceText | null => {
    const text = textNow(world, path);
    return text === null ? null : sourceText(path, text);
  };
  const found = readDiagnostics(answer.error, source, sourceOf);
  const bytes = answer.status === 0 ? answer.out : null;
  const known = bytes !== null || found.some(({ severity }) => severity === 'error');
  const diagnostics = known ? found : [...found, failed(name, answer.error)];
  return { source, bytes, diagnostics, sourceOf, result: null };
}

/** Such as an option that an old version does not know. */
function failed(name: string, output: string): Diagnostic {
  const message = `${name} failed: ${output.trim().split('\n').slice(0, 3).join('; ') || 'it says nothing'}`;
  return { code: 'clang-message', severity: 'error', message, span: null, related: [], fix: null };
}

/** The programs of the object, with the compiler's findings before those about the object. */
export function objectOf({ source, bytes, diagnostics }: CompiledFile): BpfObject {
  if (bytes === null) return { path: source.path, programs: [], maps: [], license: '', btf: null, diagnostics };
  const object = readObject(source.path, bytes);
  // Places in the object's bytes are none of the source.
  const about = object.diagnostics.map((one) => ({ ...one, span: null, related: [] }));
  return { ...object, diagnostics: [...diagnostics, ...about] };
}
