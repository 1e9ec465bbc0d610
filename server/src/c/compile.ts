/** What a compilation is given and what it gives, and the way from one to the other. */
import type { Diagnostic } from '../base/diagnostic.ts';
import { check } from './check/check.ts';
import { diagnosticsOf } from './diagnosticsOf.ts';
import { generate } from './generate/generate.ts';
import type { IrModule } from './ir/ir.ts';
import { lower } from './lower/lower.ts';
import { keepCode, sourcesOf, type KeptCode } from './keptCode.ts';
import type { Cpu, MachineFunction } from './machine.ts';
import { writeObject } from './object/writeObject.ts';
import { applyWarningLevels, askedWarnings, levelEvents, type LevelEvent } from './warningLevels.ts';
import { dropUnused } from './optimise/dropUnused.ts';
import { optimise } from './optimise/optimise.ts';
import { parse } from './parse/parse.ts';
import type { Places } from './places.ts';
import { preprocessAgain, type Preamble } from './preprocess/preamble.ts';
import { preprocess, type Preprocessed } from './preprocess/preprocess.ts';
import { newProblems, type Problem, type Problems } from './problem.ts';
import type { HeaderStore } from './store/headerStore.ts';
import type { CheckedUnit } from './typed.ts';

/** Where an `#include` was found. */
export interface FoundFile {
  readonly path: string;
  readonly text: string;
  readonly system: boolean;
  /** Number of the folder in the search path where it was found, for `#include_next`; -1 beside the including file. */
  readonly folder: number;
}

/**
 * Answers `#include`. `from` is the including file; `next` continues an `#include_next` after that folder. Null when
 * there is none: the adapter that has files reads what `missing` lists and compiles again.
 */
export type Includes = (name: string, angled: boolean, from: string, next: number | null) => FoundFile | null;

export interface CompileOptions {
  readonly cpu: Cpu;
  /** `debug` keeps every local where the debugger finds it; `optimised` is what clang -O2 is to others. */
  readonly profile: 'debug' | 'optimised';
  /** `-D` and `-U` in the order of the command line: `NAME` or `NAME=value`; `value` null undefines. */
  readonly defines: readonly { readonly name: string; readonly value: string | null }[];
  /** `-include`: read before the main file, as if it began with them. */
  readonly forced?: readonly string[];
  /** `-W…` and `-w` in their order, after `-Wall`, which holds always. */
  readonly warnings?: readonly string[];
  readonly assumes?: Assumptions;
  /** C17 unless it is said. */
  readonly standard?: Standard;
}

/** The year of the C standard that words and macros are those of. */
export type Standard = 17 | 23;

/** What a program keeps to by C's rules, for all that the compiler concludes; all of it, as with clang, unless it is false. */
export interface Assumptions {
  /** Accesses as different types are to different objects (C11 6.5p7). */
  readonly strictAliasing?: boolean;
  /** Signed numbers do not overflow (C11 6.5p5). */
  readonly noOverflow?: boolean;
}

export interface CompileResult {
  /** The ELF object; null when there are errors. */
  readonly object: Uint8Array | null;
  readonly functions: readonly MachineFunction[];
  readonly preprocessed: Preprocessed;
  /** What was declared and used; null where a header is missing. */
  readonly unit: CheckedUnit | null;
  /** What the functions were made from, where their code was not kept; null when there are errors before. */
  readonly module: IrModule | null;
  readonly places: Places;
  /** Of the main file; those in other files are told at the `#include` that leads there, with a related place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles one unit: the text of `path` and what it includes. Bad input gives diagnostics, never an exception. */
export function compile(path: string, text: string, includes: Includes, options: CompileOptions): CompileResult {
  const input = { path, text, includes, options };
  return wholly(compiling(preprocess(input), { options, preamble: null, code: null })).result;
}

/** As `compile`, with what was known of large headers in earlier sessions. */
export function compileWithStore(input: FrontInput): CompileResult {
  const { result, preamble } = preprocessAgain(input, null);
  return wholly(compiling(result, { options: input.options, preamble, code: null })).result;
}

/** What holds for the next compilation of an edited text. */
export interface Kept {
  readonly preamble: Preamble | null;
  readonly code: KeptCode | null;
}

export interface Compiled {
  readonly result: CompileResult;
  readonly kept: Kept;
}

/** As `compile`, for editors: what `kept` says of the headers and of functions is not found out again where it holds. */
export function compileAgain(input: FrontInput, kept: Kept | null): Compiled {
  return wholly(compileInStages(input, kept));
}

/** What a compilation has just done, and all that the front end found when it is through. */
export interface StageDone {
  readonly stage: 'preprocess' | 'parse' | 'check' | 'lower' | 'compare' | 'optimise' | 'generate';
  readonly found: CompileResult | null;
}

/** Does all stages at once. */
export function wholly<T>(stages: Iterator<unknown, T>): T {
  for (;;) {
    const step = stages.next();
    if (step.done === true) return step.value;
  }
}

/** As `compileAgain`, stopping between its stages, so that other things get their turn. */
export function* compileInStages(input: FrontInput, kept: Kept | null): Generator<StageDone, Compiled> {
  const { result: preprocessed, preamble } = preprocessAgain(input, kept?.preamble ?? null);
  yield done('preprocess');
  return yield* compiling(preprocessed, { options: input.options, preamble, code: { before: kept?.code ?? null } });
}

function done(stage: StageDone['stage']): StageDone {
  return { stage, found: null };
}

/** What is an extension in older standards is none in the one that has it. */
function warningOptions({ standard, warnings = [] }: CompileOptions): readonly string[] {
  return standard === 23 ? ['-Wno-c23-extensions', ...warnings] : warnings;
}

interface Before {
  readonly options: CompileOptions;
  readonly preamble: Preamble | null;
  /** Null where no code is to be kept. */
  readonly code: { readonly before: KeptCode | null } | null;
}

function* compiling(preprocessed: Preprocessed, before: Before): Generator<StageDone, Compiled> {
  const { places } = preprocessed;
  const levels = levelEvents(preprocessed.tokens, warningOptions(before.options));
  const problems = newProblems(askedWarnings(levels));
  const unit = yield* frontEnd(preprocessed, problems, { levels, preamble: before.preamble });
  const told = (): Diagnostic[] => inOrder(diagnosticsOf(problems.list, places));
  const found = { object: null, functions: [], module: null, places, preprocessed, unit, diagnostics: told() };
  yield { stage: 'check', found };
  const module = unit === null || problems.errors > 0 ? null : lower(unit, problems, before.options.assumes);
  yield done('lower');
  const complaints = problems.list.length;
  const { functions, code } = module === null ? NOTHING : yield* backEnd(module, before, problems);
  if (problems.list.length > complaints) applyWarningLevels(problems, preprocessed.tokens, levels);
  const whole = unit !== null && module !== null && problems.errors === 0;
  const object = whole ? writeObject({ unit, module, functions, places }) : null;
  const result = { ...found, object, functions, module, diagnostics: told() };
  return { result, kept: { preamble: before.preamble, code: code ?? before.code?.before ?? null } };
}

interface Made {
  readonly functions: readonly MachineFunction[];
  readonly code: KeptCode | null;
}

const NOTHING: Made = { functions: [], code: null };

export interface FrontInput {
  readonly path: string;
  readonly text: string;
  readonly includes: Includes;
  readonly options: CompileOptions;
  /** Where large headers are kept between sessions. */
  readonly store?: HeaderStore | undefined;
}

/** Without a header that it wants, a unit is nothing but complaints about what would have been in there. */
function* frontEnd(
  preprocessed: Preprocessed,
  problems: Problems,
  { levels, preamble }: { readonly levels: readonly LevelEvent[]; readonly preamble: Preamble | null },
): Generator<StageDone, CheckedUnit | null> {
  const { tokens, places, problems: found, missing } = preprocessed;
  addAll(problems, found);
  if (missing.some(({ optional }) => !optional)) return null;
  const { unit } = parse(tokens, places, problems, preamble);
  yield done('parse');
  const checked = check(unit, places, problems);
  applyWarningLevels(problems, tokens, levels);
  return checked;
}

function* backEnd(module: IrModule, { options, code }: Before, problems: Problems): Generator<StageDone, Made> {
  if (problems.errors > 0) return NOTHING;
  const complaints = problems.list.length;
  dropUnused(module);
  const setting = `${options.cpu} ${options.profile} ${JSON.stringify(options.assumes)}`;
  const sources = code === null ? null : sourcesOf(module, setting, code.before);
  yield done('compare');
  optimise(module, options, problems, sources?.kept);
  yield done('optimise');
  if (problems.errors > 0) return NOTHING;
  const generated = generate(module, options.cpu, options.profile, sources?.kept);
  yield done('generate');
  addAll(problems, generated.problems);
  const { functions } = generated;
  const silent = problems.list.length === complaints;
  return { functions, code: sources !== null && silent ? keepCode(sources, module, functions) : null };
}

function addAll(problems: Problems, more: readonly Problem[]): void {
  problems.list.push(...more);
  problems.errors += more.filter(({ severity }) => severity === 'error').length;
}

/** As they stand in the file, each once. What stands at one place keeps its order. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  const once = diagnostics.filter(({ code, message, span }) => {
    const key = `${code} ${span?.start} ${span?.end} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return once.toSorted((a, b) => (a.span?.start ?? -1) - (b.span?.start ?? -1));
}
