import { positionAt, sourceText } from '../../base/source.ts';
import type { Btf } from '../../btf/btf.ts';
import { compile, type CompileResult } from '../../c/compile.ts';
import { BUNDLED_FOLDER, includesKernelTypes, readWithBundled } from '../../c/headers/bundledFolder.ts';
import { searchFolders } from '../../c/includes.ts';
import { withLocals } from '../../c/withLocals.ts';
import { openKernelBtf } from '../../elf/kernelBtf.ts';
import { readObject } from '../../elf/readObject.ts';
import type { BpfObject } from '../../program/program.ts';
import type { OwnKernel } from '../kernelSource.ts';
import { projectFlags } from './projectFlags.ts';

/** What running or debugging a C source takes. */
export interface CSourceHost {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly kernelTypes?:
    { readonly read: (path: string) => Promise<Uint8Array>; readonly own: OwnKernel | null } | undefined;
}

export type OpenedCSource =
  { readonly object: BpfObject } | { readonly problem: string; readonly unsupported: boolean };

/**
 * Compiles a source for running or debugging: with the headers of its project and our own, in the debug profile where
 * the program is small enough for it. A problem is the first error with its place.
 */
export async function openCSource(path: string, text: string, host: CSourceHost): Promise<OpenedCSource> {
  const made = await compiled(path, text, host);
  if (made.object !== null) return { object: withLocals(readObject(path, made.object), made) };
  const [first] = made.diagnostics.filter(({ severity }) => severity === 'error');
  const at =
    first?.span === null || first === undefined
      ? ''
      : ` in line ${positionAt(sourceText(path, text), first.span.start).line + 1}`;
  return {
    problem: `it does not compile: ${first?.message ?? 'there is no program in it'}${at}`,
    unsupported: first?.code.includes('unsupported') ?? false,
  };
}

/** Each round reads what the one before wanted; a chain of headers as long as this is a mistake. */
const MOST_ROUNDS = 40;

async function compiled(path: string, text: string, host: CSourceHost): Promise<CompileResult> {
  const loaded = new Map<string, string | null>();
  let kernel: Btf | null | undefined;
  for (let round = 0; ; round++) {
    const wanted = new Set<string>();
    const read = (file: string): string | null => {
      const known = loaded.get(file);
      if (known === undefined) wanted.add(file);
      return known ?? null;
    };
    const flags = projectFlags(read, path);
    const folders = [...flags.folders, BUNDLED_FOLDER];
    const input = { path, text, folders, read };
    // Looks at all headers, so that one round wants them all.
    const wantsTypes = includesKernelTypes(input);
    if (kernel === undefined && wantsTypes) kernel = await ownTypes(host);
    const includes = searchFolders(folders, readWithBundled({ ...input, kernelTypes: kernel ?? null }));
    const options = { cpu: flags.cpu ?? 3, defines: flags.defines, forced: flags.forced } as const;
    if (wanted.size === 0 || round >= MOST_ROUNDS) {
      const debug = compile(path, text, includes, { ...options, profile: 'debug' });
      return debug.object === null ? compile(path, text, includes, { ...options, profile: 'optimised' }) : debug;
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

async function ownTypes({ kernelTypes }: CSourceHost): Promise<Btf | null> {
  const own = kernelTypes?.own ?? null;
  if (own === null || kernelTypes === undefined) return null;
  const opened = openKernelBtf(await kernelTypes.read(own.types).catch(() => new Uint8Array()));
  return 'btf' in opened ? opened.btf : null;
}
