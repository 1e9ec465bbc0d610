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
import { applyDiagnosticPragmas } from './ignoredWarnings.ts';
import { dropUnused } from './optimise/dropUnused.ts';
import { optimise } from './optimise/optimise.ts';
import { parse } from './parse/parse.ts';
import type { Places } from './places.ts';
import { preprocessAgain, type Preamble } from './preprocess/preamble.ts';
import type { Preprocessed } from './preprocess/preprocess.ts';
import { newProblems, type Problem, type Problems } from './problem.ts';
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
  const { result: preprocessed } = preprocessAgain({ path, text, includes, options }, null);
  return compilePreprocessed(preprocessed, { options, preamble: null, code: null }).result;
}

/** What holds for the next compilation of an edited text. */
export interface Kept {
  readonly preamble: Preamble | null;
  readonly code: KeptCode | null;
}

/** As `compile`, for editors: what `kept` says of the headers and of functions is not found out again where it holds. */
export function compileAgain(
  input: FrontInput,
  kept: Kept | null,
): { readonly result: CompileResult; readonly kept: Kept } {
  const { result: preprocessed, preamble } = preprocessAgain(input, kept?.preamble ?? null);
  const before = { options: input.options, preamble, code: { before: kept?.code ?? null } };
  const { result, code } = compilePreprocessed(preprocessed, before);
  return { result, kept: { preamble, code } };
}

interface Before {
  readonly options: CompileOptions;
  readonly preamble: Preamble | null;
  /** Null where no code is to be kept. */
  readonly code: { readonly before: KeptCode | null } | null;
}

function compilePreprocessed(
  preprocessed: Preprocessed,
  before: Before,
): { readonly result: CompileResult; readonly code: KeptCode | null } {
  const { places } = preprocessed;
  const problems = newProblems();
  const front = frontEnd(preprocessed, problems, before.preamble);
  const module = front.unit === null || problems.errors > 0 ? null : lower(front.unit, problems);
  const { functions, code } = module === null ? NOTHING : backEnd(module, before, problems);
  const whole = front.unit !== null && module !== null && problems.errors === 0;
  const object = whole ? writeObject({ unit: front.unit, module, functions, places }) : null;
  const diagnostics = inOrder(diagnosticsOf(problems.list, places));
  const result = { object, functions, module, places, preprocessed, unit: front.unit, diagnostics };
  return { result, code: code ?? before.code?.before ?? null };
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
}

/** Without a header that it wants, a unit is nothing but complaints about what would have been in there. */
function frontEnd(
  preprocessed: Preprocessed,
  problems: Problems,
  preamble: Preamble | null,
): { readonly unit: CheckedUnit | null } {
  const { tokens, places, problems: found, missing } = preprocessed;
  addAll(problems, found);
  if (missing.some(({ optional }) => !optional)) return { unit: null };
  const { unit } = parse(tokens, places, problems, preamble);
  const checked = check(unit, places, problems);
  applyDiagnosticPragmas(problems, tokens);
  return { unit: checked };
}

function backEnd(module: IrModule, { options, code }: Before, problems: Problems): Made {
  if (problems.errors > 0) return NOTHING;
  const complaints = problems.list.length;
  dropUnused(module);
  const setting = `${options.cpu} ${options.profile}`;
  const sources = code === null ? null : sourcesOf(module, setting, code.before);
  optimise(module, options, problems, sources?.kept);
  if (problems.errors > 0) return NOTHING;
  const generated = generate(module, options.cpu, options.profile, sources?.kept);
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
