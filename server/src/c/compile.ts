/** What a compilation is given and what it gives, and the way from one to the other. */
import type { Diagnostic } from '../base/diagnostic.ts';
import { wholly } from '../base/steps.ts';
import type { IrModule } from './ir/ir.ts';
import type { Cpu, MachineFunction } from './machine.ts';
import type { Places } from './places.ts';
import { preprocessAgain, type Preamble } from './preprocess/preamble.ts';
import { preprocess, type Preprocessed } from './preprocess/preprocess.ts';
import { compiling } from './stages.ts';
import type { HeaderStore } from './store/headerStore.ts';
import type { CheckedUnit } from './typed.ts';
import type { KeptUnit } from './again/unread.ts';

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
  return wholly(compiling(preprocess(input), { options, preamble: null, unit: null })).result;
}

/** As `compile`, with what was known of large headers in earlier sessions. */
export function compileWithStore(input: FrontInput): CompileResult {
  const { result, preamble } = preprocessAgain(input, null);
  return wholly(compiling(result, { options: input.options, preamble, unit: null })).result;
}

/** What holds for the next compilation of an edited text. */
export interface Kept {
  readonly preamble: Preamble | null;
  readonly unit: KeptUnit | null;
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
  readonly stage: 'preprocess' | 'parse' | 'check' | 'lower' | 'compare' | 'optimise' | 'generate' | 'write';
  readonly found: CompileResult | null;
}

/** As `compileAgain`, stopping between its stages, so that other things get their turn. */
export function* compileInStages(input: FrontInput, kept: Kept | null): Generator<StageDone, Compiled> {
  const { result: preprocessed, preamble } = preprocessAgain(input, kept?.preamble ?? null);
  yield { stage: 'preprocess', found: null };
  return yield* compiling(preprocessed, { options: input.options, preamble, unit: { before: kept?.unit ?? null } });
}

export interface FrontInput {
  readonly path: string;
  readonly text: string;
  readonly includes: Includes;
  readonly options: CompileOptions;
  /** Where large headers are kept between sessions. */
  readonly store?: HeaderStore | undefined;
}
