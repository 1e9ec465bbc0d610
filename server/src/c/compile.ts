/** What a compilation is given and what it gives. */
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Cpu, MachineFunction } from './machine.ts';
import type { Places } from './places.ts';

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
  readonly places: Places;
  /** Of the main file; those in other files are told at the `#include` that leads there, with a related place. */
  readonly diagnostics: readonly Diagnostic[];
}
