/** What a compilation is given and what it gives, and the way from one to the other. */
import type { Diagnostic } from '../base/diagnostic.ts';
import { check } from './check/check.ts';
import { diagnosticsOf } from './diagnosticsOf.ts';
import { generate } from './generate/generate.ts';
import type { IrModule } from './ir/ir.ts';
import { lower } from './lower/lower.ts';
import type { Cpu, MachineFunction } from './machine.ts';
import { writeObject } from './object/writeObject.ts';
import { applyDiagnosticPragmas } from './ignoredWarnings.ts';
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
  /** What the functions were made from; null when there are errors before. */
  readonly module: IrModule | null;
  readonly places: Places;
  /** Of the main file; those in other files are told at the `#include` that leads there, with a related place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles one unit: the text of `path` and what it includes. Bad input gives diagnostics, never an exception. */
export function compile(path: string, text: string, includes: Includes, options: CompileOptions): CompileResult {
  return compileAgain({ path, text, includes, options }, null).result;
}

/** As `compile`, for editors: what `kept` says of the headers is not found out again where it still holds. */
export function compileAgain(
  input: FrontInput,
  kept: Preamble | null,
): { readonly result: CompileResult; readonly kept: Preamble | null } {
  const problems = newProblems();
  const { result: preprocessed, preamble } = preprocessAgain(input, kept);
  return { result: compilePreprocessed(preprocessed, input.options, problems, preamble), kept: preamble };
}

function compilePreprocessed(
  preprocessed: Preprocessed,
  options: CompileOptions,
  problems: Problems,
  preamble: Preamble | null,
): CompileResult {
  const { places } = preprocessed;
  const front = frontEnd(preprocessed, problems, preamble);
  const module = front.unit === null || problems.errors > 0 ? null : lower(front.unit, problems);
  const functions = module === null ? [] : backEnd(module, options, problems);
  const whole = front.unit !== null && module !== null && problems.errors === 0;
  const object = whole ? writeObject({ unit: front.unit, module, functions, places }) : null;
  const diagnostics = inOrder(diagnosticsOf(problems.list, places));
  return { object, functions, module, places, preprocessed, unit: front.unit, diagnostics };
}

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

function backEnd(module: IrModule, options: CompileOptions, problems: Problems): readonly MachineFunction[] {
  if (problems.errors > 0) return [];
  optimise(module, options, problems);
  if (problems.errors > 0) return [];
  const generated = generate(module, options.cpu, options.profile);
  addAll(problems, generated.problems);
  return generated.functions;
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
