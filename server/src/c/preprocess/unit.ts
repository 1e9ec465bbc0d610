import type { Cpu } from '../machine.ts';
import type { FoundFile, Includes } from '../compile.ts';
import type { Place, Range, SourceFile } from '../places.ts';
import { reportError, type Problems } from '../problem.ts';
import type { AtomTable } from './atomTable.ts';
import type { Lexer } from './lexer.ts';
import type { PlaceTable } from './placeTable.ts';
import type { TokenColumns } from './tokenColumns.ts';

/** A preprocessing token outside of the columns. Never changed once made, but for a fresh copy. */
export interface PreToken {
  readonly kind: number;
  readonly atom: number;
  readonly place: Place;
  readonly end: Place;
  /** White space stands before it. */
  space: boolean;
  /** Named a macro while that was being expanded: stays as it is for ever (C11 6.10.3.4p2). */
  painted: boolean;
}

export interface Macro {
  /** Of its name: most macros of a header are never asked for theirs. */
  readonly atom: number;
  /** Null for an object-like macro; atoms of the parameters, `__VA_ARGS__` or its GNU name included. */
  readonly params: readonly number[] | null;
  readonly variadic: boolean;
  readonly body: readonly PreToken[];
  /** By token of the body: number of the parameter it names, or -1. */
  readonly paramOf: readonly number[];
  /** `##` or `__VA_OPT__` or `#` is in the body. */
  readonly special: boolean;
  /** Of its name in the definition. */
  readonly definedAt: Place;
  /** From its name to the end of its body. */
  readonly definition: Range;
  /** Made by the compiler: `__LINE__` and its kin. */
  readonly builtin: Builtin | null;
  /** Is being expanded. */
  busy: boolean;
}

/** Gives the tokens of a macro that the compiler makes, from its name's token on. */
export type Builtin = (unit: Unit, name: PreToken) => readonly PreToken[];

/** Tokens that are read before the file goes on. */
export interface Stream {
  readonly tokens: readonly PreToken[];
  next: number;
  /** Ends to be busy when the stream is read. */
  readonly macro: Macro | null;
  /** Reading stops at its end: an argument by itself, a directive. */
  readonly barrier: boolean;
}

export interface Conditional {
  readonly at: Range;
  /** A group has been taken, so that no other one is. */
  taken: boolean;
  elseSeen: boolean;
}

/** A file that is being read. */
export interface OpenFile {
  readonly file: SourceFile;
  readonly lexer: Lexer;
  readonly folder: number;
  readonly conditionals: Conditional[];
  /** Difference that `#line` made between the line in the text and `__LINE__`. */
  lineShift: number;
  /** What `#line` has named the file. */
  presumed: string;
  /** Include guard: `#ifndef` of this atom is all that was seen so far; -1 none, -2 there is something outside. */
  guard: number;
  /** The conditional of the guard has ended. */
  guardClosed: boolean;
  /** Count of tokens at the beginning of the file, and where the guard's conditional ends. */
  readonly firstToken: number;
  lastToken: number;
}

export interface MacroMention {
  readonly macro: Macro;
  readonly at: Range;
}

export interface Inclusion {
  /** Of the name with its quotes. */
  readonly at: Range;
  readonly name: string;
  readonly angled: boolean;
  /** Null when it was not found. */
  readonly path: string | null;
}

/** Asked for, but not there. */
export interface MissingInclude {
  readonly name: string;
  readonly angled: boolean;
  readonly from: string;
  readonly next: number | null;
  /** Only `__has_include` asked. */
  readonly optional: boolean;
}

export interface AskedInclude {
  readonly question: Parameters<Includes>;
  readonly answer: FoundFile | null;
}

/** All that preprocessing works on. */
export interface Unit {
  readonly atoms: AtomTable;
  readonly places: PlaceTable;
  readonly problems: Problems;
  readonly out: TokenColumns;
  readonly includes: Includes;
  readonly cpu: Cpu;
  readonly macros: (Macro | undefined)[];
  /** By atom: 1 where a macro is; shorter than the atoms. */
  isMacro: Uint8Array;
  readonly pushed: Map<number, (Macro | undefined)[]>;
  readonly open: OpenFile[];
  readonly streams: Stream[];
  /** By path: `#pragma once`, or the atom of the include guard. */
  readonly once: Set<string>;
  readonly guards: Map<string, number>;
  readonly mentions: MacroMention[];
  readonly inclusions: Inclusion[];
  readonly missing: MissingInclude[];
  /** All that was asked of `includes`. */
  readonly asked: AskedInclude[];
  /** Of the main file: what conditions left out. */
  readonly inactive: Range[];
  counter: number;
  inclusionCount: number;
  /** Characters that `#` and `##` have made. */
  madeText: number;
  /** White space to stand before the next token of an expansion. */
  pendingSpace: boolean;
  /** How deep arguments are within arguments. */
  depth: number;
  /** A limit was met: nothing more is read. */
  stopped: boolean;
  /** Arguments of a macro are being read. */
  inArguments: number;
  readonly directive: (unit: Unit, hash: PreToken) => void;
}

export const LIMITS = {
  includeDepth: 200,
  inclusions: 20_000,
  expansionTokens: 2_000_000,
  /** Characters that `#` and `##` make. */
  madeText: 4_000_000,
  argumentDepth: 256,
  conditionDepth: 256,
} as const;

/** A limit was met: says so once, and nothing more is read. */
export function stop(unit: Unit, { code, at, message }: { code: string; at: Range; message: string }): void {
  if (!unit.stopped) reportError(unit.problems, code, at, message);
  unit.stopped = true;
}

export function currentFile(unit: Unit): OpenFile {
  return unit.open[unit.open.length - 1]!;
}

export function macroOf(unit: Unit, atom: number): Macro | undefined {
  return unit.macros[atom];
}

export function setMacro(unit: Unit, atom: number, macro: Macro | undefined): void {
  if (atom >= unit.isMacro.length) {
    const larger = new Uint8Array(Math.max(atom + 1, unit.isMacro.length * 2));
    larger.set(unit.isMacro);
    unit.isMacro = larger;
  }
  while (unit.macros.length <= atom) unit.macros.push(undefined);
  unit.macros[atom] = macro;
  unit.isMacro[atom] = macro === undefined ? 0 : 1;
}

export function nameOf(unit: Unit, macro: Macro): string {
  return unit.atoms.text(macro.atom);
}

/** Where a macro's name stands in its definition. */
export function nameRange(unit: Unit, macro: Macro): Range {
  return { start: macro.definedAt, end: macro.definedAt + nameOf(unit, macro).length };
}

/** The token that the lexer has just read. */
export function lexedToken({ file, lexer }: OpenFile): PreToken {
  return {
    kind: lexer.kind,
    atom: lexer.atom,
    place: file.base + lexer.start,
    end: file.base + lexer.end,
    space: lexer.space,
    painted: false,
  };
}

export function rangeOf(token: PreToken): Range {
  return { start: token.place, end: token.end };
}

/** Uses and definitions are kept for the editor, which shows the main file. */
export function mention(unit: Unit, macro: Macro, name: PreToken): void {
  const main = unit.places.files[0]!;
  if (name.place <= main.text.length && name.place >= 0) unit.mentions.push({ macro, at: rangeOf(name) });
}
