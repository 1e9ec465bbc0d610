/** What parsing the tokens of headers gave, apart from them: so it can be kept between sessions. */
import type { SectionReader, SectionWriter } from '../store/sections.ts';
import { newProblems } from '../problem.ts';
import type { ExternalSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseExternal } from './externals.ts';
import type { DeclaredIndex, DeclaredNames, HeaderIndex, IndexedExternal } from './headers.ts';
import { readAt } from './later.ts';
import type { Parser } from './parser.ts';
import type { Pragmas, PragmaState } from './pragmas.ts';

/** Of headers in which nothing was wrong. */
export interface KnownIndex {
  readonly index: DeclaredIndex;
  /** As the parser had them at the end. */
  readonly names: Uint8Array;
  readonly tagKinds: Uint8Array;
  readonly mentioned: Uint8Array;
  readonly pragmas: Pragmas;
  readonly lastEnd: number;
}

/** That of headers which were just read. */
export interface GrownIndex extends KnownIndex {
  readonly index: HeaderIndex;
  /** Whether externals that are read again are what they were; takes as long as reading them. */
  readonly holds: () => boolean;
}

/** Null where something is known that is not kept. `atomCount`: of the tokens' spellings. */
export function knownIndex(
  p: Parser,
  index: HeaderIndex,
  externals: readonly ExternalSyntax[],
  atomCount: number,
): GrownIndex | null {
  const { pragmas, lastEnd } = p;
  const { state, packs, unroll, unrollAt } = pragmas;
  if (![...index.states, ...index.externals.map((one) => one.state), state].every(isPlain)) return null;
  const part = (column: Uint8Array): Uint8Array => column.slice(0, atomCount);
  const columns = { names: part(p.names), tagKinds: part(p.tagKinds), mentioned: part(p.mentioned) };
  const known = { index, ...columns, pragmas: { state, packs: [...packs], unroll, unrollAt }, lastEnd };
  return { ...known, holds: () => areSame(p, index, externals) };
}

/**
 * The externals of an index. Whatever stands behind them is known when they are read, so that names may have got another
 * meaning; `holds` says whether that makes a difference.
 */
export function externalsOf({ externals }: DeclaredIndex, p: Parser): ExternalSyntax[] {
  return externals.flatMap(({ start, state }) => readAt(p, start, state, parseExternal) ?? []);
}

function areSame(p: Parser, index: HeaderIndex, externals: readonly ExternalSyntax[]): boolean {
  if (index.externals.some((one) => hasPragma(p, one))) return false;
  const { problems } = p;
  p.problems = newProblems();
  const again = externalsOf(index, p);
  const isQuiet = p.problems.list.length === 0;
  p.problems = problems;
  return isQuiet && printed(again) === printed(externals);
}

/** It may change more than is put back when it is read again. */
function hasPragma({ tokens }: Parser, { start, end }: IndexedExternal): boolean {
  return tokens.kind.subarray(start, end).includes(TOKEN.pragma);
}

function printed(trees: readonly ExternalSyntax[]): string {
  return JSON.stringify(trees, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** Its attributes are no trees. */
function isPlain({ pushed }: PragmaState): boolean {
  return pushed.every(({ attributes }) => attributes.every(({ args }) => args.length === 0));
}

interface IndexFacts {
  readonly states: readonly PragmaState[];
  readonly pragmas: Pragmas;
  readonly lastEnd: number;
}

export function writeIndex(out: SectionWriter, { index, pragmas, lastEnd, ...known }: GrownIndex): void {
  const states = [...new Set([...index.states, ...index.externals.map((one) => one.state)])];
  const numbers = new Map(states.map((state, number) => [state, number]));
  const numberOf = (state: PragmaState): number => numbers.get(state) ?? 0;
  out.addFacts({ states, pragmas, lastEnd } satisfies IndexFacts);
  out.add(Int32Array.from(index.starts));
  out.add(Int32Array.from(index.states, numberOf));
  out.add(Int32Array.from(index.externals.flatMap((one) => [one.start, one.end, numberOf(one.state), one.before])));
  for (const names of [index.names, index.tags]) writeNames(out, names);
  for (const column of [known.names, known.tagKinds, known.mentioned]) out.add(column);
}

/** The names; by atom its declaration and 1, or less than 0 for several; all of those, their count before them. */
function writeNames(out: SectionWriter, names: HeaderIndex['names']): void {
  const atoms = Int32Array.from(names.keys());
  const first = new Int32Array(atoms.reduce((highest, atom) => Math.max(highest, atom + 1), 0));
  const several: number[] = [];
  for (const [atom, declared] of names) {
    first[atom] = typeof declared === 'number' ? declared + 1 : ~several.length;
    if (typeof declared !== 'number') several.push(declared.length, ...declared);
  }
  for (const column of [atoms, first, Int32Array.from(several)]) out.add(column);
}

export function readIndex(stored: SectionReader): KnownIndex {
  const { states, pragmas, lastEnd } = stored.facts() as IndexFacts;
  const starts = stored.words();
  const stateOf = stored.words();
  const at = (declaration: number): PragmaState | undefined => states[stateOf[declaration] ?? -1];
  const externals = readExternals(stored.words(), states);
  const index = { starts, states: { at }, externals, names: readNames(stored), tags: readNames(stored) };
  return { index, names: stored.bytes(), tagKinds: stored.bytes(), mentioned: stored.bytes(), pragmas, lastEnd };
}

function readExternals(numbers: Int32Array, states: readonly PragmaState[]): IndexedExternal[] {
  return Array.from({ length: numbers.length / 4 }, (_, external) => {
    const [start = 0, end = 0, state = 0, before = 0] = numbers.subarray(4 * external, 4 * external + 4);
    return { start, end, state: states[state]!, before };
  });
}

function readNames(stored: SectionReader): DeclaredNames {
  const atoms = stored.words();
  const first = stored.words();
  const several = stored.words();
  const listed = (at: number): number[] => [...several.subarray(at + 1, at + 1 + several[at]!)];
  return {
    keys: () => atoms,
    get: (atom) => {
      const one = first[atom] ?? 0;
      return one < 0 ? listed(~one) : one === 0 ? undefined : one - 1;
    },
  };
}
