import type { SourceText, Span } from '../../base/source.ts';
import type { BpfObject } from '../../program/program.ts';

export type TokenKind =
  | 'register' | 'number' | 'string' | 'comment' | 'directive' | 'keyword' | 'operator' | 'size'
  | 'helper' | 'kfunc' | 'label' | 'function' | 'map' | 'data' | 'section' | 'property' | 'unknown'; // prettier-ignore

export interface Token {
  readonly kind: TokenKind;
  readonly span: Span;
}

export type SymbolKind = 'label' | 'function' | 'map' | 'data';

/** A name the file declares. */
export interface Definition {
  readonly kind: SymbolKind;
  readonly name: string;
  /** The name itself. */
  readonly span: Span;
  /** Everything that belongs to it: a function's body, a map's declaration. */
  readonly extent: Span;
  /** Index into `definitions` of the function a label lies in; null for the rest. */
  readonly parent: number | null;
  /** A function that is a program of its own (entry of a section), not only a subprogram. */
  readonly entry: boolean;
}

/** A use of a name. */
export interface Reference {
  readonly name: string;
  readonly span: Span;
  /** Index into `definitions`; null when the file declares no such name (then a diagnostic says so). */
  readonly definition: number | null;
}

/** One instruction of the text. */
export interface InsnNode {
  readonly span: Span;
  /** Index into object.programs of each program that holds it (a subprogram is linked into every caller), with its pc. */
  readonly places: readonly { readonly program: number; readonly pc: number }[];
}

/** What parsing an assembly file yields: always, however broken the text. */
export interface AsmFile {
  readonly source: SourceText;
  /** Programs, maps and all diagnostics. */
  readonly object: BpfObject;
  /** In order, not overlapping; white space is not a token. */
  readonly tokens: readonly Token[];
  readonly definitions: readonly Definition[];
  readonly references: readonly Reference[];
  /** In text order. */
  readonly insns: readonly InsnNode[];
}
