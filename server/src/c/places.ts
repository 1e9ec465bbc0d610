/**
 * Where things stand in a translation unit, which is made of many files and of what macros gave. A place is one number,
 * so that tokens and trees stay small; `Places` explains it.
 */

/**
 * Below `FIRST_EXPANSION` an offset into the concatenation of all files in the order of their inclusion (a file that is
 * included twice is there twice; the main file comes first, at 0); from there on an offset into the concatenation of
 * all tokens that macros gave. In both, a token ends at its place and its length. `NOWHERE` is the compiler's own.
 */
export type Place = number;

export const FIRST_EXPANSION = 0x4000_0000;
export const NOWHERE: Place = -1;

/** One inclusion of a file. */
export interface SourceFile {
  /** As the workspace calls it; `<built-in>` for predefined macros. */
  readonly path: string;
  readonly text: string;
  /** Place of its first character. */
  readonly base: Place;
  /** Place of the `#include`; null for the main file and for what the compiler adds itself. */
  readonly includedAt: Place | null;
  /** Found in a system folder or among our own headers: no warnings about its contents. */
  readonly system: boolean;
}

export interface FilePlace {
  readonly file: SourceFile;
  /** UTF-16 code units from the beginning of the file. */
  readonly offset: number;
}

export interface FileSpan {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** One use of a macro in which a token arose. */
export interface MacroUse {
  readonly name: string;
  /** Of the name where it was used; again in an expansion for a macro used by a macro. */
  readonly usedAt: Place;
  /** Of the name in its `#define`; NOWHERE for predefined macros. */
  readonly definedAt: Place;
}

export interface Places {
  readonly files: readonly SourceFile[];
  /** Where the characters stand: for what a macro gave, in the macro's body or in its argument. */
  readonly spelling: (place: Place) => FilePlace | null;
  /**
   * Where a user would look: for what a macro's body gave, the outermost use of the macro; for what came through an
   * argument, where the argument is written. Null for NOWHERE.
   */
  readonly written: (place: Place) => FilePlace | null;
  /** What a user would underline; of what a macro's body gave, the macro's name. */
  readonly span: (range: Range) => FileSpan | null;
  /** The uses that led to a token, innermost first; empty for a token of a file. */
  readonly macros: (place: Place) => readonly MacroUse[];
}

/** From the first character of its first token to one past its last one. Both may lie in expansions. */
export interface Range {
  readonly start: Place;
  readonly end: Place;
}

/** Places that the leading directives gave: they are the same as long as those are. */
export interface StablePlaces {
  /** Of the main file's beginning. */
  readonly beginning: Place;
  /** Of the files that were included there, from and to. */
  readonly files: readonly [from: Place, to: Place];
  readonly expansionsEnd: Place;
}
