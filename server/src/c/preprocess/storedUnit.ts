/** What is known behind a header, as columns and plain data; and the unit that is made of them again. */
import type { FoundFile } from '../compile.ts';
import type { HeaderStore } from '../store/headerStore.ts';
import type { SectionReader, SectionWriter } from '../store/sections.ts';
import { AtomTable } from './atomTable.ts';
import { installBuiltins } from './builtins.ts';
import { PlaceTable, type PlaceParts } from './placeTable.ts';
import { newUnit, OWN_PATHS, ownText, type PreprocessInput } from './preprocess.ts';
import { readMacros, writeMacros } from './storedMacros.ts';
import { TokenColumns } from './tokenColumns.ts';
import type { AskedInclude, Unit } from './unit.ts';

/** All of a unit that is not in columns. */
interface UnitFacts {
  readonly asked: readonly StoredAnswer[];
  /** The main file first. Texts are those of the answers. */
  readonly files: readonly { path: string; base: number; includedAt: number | null; system: boolean }[];
  readonly uses: PlaceParts['uses'];
  readonly nextFile: number;
  readonly nextExpansion: number;
  readonly once: readonly string[];
  readonly guards: readonly (readonly [path: string, atom: number])[];
  readonly counts: Counts;
}

/** What is empty behind a header that is kept, or made anew: all else has to be kept. */
type Remade =
  | 'includes' | 'cpu' | 'directive' | 'macros' | 'isMacro' | 'pushed' | 'open' | 'streams' | 'problems' | 'missing'
  | 'mentions' | 'inclusions' | 'inactive' | 'depth' | 'stopped' | 'inArguments'; // prettier-ignore

type Counts = Pick<Unit, 'counter' | 'inclusionCount' | 'madeText' | 'pendingSpace'>;

interface StoredAnswer {
  readonly name: string;
  readonly angled: boolean;
  /** Null for the main file. */
  readonly from: string | null;
  readonly next: number | null;
  readonly answer: Omit<FoundFile, 'text'> & { readonly digest: string };
}

/** False where something is in the unit that is not kept. */
export function canBeStored({ pushed, places, asked }: Unit): boolean {
  if (pushed.size > 0 || asked.some(({ answer }) => answer === null)) return false;
  const texts = new Map(asked.map(({ answer }) => [answer?.path, answer?.text]));
  const [, ...others] = places.files;
  return others.every(({ path, text }) => OWN_PATHS.includes(path) || texts.get(path) === text);
}

/** `atomCount`: of the spellings, which are shared with units that went on. */
export function writeUnit(out: SectionWriter, unit: Unit, atomCount: number, main: string, store: HeaderStore): void {
  const { atoms, places, out: tokens, once, guards, asked } = unit;
  const { files, uses, nextFile, nextExpansion, starts, spellings, origins } = places.parts();
  const { counter, inclusionCount, madeText, pendingSpace } = unit;
  const facts: UnitFacts = {
    asked: asked.map((one) => storedAnswer(one, main, store)),
    files: files.map(({ path, base, includedAt, system }) => ({ path, base, includedAt, system })),
    uses, nextFile, nextExpansion, once: [...once], guards: [...guards],
    counts: { counter, inclusionCount, madeText, pendingSpace },
  }; // prettier-ignore
  out.addFacts(facts);
  const { hashes, starts: spelled, pool } = atoms.columns(atomCount);
  const { kind, atom, place, end } = tokens.used(atoms);
  for (const column of [hashes, spelled, pool, kind, atom, place, end, starts, spellings, origins]) out.add(column);
  out.add(writeMacros(unit.macros));
}

function storedAnswer({ question, answer }: AskedInclude, main: string, { digest }: HeaderStore): StoredAnswer {
  const [name, angled, from, next] = question;
  const where = { name, angled, from: from === main ? null : from, next };
  const { path, folder, system, text } = answer!;
  return { ...where, answer: { path, folder, system, digest: digest(text) } };
}

/** Null where a header is not what it was. */
export function readUnit(stored: SectionReader, input: PreprocessInput, store: HeaderStore): Unit | null {
  const facts = stored.facts() as UnitFacts;
  const asked = askedNow(facts.asked, input, store);
  if (asked === null) return null;
  const atoms = AtomTable.behind({ hashes: stored.words(), starts: stored.words(), pool: stored.characters() });
  const kind = stored.bytes();
  const out = TokenColumns.over({ kind, atom: stored.words(), place: stored.words(), end: stored.words() });
  const expansions = { starts: stored.words(), spellings: stored.words(), origins: stored.words() };
  const places = PlaceTable.of({ ...facts, ...expansions, files: filesOf(facts.files, asked, input) });
  const { once, guards, counts } = facts;
  const known = {
    atoms, out, places, asked, once: new Set(once), guards: new Map(guards), ...counts,
  } satisfies Omit<Unit, Remade>; // prettier-ignore
  const unit: Unit = { ...newUnit(input), ...known };
  installBuiltins(unit);
  readMacros(unit, stored.words());
  return unit;
}

/** Asks all questions again. */
function askedNow(asked: readonly StoredAnswer[], input: PreprocessInput, store: HeaderStore): AskedInclude[] | null {
  const found: AskedInclude[] = [];
  for (const { name, angled, from, next, answer } of asked) {
    const question: AskedInclude['question'] = [name, angled, from ?? input.path, next];
    const now = input.includes(...question);
    found.push({ question, answer: now });
    if (now === null || now.path !== answer.path || now.folder !== answer.folder) return null;
    if (now.system !== answer.system || store.digest(now.text) !== answer.digest) return null;
  }
  return found;
}

function filesOf(
  files: UnitFacts['files'],
  asked: readonly AskedInclude[],
  input: PreprocessInput,
): PlaceParts['files'] {
  const texts = new Map(asked.map(({ answer }) => [answer?.path, answer?.text]));
  return files.map((file, index) => {
    if (index === 0) return { ...file, path: input.path, text: input.text };
    return {
      ...file,
      text: OWN_PATHS.includes(file.path) ? ownText(file.path, input.options) : (texts.get(file.path) ?? ''),
    };
  });
}
