/**
 * Which functions of an edited file are as they were: where an edit stays within the body of one function, all others are
 * made of the same tokens, amid the same declarations. Nobody has to read them again.
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

/** Null where more than a function's body was edited. */
export function unchangedUnit(unit: EditedUnit): UnchangedUnit | null {
  const { before, after } = unit;
  const edit = editBetween(before, after);
  if (edit === null) return null;
  const moved = (token: number): number => (token - before.first < edit.from ? token : token + edit.shift);
  const functions = new Map<number, FunctionTokens>();
  const stretches: Stretch[] = [];
  let isInside = edit.isNothing;
  for (const old of unit.functions) {
    if (old.end <= before.first) {
      functions.set(old.first, old);
      continue;
    }
    const now = { first: moved(old.first), body: moved(old.body), end: moved(old.end - 1) + 1 };
    const isEdited = !edit.isNothing && old.first - before.first < edit.to && old.end - before.first > edit.from;
    if (isEdited && !isWithinBody(unit, edit, old, now)) return null;
    isInside ||= isEdited;
    const own = isEdited ? null : stretchesOf(unit, old, now);
    if (own === null) continue;
    functions.set(old.first, now);
    stretches.push(...own);
  }
  if (!isInside) return null;
  const sorted = stretches.toSorted((a, b) => a.from - b.from);
  const areApart = sorted.every(
    ({ from, shift }, i) => i === 0 || from >= sorted[i - 1]!.to || shift === sorted[i - 1]!.shift,
  );
  return areApart ? { functions, place: placeMover(unit, edit, sorted) } : null;
}

/** Tokens that were replaced, counted from the first own one. */
interface Edit {
  readonly from: number;
  /** Behind the last one before. */
  readonly to: number;
  /** How many there are more now. */
  readonly shift: number;
  readonly isNothing: boolean;
}

/** Null where pragmas are among what was edited: they may hold for what follows. */
function editBetween(before: OwnTokens, after: OwnTokens): Edit | null {
  const same = (i: number, j: number): boolean => before.kind[i] === after.kind[j] && before.atom[i] === after.atom[j];
  const shorter = Math.min(before.count, after.count);
  let from = 0;
  while (from < shorter && same(from, from)) from++;
  let behind = 0;
  while (behind < shorter - from && same(before.count - 1 - behind, after.count - 1 - behind)) behind++;
  const [to, now] = [before.count - behind, after.count - behind];
  for (let i = from; i < to; i++) if (before.kind[i] === TOKEN.pragma) return null;
  for (let i = from; i < now; i++) if (after.kind[i] === TOKEN.pragma) return null;
  return { from, to, shift: after.count - before.count, isNothing: from === to && from === now };
}

const OPEN = punctuatorAtom('{');
const CLOSE = punctuatorAtom('}');

/** Whether only what stands between a function's braces was edited, and they are still the same. */
function isWithinBody({ before, after }: EditedUnit, edit: Edit, old: FunctionTokens, now: FunctionTokens): boolean {
  const { first } = before;
  if (edit.from <= old.body - first || edit.to >= old.end - first) return false;
  let depth = 0;
  for (let i = now.body - first; i < now.end - first; i++) {
    if (after.kind[i] !== TOKEN.punctuator) continue;
    if (after.atom[i] === OPEN) depth++;
    else if (after.atom[i] === CLOSE && --depth === 0) return i === now.end - 1 - first;
  }
  return false;
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

function placeMover(unit: EditedUnit, edit: Edit, sorted: readonly Stretch[]): UnchangedUnit['place'] {
  const { beginning, files, expansionsEnd } = unit.stable;
  let outside: ReadonlyMap<Place, Place> | null = null;
  return (place) => {
    if (place < beginning) return place;
    if (place >= FIRST_EXPANSION ? place < expansionsEnd : place >= files[0] && place < files[1]) return place;
    const stretch = stretchAt(sorted, place);
    if (stretch !== null) return place + stretch.shift;
    outside ??= placesOutside(unit, edit);
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

/** Of tokens that were not edited: where they begin and end now. */
function placesOutside({ before, after }: EditedUnit, { from, to, shift }: Edit): ReadonlyMap<Place, Place> {
  const places = new Map<Place, Place>();
  for (let i = 0; i < before.count; i++) {
    if (i >= from && i < to) continue;
    const j = i < from ? i : i + shift;
    places.set(before.place[i]!, after.place[j]!);
    places.set(before.end[i]! - 1, after.end[j]! - 1);
  }
  return places;
}
