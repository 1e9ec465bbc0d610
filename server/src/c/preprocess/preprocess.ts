import type { CompileOptions, FoundFile, Includes } from '../compile.ts';
import type { Range } from '../places.ts';
import { newProblems, type Problem } from '../problem.ts';
import type { HeaderStore } from '../store/headerStore.ts';
import type { Tokens } from '../tokens.ts';
import { AtomTable } from './atomTable.ts';
import { installBuiltins } from './builtins.ts';
import { directive } from './directives.ts';
import { openFile } from './include.ts';
import { PlaceTable } from './placeTable.ts';
import { BUILT_IN, predefinedText } from './predefined.ts';
import { readTokens } from './readTokens.ts';
import { TokenColumns } from './tokenColumns.ts';
import { endAtLimit } from './tokenLimit.ts';
import type { Inclusion, Macro, MacroMention, MissingInclude, OpenFile, Unit } from './unit.ts';

export interface PreprocessInput {
  readonly path: string;
  readonly text: string;
  readonly includes: Includes;
  readonly options: Pick<CompileOptions, 'cpu' | 'defines' | 'forced' | 'standard'>;
  /** Where large headers are kept between sessions. */
  readonly store?: HeaderStore | undefined;
}

export interface Preprocessed {
  readonly tokens: Tokens;
  readonly places: PlaceTable;
  readonly problems: readonly Problem[];
  /** What `includes` did not have. */
  readonly missing: readonly MissingInclude[];
  /** Defined at the end of the file. */
  readonly macros: readonly Macro[];
  /** Definitions, uses and questions after macros in the main file, in the order of reading. */
  readonly mentions: readonly MacroMention[];
  /** Of the main file. */
  readonly inclusions: readonly Inclusion[];
  /** What conditions left out of the main file. */
  readonly inactive: readonly Range[];
}

/** Translation phases 1 to 4 and the tokens of phase 7 (C11 5.1.1.2). */
export function preprocess(input: PreprocessInput): Preprocessed {
  const { unit, main } = beginUnit(input);
  return finishUnit(unit, main);
}

/** A unit whose main file is about to be read. */
export function beginUnit(input: PreprocessInput): { unit: Unit; main: OpenFile } {
  const unit = newUnit(input);
  const main = openText(unit, input.path, input.text);
  installBuiltins(unit);
  for (const path of OWN_PATHS) readText(unit, path, ownText(path, input.options));
  unit.open.push(main);
  return { unit, main };
}

/** Reads (the rest of) the main file. */
export function finishUnit(unit: Unit, main: OpenFile): Preprocessed {
  readTokens(unit, main);
  unit.open.pop();
  endAtLimit(unit);
  const { places, problems, missing, mentions, inclusions, inactive } = unit;
  const tokens = unit.out.tokens(main.file.base + main.file.text.length, unit.atoms);
  const macros = unit.macros.filter((macro) => macro !== undefined);
  return { tokens, places, problems: problems.list, missing, macros, mentions, inclusions, inactive };
}

/** What the compiler reads before the main file. */
export const OWN_PATHS: readonly string[] = [BUILT_IN, '<command line>'];

/** Of one of those. */
export function ownText(path: string, options: PreprocessInput['options']): string {
  return path === BUILT_IN ? predefinedText(options.cpu, options.standard) : commandLineText(options);
}

/** Before anything is read. */
export function newUnit({ text, includes, options }: PreprocessInput): Unit {
  return {
    atoms: new AtomTable(), places: new PlaceTable(), problems: newProblems(),
    out: new TokenColumns(Math.max(1024, text.length >> 2)), includes, cpu: options.cpu, macros: [],
    isMacro: new Uint8Array(8192), pushed: new Map(), open: [], streams: [], once: new Set(), guards: new Map(),
    mentions: [], inclusions: [], missing: [], asked: [], inactive: [], counter: 0, inclusionCount: 0, madeText: 0,
    pendingSpace: false, depth: 0, stopped: false, inArguments: 0, directive,
  }; // prettier-ignore
}

function openText(unit: Unit, path: string, text: string, system = false): OpenFile {
  const found: FoundFile = { path, text, system, folder: -1 };
  return openFile(unit, found, null) ?? openFile(unit, { ...found, text: '' }, null)!;
}

function readText(unit: Unit, path: string, text: string): void {
  const open = openText(unit, path, text, true);
  unit.open.push(open);
  readTokens(unit, open);
  unit.open.pop();
}

function commandLineText({ defines, forced = [] }: PreprocessInput['options']): string {
  const macros = defines.map(({ name, value }) => (value === null ? `#undef ${name}\n` : `#define ${name} ${value}\n`));
  return [...macros, ...forced.map((name) => `#include "${name}"\n`)].join('');
}
