import type { Assumptions, CompileOptions, Standard } from './compile.ts';
import { pathIn, type SearchFolder } from './includes.ts';
import type { Cpu } from './machine.ts';

/** What of a command line of clang matters to us. */
export interface CompileFlags {
  readonly defines: CompileOptions['defines'];
  readonly folders: readonly SearchFolder[];
  /** `-include`, in their order. */
  readonly forced: readonly string[];
  /** `-mcpu`; null without one. */
  readonly cpu: Cpu | null;
  /** `-W…` and `-w`, in their order. */
  readonly warnings: readonly string[];
  /** What options say of it, the last one of each. */
  readonly assumes: Assumptions;
  /** `-std`; null without one that we know. */
  readonly standard: Standard | null;
}

export const NO_FLAGS: CompileFlags = {
  defines: [],
  folders: [],
  forced: [],
  cpu: null,
  warnings: [],
  assumes: {},
  standard: null,
};

/**
 * Reads arguments of clang or gcc. Paths are seen from `directory`. Options that have nothing to do with reading the
 * program (`-O2`, `-g`, `-o file`) are passed over.
 */
export function flagsOf(args: readonly string[], directory: string): CompileFlags {
  const found: Found = {
    defines: [],
    quoted: [],
    plain: [],
    system: [],
    after: [],
    forced: [],
    cpu: null,
    warnings: [],
    assumes: {},
    standard: null,
  };
  for (let at = 0; at < args.length; at++) {
    if (WARNING.test(args[at]!)) found.warnings.push(args[at]!);
    Object.assign(found.assumes, ASSUMPTIONS[args[at]!]);
    const option = OPTIONS.find(({ name }) => args[at]!.startsWith(name));
    if (option === undefined) continue;
    const glued = args[at]!.slice(option.name.length).replace(/^=/, option.equals ? '' : '=');
    if (glued !== '') option.take(found, glued, directory);
    else if (at + 1 < args.length) option.take(found, args[++at]!, directory);
  }
  const { quoted, plain, system, after } = found;
  return { ...found, folders: [...quoted, ...plain, ...system, ...after] };
}

/** How a source with these flags is compiled. */
export function compileOptions(
  { cpu, defines, forced, warnings, assumes, standard }: CompileFlags,
  profile: CompileOptions['profile'],
): CompileOptions {
  return { cpu: cpu ?? 3, profile, defines, forced, warnings, assumes, standard: standard ?? 17 };
}

/** Flags one behind the other: what comes later adds. */
export function joinedFlags(first: CompileFlags, second: CompileFlags): CompileFlags {
  return {
    defines: [...first.defines, ...second.defines],
    folders: [...first.folders, ...second.folders].sort((a, b) => rank(a) - rank(b)),
    forced: [...first.forced, ...second.forced],
    cpu: second.cpu ?? first.cpu,
    warnings: [...first.warnings, ...second.warnings],
    assumes: { ...first.assumes, ...second.assumes },
    standard: second.standard ?? first.standard,
  };
}

function rank({ system, quotedOnly }: SearchFolder): number {
  return quotedOnly ? 0 : system ? 2 : 1;
}

interface Found {
  readonly defines: { name: string; value: string | null }[];
  readonly quoted: SearchFolder[];
  readonly plain: SearchFolder[];
  readonly system: SearchFolder[];
  readonly after: SearchFolder[];
  readonly forced: string[];
  readonly warnings: string[];
  cpu: Cpu | null;
  readonly assumes: { -readonly [K in keyof Assumptions]: Assumptions[K] };
  standard: Standard | null;
}

const ASSUMPTIONS: Readonly<Record<string, Assumptions>> = {
  '-fstrict-aliasing': { strictAliasing: true },
  '-fno-strict-aliasing': { strictAliasing: false },
  '-fwrapv': { noOverflow: false },
  '-fno-wrapv': { noOverflow: true },
  '-fno-strict-overflow': { noOverflow: false },
  '-fstrict-overflow': { noOverflow: true },
};

/** Not what is meant for the linker and its kin. */
const WARNING = /^-(?:w$|W(?![lpa],))/;

interface Option {
  readonly name: string;
  /** `=` may stand between the option and its value. */
  readonly equals: boolean;
  readonly take: (found: Found, value: string, directory: string) => void;
}

/** Longer names first, where one begins another. */
const OPTIONS: readonly Option[] = [
  { name: '-include', equals: false, take: (found, value, directory) => found.forced.push(pathIn(directory, value)) },
  folderOption('-iquote', 'quoted', { system: false, quotedOnly: true }),
  folderOption('-isystem', 'system', { system: true, quotedOnly: false }),
  folderOption('-idirafter', 'after', { system: true, quotedOnly: false }),
  folderOption('--include-directory', 'plain', { system: false, quotedOnly: false }, true),
  folderOption('-I', 'plain', { system: false, quotedOnly: false }),
  { name: '--define-macro', equals: true, take: define },
  { name: '-D', equals: false, take: define },
  { name: '--undefine-macro', equals: true, take: undefine },
  { name: '-U', equals: false, take: undefine },
  { name: '-mcpu', equals: true, take: takeCpu },
  { name: '-std', equals: true, take: takeStandard },
  { name: '--std', equals: true, take: takeStandard },
];

function folderOption(
  name: string,
  list: 'quoted' | 'plain' | 'system' | 'after',
  kind: Omit<SearchFolder, 'path'>,
  equals = false,
): Option {
  return {
    name,
    equals,
    take: (found, value, directory) => found[list].push({ path: pathIn(directory, value), ...kind }),
  };
}

function define(found: Found, value: string): void {
  const at = value.indexOf('=');
  found.defines.push(
    at === -1 ? { name: value, value: '1' } : { name: value.slice(0, at), value: value.slice(at + 1) },
  );
}

function undefine(found: Found, name: string): void {
  found.defines.push({ name, value: null });
}

/** LLVM's names of BPF's versions; `generic` has been v3 since LLVM 20. `probe` asks the kernel, which we do not. */
function takeCpu(found: Found, value: string): void {
  const version = value === 'generic' ? 3 : Number(/^v([1-4])$/.exec(value)?.[1] ?? Number.NaN);
  if (version === 1 || version === 2 || version === 3 || version === 4) found.cpu = version;
}

/** C89 to C17 are read as C17. */
function takeStandard(found: Found, value: string): void {
  if (/^(?:c|gnu)(?:2x|23|2y)$/.test(value) || value === 'iso9899:2024') found.standard = 23;
  else if (/^(?:c|gnu|iso9899:)\d/.test(value)) found.standard = 17;
}

/** Splits a command as a POSIX shell does: quotes, backslashes, white space; nothing is expanded. */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < command.length; at++) {
    const character = command[at]!;
    const next = command[at + 1];
    if (quote !== '' && character === quote) quote = '';
    else if (quote === "'") word += character;
    else if (character === '\\' && next !== undefined && (quote === '' || /["\\$`]/.test(next))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  return word === null ? words : [...words, word];
}
