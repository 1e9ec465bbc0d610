import { positionAt, sourceText } from '../../base/source.ts';
import { isUnsupported, type Diagnostic } from '../../base/diagnostic.ts';
import type { Btf } from '../../btf/btf.ts';
import { readDiagnostics } from '../../c/clang/readDiagnostics.ts';
import { compileWithStore, type CompileOptions, type CompileResult } from '../../c/compile.ts';
import { includesKernelTypes, readWithBundled } from '../../c/headers/bundledFolder.ts';
import { compileOptions, joinedFlags, type CompileFlags } from '../../c/compileFlags.ts';
import { searchFolders, type SearchFolder } from '../../c/includes.ts';
import type { HeaderStore } from '../../c/store/headerStore.ts';
import { withLocals } from '../../c/withLocals.ts';
import { openKernelBtf } from '../../elf/kernelBtf.ts';
import { readObject } from '../../elf/readObject.ts';
import type { BpfObject } from '../../program/program.ts';
import type { OwnKernel } from '../kernelSource.ts';
import { isForClang, runClang, type RunTool } from './clang.ts';
import { projectFlags } from './projectFlags.ts';
import { headerFolders, userFlags, type CUserSettings } from './userSettings.ts';

/** What machines have for compiling C, and browsers do not. */
export interface CTools {
  /** Where the system has headers. */
  readonly headerFolders?: readonly string[];
  /** Runs a compiler that is installed. */
  readonly runTool?: RunTool;
  /** Where large headers are kept between sessions. */
  readonly headerStore?: HeaderStore | undefined;
}

/** What running or debugging a C source takes of the platform. */
export interface CSourceHost extends CTools {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly kernelTypes?:
    { readonly read: (path: string) => Promise<Uint8Array>; readonly own: OwnKernel | null } | undefined;
}

export type OpenedCSource =
  { readonly object: BpfObject } | { readonly problem: string; readonly unsupported: boolean };

/** How a source is compiled. */
export interface CSourceOptions {
  readonly user: CUserSettings;
  /** Where the program is too large for `debug`, it is optimised all the same. */
  readonly profile: CompileOptions['profile'];
  /** The file with the types of the kernel that the program is for; "" for this machine's kernel. */
  readonly kernelBtf: string;
}

/**
 * Compiles a source for running or debugging, with the headers of its project, our own and the system's; by clang, if the
 * settings say so. A problem is the first error with its place.
 */
export async function openCSource(
  { path, text }: { readonly path: string; readonly text: string },
  host: CSourceHost,
  options: CSourceOptions,
): Promise<OpenedCSource> {
  const { made, flags, folders } = await compiled(path, text, host, options);
  const { profile, user } = options;
  const { compiler = 'auto' } = user;
  const { runTool } = host;
  if (runTool !== undefined && isForClang(made.diagnostics, compiler)) {
    const answer = await runClang({ path, text, flags, folders, profile }, runTool);
    if (answer?.status === 0) return { object: readObject(path, answer.out, { locals: profile === 'debug' }) };
    if (answer !== null && compiler === 'clang') return problemOf(path, text, clangFindings(path, text, answer.error));
  }
  if (made.object !== null) return { object: withLocals(readObject(path, made.object), made) };
  return problemOf(path, text, made.diagnostics);
}

/** Places in included files are those of their `#include`. */
function clangFindings(path: string, text: string, output: string): Diagnostic[] {
  return readDiagnostics(output, sourceText(path, text), () => null);
}

function problemOf(path: string, text: string, diagnostics: readonly Diagnostic[]): OpenedCSource {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  const at =
    first?.span === null || first === undefined
      ? ''
      : ` in line ${positionAt(sourceText(path, text), first.span.start).line + 1}`;
  return {
    problem: `it does not compile: ${first?.message ?? 'there is no program in it'}${at}`,
    unsupported: first !== undefined && isUnsupported(first),
  };
}

/** Each round reads what the one before wanted; a chain of headers as long as this is a mistake. */
const MOST_ROUNDS = 40;

interface Compiled {
  readonly made: CompileResult;
  /** How it was compiled. */
  readonly flags: CompileFlags;
  readonly folders: readonly SearchFolder[];
}

async function compiled(
  path: string,
  text: string,
  host: CSourceHost,
  { user, profile, kernelBtf }: CSourceOptions,
): Promise<Compiled> {
  const loaded = new Map<string, string | null>();
  let kernel: Btf | null | undefined;
  for (let round = 0; ; round++) {
    const wanted = new Set<string>();
    const read = (file: string): string | null => {
      const known = loaded.get(file);
      if (known === undefined) wanted.add(file);
      return known ?? null;
    };
    const flags = joinedFlags(projectFlags(read, path), userFlags(user));
    const folders = headerFolders(flags, host.headerFolders ?? [], user.headers === 'system');
    const input = { path, text, folders, read };
    // Looks at all headers, so that one round wants them all.
    const wantsTypes = includesKernelTypes(input);
    if (kernel === undefined && wantsTypes) kernel = await typesOf(kernelBtf, host);
    const includes = searchFolders(folders, readWithBundled({ ...input, kernelTypes: kernel ?? null }));
    if (wanted.size === 0 || round >= MOST_ROUNDS) {
      const source = { path, text, includes, store: host.headerStore };
      const made = compileWithStore({ ...source, options: compileOptions(flags, profile) });
      const enough = made.object !== null || profile === 'optimised';
      const last = enough ? made : compileWithStore({ ...source, options: compileOptions(flags, 'optimised') });
      return { made: last, flags, folders };
    }
    await Promise.all([...wanted].map(async (file) => loaded.set(file, await textOf(file, host))));
  }
}

async function textOf(path: string, { readFile }: CSourceHost): Promise<string | null> {
  try {
    return new TextDecoder().decode(await readFile(path));
  } catch {
    return null; // as compilers do, the next folder is looked at
  }
}

async function typesOf(given: string, { kernelTypes }: CSourceHost): Promise<Btf | null> {
  const path = given === '' ? kernelTypes?.own?.types : given;
  if (path === undefined || kernelTypes === undefined) return null;
  const opened = openKernelBtf(await kernelTypes.read(path).catch(() => new Uint8Array()));
  return 'btf' in opened ? opened.btf : null;
}
