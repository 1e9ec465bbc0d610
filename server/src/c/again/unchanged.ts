/**
 * Which functions of an edited file are as they were: where edits stay within the bodies of functions, all others are made
 * of the same tokens, amid the same declarations. Nobody has to read them again.
 */
import { FIRST_EXPANSION, type Place, type StablePlaces } from '../places.ts';
import type { FunctionTokens } from '../syntax.ts';
import { punctuatorAtom, TOKEN, type Tokens } from '../tokens.ts';

/** The tokens behind a file's leading directives. */
export interface OwnTokens {
  readonly count: number;
  readonly kind: Uint8Array;
  readonly atom: Int32Array;
  readonly place: Int32Array;
  readonly end: Int32Array;
  /** Number of the first one in the unit. */
  readonly first: number;
}

/** Where they are not apart already it is a copy, so that the rest of the unit's need not be kept. */
export function ownTokens(tokens: Tokens, first: number): OwnTokens {
  const { kind, atom, place, end, count } = tokens;
  if (tokens.first === first) return { kind, atom, place, end, count, first };
  const [from, to] = [first - tokens.first, count];
  const own = { kind: kind.slice(from, to), atom: atom.slice(from, to), first, count: to - from };
  return { ...own, place: place.slice(from, to), end: end.slice(from, to) };
}

export interface EditedUnit {
  readonly before: OwnTokens;
  readonly after: OwnTokens;
  readonly stable: StablePlaces;
  /** Of the text before: all functions whose tokens are known. */
  readonly functions: readonly FunctionTokens[];
}

export interface UnchangedUnit {
  /** The function's tokens now, by its first one before; what was edited or stands otherwise on its lines is not there. */
  readonly functions: ReadonlyMap<number, FunctionTokens>;
  /** Where something of those functions, or of what all of them see, stands now; null where that is not known. */
  readonly place: (place: Place) => Place | null;
}

/** Null where more than the bodies of functions was edited. */
export function unchangedUnit(unit: EditedUnit): UnchangedUnit | null {
  const { before } = unit;
  const isEarlier = ({ end }: FunctionTokens): boolean => end <= before.first;
  const functions = new Map(unit.functions.filter(isEarlier).map((one) => [one.first, one]));
  const pieces = alignedPieces(
    unit,
    unit.functions.filter((one) => !isEarlier(one)),
  );
  if (pieces === null) return null;
  const stretches: Stretch[] = [];
  for (const { old, now, isSame } of pieces.functions) {
    const own = isSame ? stretchesOf(unit, old, now) : null;
    if (own === null) continue;
    functions.set(old.first, now);
    stretches.push(...own);
  }
  const sorted = stretches.toSorted((a, b) => a.from - b.from);
  const areApart = sorted.every(
    ({ from, shift }, i) => i === 0 || from >= sorted[i - 1]!.to || shift === sorted[i - 1]!.shift,
  );
  return areApart ? { functions, place: placeMover(unit, pieces.outside, sorted) } : null;
}

interface Pieces {
  readonly functions: readonly AlignedFunction[];
  /** The tokens between bodies, which are the same. */
  readonly outside: readonly Run[];
}

interface AlignedFunction {
  readonly old: FunctionTokens;
  readonly now: FunctionTokens;
  /** Its tokens are the same. */
  readonly isSame: boolean;
}

/** Tokens of the text before and those that stand for them now, counted from the first own one. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** Null where tokens outside of bodies differ, or a body does not end where its braces say. */
function alignedPieces({ before, after }: EditedUnit, known: readonly FunctionTokens[]): Pieces | null {
  const functions: AlignedFunction[] = [];
  const outside: Run[] = [];
  let [from, now] = [0, 0];
  const pass = (to: number): boolean => {
    const isSame = isSameRun(before, after, { from, to, now });
    outside.push({ from, to, now });
    now += to - from;
    from = to;
    return isSame;
  };
  for (const old of known) {
    const [body, end] = [old.body - before.first, old.end - before.first];
    // What stands before the body and its `{`.
    if (body < from || !pass(body + 1)) return null;
    const close = closeOf(after, now - 1);
    if (close === -1) return null;
    const [length, size] = [end - from, close + 1 - now];
    const isSame = length === size && isSameRun(before, after, { from, to: end, now });
    if (!isSame && (hasPragma(before, from, end) || hasPragma(after, now, close))) return null;
    const shift = now - from;
    const moved = { first: old.first + shift, body: old.body + shift, end: close + 1 + before.first };
    functions.push({ old, now: moved, isSame });
    [from, now] = [end, close + 1];
  }
  return pass(before.count) && now === after.count ? { functions, outside } : null;
}

function isSameRun(before: OwnTokens, after: OwnTokens, { from, to, now }: Run): boolean {
  if (now + to - from > after.count) return false;
  for (let i = from, j = now; i < to; i++, j++)
    if (before.kind[i] !== after.kind[j] || before.atom[i] !== after.atom[j]) return false;
  return true;
}

const OPEN = punctuatorAtom('{');
const CLOSE = punctuatorAtom('}');

/** The `}` for a `{`; -1 for none. */
function closeOf({ kind, atom, count }: OwnTokens, open: number): number {
  let depth = 0;
  for (let i = open; i < count; i++) {
    if (kind[i] !== TOKEN.punctuator) continue;
    if (atom[i] === OPEN) depth++;
    else if (atom[i] === CLOSE && --depth === 0) return i;
  }
  return -1;
}

/** Pragmas may hold for what follows. */
function hasPragma({ kind }: OwnTokens, from: number, to: number): boolean {
  return kind.subarray(from, to).includes(TOKEN.pragma);
}

/** Places that moved by the same number. */
interface Stretch {
  readonly from: Place;
  readonly to: Place;
  readonly shift: number;
}

/** Those of a function: in a file, and of what macros gave. Null where it does not stand on its lines as it did. */
function stretchesOf({ before, after }: EditedUnit, old: FunctionTokens, now: FunctionTokens): Stretch[] | null {
  const written: Growing = { from: Infinity, to: 0, shift: null };
  const made: Growing = { from: Infinity, to: 0, shift: null };
  const { first } = before;
  for (let i = old.first - first, j = now.first - first; i < old.end - first; i++, j++) {
    const [place, end] = [before.place[i]!, before.end[i]!];
    const shift = after.place[j]! - place;
    const stretch = place < FIRST_EXPANSION ? written : made;
    stretch.shift ??= shift;
    if (stretch.shift !== shift || after.end[j]! - end !== shift) return null;
    stretch.from = Math.min(stretch.from, place);
    stretch.to = Math.max(stretch.to, end);
  }
  return [written, made].flatMap(({ from, to, shift }) => (shift === null ? [] : [{ from, to, shift }]));
}

interface Growing {
  from: Place;
  to: Place;
  shift: number | null;
}

function placeMover(unit: EditedUnit, runs: readonly Run[], sorted: readonly Stretch[]): UnchangedUnit['place'] {
  const { beginning, files, expansionsEnd } = unit.stable;
  let outside: ReadonlyMap<Place, Place> | null = null;
  return (place) => {
    if (place < beginning) return place;
    if (place >= FIRST_EXPANSION ? place < expansionsEnd : place >= files[0] && place < files[1]) return place;
    const stretch = stretchAt(sorted, place);
    if (stretch !== null) return place + stretch.shift;
    outside ??= placesOutside(unit, runs);
    return outside.get(place) ?? null;
  };
}

/** The last of the stretches that begin there or before, if it reaches so far. */
function stretchAt(sorted: readonly Stretch[], place: Place): Stretch | null {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.from <= place) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low - 1];
  return found !== undefined && place <= found.to ? found : null;
}

/** Of tokens outside of bodies: where they begin and end now. */
function placesOutside({ before, after }: EditedUnit, runs: readonly Run[]): ReadonlyMap<Place, Place> {
  const places = new Map<Place, Place>();
  for (const { from, to, now } of runs) {
    for (let i = from, j = now; i < to; i++, j++) {
      places.set(before.place[i]!, after.place[j]!);
      places.set(before.end[i]! - 1, after.end[j]! - 1);
    }
  }
  return places;
}
