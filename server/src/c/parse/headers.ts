/** What headers declare, by name; the declarations themselves are read when they are asked for. */
import type { ExternalSyntax, HeaderDeclarations } from '../syntax.ts';
import { parseExternal } from './externals.ts';
import { readAt } from './later.ts';
import type { Parser } from './parser.ts';
import type { PragmaState } from './pragmas.ts';

/** The declarations of headers, which are read when somebody asks for one. */
export interface DeclaredIndex {
  /** By declaration: its first token, and what pragmas had set there. */
  readonly starts: ArrayLike<number>;
  readonly states: { readonly at: (declaration: number) => PragmaState | undefined };
  readonly names: DeclaredNames;
  readonly tags: DeclaredNames;
  readonly externals: readonly IndexedExternal[];
}

/** What has to be looked at in any case. */
export interface IndexedExternal {
  /** Its first token, the one behind it, and what pragmas had set there. */
  readonly start: number;
  readonly end: number;
  readonly state: PragmaState;
  /** Declarations that stand before it. */
  readonly before: number;
}

/** Declarations of names, which are atoms, in the order of writing. */
export interface DeclaredNames {
  readonly get: (atom: number) => number | readonly number[] | undefined;
  readonly keys: () => Iterable<number>;
}

/** One that grows. */
export interface HeaderIndex extends DeclaredIndex {
  readonly starts: number[];
  readonly states: PragmaState[];
  readonly names: Map<number, number | number[]>;
  readonly tags: Map<number, number | number[]>;
  readonly externals: IndexedExternal[];
}

export function newHeaderIndex(): HeaderIndex {
  return { starts: [], states: [], names: new Map(), tags: new Map(), externals: [] };
}

/** A declaration that begins at that token and has just been read. */
export function putOff(index: HeaderIndex, p: Parser, start: number, state: PragmaState, read: ExternalSyntax): void {
  const number = index.starts.length;
  index.starts.push(start);
  index.states.push(state);
  const { atoms } = p.tokens;
  for (const tag of p.tags) add(index.tags, atoms.of(tag), number);
  for (const name of p.enumerators) add(index.names, atoms.of(name), number);
  const declared = read.kind === 'function' ? [read] : read.kind === 'declaration' ? read.declarators : [];
  for (const { declarator } of declared)
    if (declarator.name !== null) add(index.names, atoms.of(declarator.name.text), number);
}

function add(map: HeaderIndex['names'], atom: number, number: number): void {
  const old = map.get(atom);
  if (old === undefined) map.set(atom, number);
  else if (typeof old === 'number') map.set(atom, [old, number]);
  else old.push(number);
}

export function headerDeclarations(index: DeclaredIndex, p: Parser): HeaderDeclarations {
  const known = new Map<number, ExternalSyntax | null>();
  const { atoms } = p.tokens;
  return {
    ofName: (name) => listed(index.names.get(atoms.of(name))),
    ofTag: (name) => listed(index.tags.get(atoms.of(name))),
    *names() {
      for (const atom of index.names.keys()) yield atoms.text(atom);
    },
    mentions: (tag) => p.mentioned[atoms.of(tag)] === 1,
    before: (external) => index.externals[external]?.before ?? index.starts.length,
    read: (number) => {
      let found = known.get(number);
      if (found === undefined) known.set(number, (found = readOne(index, p, number)));
      return found;
    },
  };
}

/** The declarations of headers with which several units begin. */
export interface HeaderStart {
  readonly count: number;
  readonly declarations: HeaderDeclarations;
}

/** Those, and behind them the unit's own. `externals`: how many the start has. */
export function layered(
  { count, declarations: first }: HeaderStart,
  externals: number,
  own: HeaderDeclarations,
): HeaderDeclarations {
  const both = (one: readonly number[], other: readonly number[]): readonly number[] =>
    other.length === 0 ? one : [...one, ...other.map((number) => number + count)];
  return {
    ofName: (name) => both(first.ofName(name), own.ofName(name)),
    ofTag: (name) => both(first.ofTag(name), own.ofTag(name)),
    read: (number) => (number < count ? first.read(number) : own.read(number - count)),
    before: (external) => (external < externals ? first.before(external) : own.before(external - externals) + count),
    mentions: (tag) => first.mentions(tag) || own.mentions(tag),
    *names() {
      yield* first.names();
      yield* own.names();
    },
  };
}

const NONE: readonly number[] = [];

function listed(found: number | readonly number[] | undefined): readonly number[] {
  if (found === undefined) return NONE;
  return typeof found === 'number' ? [found] : found;
}

function readOne(index: DeclaredIndex, p: Parser, number: number): ExternalSyntax | null {
  const start = index.starts[number];
  const state = index.states.at(number);
  return start === undefined || state === undefined ? null : readAt(p, start, state, parseExternal);
}

/** Nobody but those who name it can tell whether it was looked at: it defines nothing that a linker sees. */
export function canBePutOff(read: ExternalSyntax): boolean {
  if (read.kind === 'function') return read.specifiers.storage === 'static' || read.specifiers.inline;
  if (read.kind !== 'declaration') return false;
  const { storage } = read.specifiers;
  if (storage === 'typedef' || storage === 'static' || read.declarators.length === 0) return true;
  return read.declarators.every(
    ({ declarator, init }) => init === null && (storage === 'extern' || declarator.derivations[0]?.kind === 'function'),
  );
}
