/** What parsing the tokens of headers gave, apart from them: so it can be kept between sessions. */
import type { SectionReader, SectionWriter } from '../store/sections.ts';
import type { DeclaredIndex, DeclaredNames, HeaderIndex } from './headers.ts';
import type { Parser } from './parser.ts';
import type { Pragmas, PragmaState } from './pragmas.ts';

/** Of headers in which everything was put off and nothing was wrong. */
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
}

/** Null where something is known that is not kept. `atomCount`: of the tokens' spellings. */
export function knownIndex(p: Parser, index: HeaderIndex, atomCount: number): GrownIndex | null {
  const { pragmas, lastEnd } = p;
  const { state, packs, unroll, unrollAt } = pragmas;
  if (!index.states.every(isPlain) || !isPlain(state)) return null;
  const part = (column: Uint8Array): Uint8Array => column.slice(0, atomCount);
  const columns = { names: part(p.names), tagKinds: part(p.tagKinds), mentioned: part(p.mentioned) };
  return { index, ...columns, pragmas: { state, packs: [...packs], unroll, unrollAt }, lastEnd };
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
  const states = [...new Set(index.states)];
  const numbers = new Map(states.map((state, number) => [state, number]));
  out.addFacts({ states, pragmas, lastEnd } satisfies IndexFacts);
  out.add(Int32Array.from(index.starts));
  out.add(Int32Array.from(index.states, (state) => numbers.get(state) ?? 0));
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
  const index = { starts, states: { at }, names: readNames(stored), tags: readNames(stored), before: [] };
  return { index, names: stored.bytes(), tagKinds: stored.bytes(), mentioned: stored.bytes(), pragmas, lastEnd };
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
