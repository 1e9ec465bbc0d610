import type { CompileOptions } from '../c/compile.ts';
import { NO_FLAGS, compileOptions, joinedFlags, type CompileFlags } from '../c/compileFlags.ts';
import { BUNDLED_FOLDER } from '../c/headers/bundledFolder.ts';
import type { SearchFolder } from '../c/includes.ts';
import type { Arguments, OptionSpec } from './arguments.ts';

/** How C sources are compiled: options of every command that takes them. */
export const C_OPTIONS: readonly OptionSpec[] = [
  { name: '--include', short: '-I', value: 'DIR', help: 'C: look for headers there, too', several: true },
  { name: '--define', short: '-D', value: 'NAME=VALUE', help: 'C: define a macro', several: true },
  {
    name: '--mcpu',
    value: 'VERSION',
    help: 'C: instructions to use, v1 to v4 (default v3)',
    choices: ['v1', 'v2', 'v3', 'v4'],
  },
  {
    name: '--build',
    value: 'BUILD',
    help: 'C: optimised (default), or debug: every variable can be looked at',
    choices: ['optimised', 'debug'],
  },
  {
    name: '--headers',
    value: 'WHOSE',
    help: "C: bundled (default): our own headers before the system's; or system: the system's first",
    choices: ['bundled', 'system'],
  },
  {
    name: '--compiler',
    value: 'COMPILER',
    help: 'C: builtin, clang, or auto (default): clang for what the built-in one does not know',
    choices: ['auto', 'builtin', 'clang'],
  },
];

/** What the command line asks for. */
export interface CRequest {
  readonly options: CompileOptions;
  readonly folders: readonly SearchFolder[];
  /** The file with a kernel's types that the user names. */
  readonly kernelTypes?: string;
  readonly compiler: 'auto' | 'builtin' | 'clang';
}

/** `project` is what the project's own files say about the source; the command line adds to it. */
export function cRequest(
  args: Arguments,
  headerFolders: readonly string[],
  project: CompileFlags = NO_FLAGS,
): CRequest {
  const own: CompileFlags = {
    defines: (args.lists.get('--define') ?? []).map((text) => definition(text)),
    folders: (args.lists.get('--include') ?? []).map((path) => ({ path, system: false, quotedOnly: false })),
    forced: [],
    warnings: [],
    cpu: CPUS[args.values.get('--mcpu') ?? ''] ?? null,
    assumes: {},
    standard: null,
  };
  const flags = joinedFlags(project, own);
  const system = headerFolders.map((path) => ({ path, system: true, quotedOnly: false }));
  const btf = args.values.get('--btf');
  const compiler = args.values.get('--compiler');
  const profile = args.values.get('--build') === 'debug' ? 'debug' : 'optimised';
  return {
    options: compileOptions(flags, profile),
    folders: [
      ...flags.folders,
      ...(args.values.get('--headers') === 'system' ? [...system, BUNDLED_FOLDER] : [BUNDLED_FOLDER, ...system]),
    ],
    ...(btf === undefined ? {} : { kernelTypes: btf }),
    compiler: compiler === 'builtin' || compiler === 'clang' ? compiler : 'auto',
  };
}

const CPUS: Readonly<Record<string, CompileOptions['cpu']>> = { v1: 1, v2: 2, v3: 3, v4: 4 };

/** As compilers do, a name alone stands for 1. */
function definition(text: string): CompileOptions['defines'][number] {
  const equals = text.indexOf('=');
  return equals === -1 ? { name: text, value: '1' } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}
