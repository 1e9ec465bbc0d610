/** What the parts of lowering share: the module that grows, and the function that is being lowered. */
import type { Assumptions } from '../compile.ts';
import type { Block, Constant, IrFunction, IrModule, IrSymbol, Instr, Value } from '../ir/ir.ts';
import type { Mention } from '../ir/mentions.ts';
import type { Place, Range } from '../places.ts';
import type { FunctionSymbol, GlobalVariable, Label, LocalVariable, Statement } from '../typed.ts';

/** Tells the user what cannot be lowered. */
export type Fail = (range: Range, message: string) => void;

export interface UnitState {
  readonly module: IrModule;
  readonly fail: Fail;
  readonly symbols: Map<FunctionSymbol | GlobalVariable, IrSymbol>;
  /** String literals by their bytes. */
  readonly literals: Map<string, IrSymbol>;
  /** By their names in the module: all that the unit declares. */
  readonly declared: ReadonlyMap<string, FunctionSymbol | GlobalVariable>;
  /** Of the function that is being lowered: the symbols that it asked for, each once, in this order. */
  asked: Map<string, AskedSymbol>;
  /** What constant variables hold, when that is numbers only. */
  readonly images: Map<GlobalVariable, Uint8Array | null>;
  /** Mentioned and not yet lowered. */
  readonly pending: (FunctionSymbol | GlobalVariable)[];
  readonly assumes: Required<Assumptions>;
  /** Names of the static variables that some code writes to or takes the address of. */
  readonly written: ReadonlySet<string>;
}

/** What a function's code is made of besides its own text. */
export interface LoweredFunction {
  readonly mentions: readonly Mention[];
  readonly asked: ReadonlyMap<string, AskedSymbol>;
  /** Names of the static variables that it writes to or takes the address of. */
  readonly written: ReadonlySet<string>;
}

/** A literal's contents; null for what the file declares. */
export type AskedSymbol = { readonly bytes: Uint8Array; readonly alignBytes: number } | null;

/** A block, loop or statement expression whose variables may have something to clean up. */
export interface Scope {
  /** Identity of the statement or list of statements, for `goto`. */
  readonly node: Range;
  readonly cleanups: LocalVariable[];
}

/** Where `break` and `continue` lead, and how many scopes stay open there. */
export interface Exit {
  readonly block: Block;
  readonly depth: number;
}

export interface SwitchState {
  readonly cases: { first: bigint; last: bigint; to: Block }[];
  otherwise: Block | null;
}

export interface BodyState {
  readonly unit: UnitState;
  readonly symbol: FunctionSymbol;
  readonly fn: IrFunction;
  /** Where the next instruction goes; it never has a terminator. */
  block: Block;
  /** Where the source of the next instruction stands. */
  place: Place;
  /** They go to the beginning of the entry at the end. */
  readonly allocas: Instr[];
  readonly locals: Map<LocalVariable, Value>;
  /** What local constants of a number's type hold. */
  readonly constants: Map<LocalVariable, Constant>;
  readonly labels: Map<Label, Block>;
  /** The scopes around each label, outermost first. */
  readonly labelScopes: ReadonlyMap<Label, readonly object[]>;
  readonly scopes: Scope[];
  breakTo: Exit | null;
  continueTo: Exit | null;
  switch: SwitchState | null;
  /** Where a record is returned to; null when it is not. */
  readonly returnTo: Value | null;
}

export type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;
