import { LIST } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { addressIn, indexedAddress } from './form.ts';
import type { Address } from './sections.ts';
import type { Unit } from './unit.ts';

/** Bytes of one section: from `start`, of so many bytes. */
export interface CodeRange {
  readonly start: Address;
  readonly size: number;
}

/** An entry of a list of ranges, or of one of locations. */
export interface ListItem {
  /** Null for what holds wherever no other entry does. */
  readonly range: CodeRange | null;
  /** Of a location: how to find the value. */
  readonly expression: Uint8Array;
}

type ListSection = 'rnglists' | 'loclists';

/** More pieces than a function or variable has. */
const MOST_ITEMS = 20_000;

/** Place of list `index`: the table of offsets begins at the base, from which the offsets count. */
export function listOffset(unit: Unit, section: ListSection, index: number): number {
  const base = section === 'rnglists' ? unit.bases.ranges : unit.bases.locations;
  return base + unit.sections.cursor(section, base + index * (unit.wide ? 8 : 4)).offset(unit.wide);
}

/** A list of DWARF 5, sections 2.17.3 and 2.6.2. */
export function readList(unit: Unit, section: ListSection, at: number): ListItem[] {
  const items: ListItem[] = [];
  const reader = listReader(unit, section, at);
  let base = unit.bases.code;
  while (!reader.cursor.done && items.length < MOST_ITEMS && unit.work.spend(1)) {
    const kind = kindOf(section, reader.cursor.u8());
    if (kind === LIST.endOfList || kind > LIST.startLength) break;
    if (kind === LIST.baseAddressx) base = reader.indexed();
    else if (kind === LIST.baseAddress) base = reader.address();
    else {
      const range = kind === LIST.defaultLocation ? null : readRange(reader, kind, base);
      const expression = section === 'loclists' ? reader.cursor.take(reader.cursor.uleb()) : NOTHING;
      if (kind === LIST.defaultLocation || range !== null) items.push({ range, expression });
    }
  }
  return items;
}

const NOTHING = new Uint8Array();

/** Lists of ranges have no default, and so one kind fewer. */
function kindOf(section: ListSection, code: number): number {
  return section === 'rnglists' && code >= LIST.defaultLocation ? code + 1 : code;
}

interface ListReader {
  readonly cursor: Cursor;
  /** The next address, itself or by its number in the unit's table. */
  readonly address: () => Address | null;
  readonly indexed: () => Address | null;
}

function listReader(unit: Unit, section: ListSection, at: number): ListReader {
  const cursor = unit.sections.cursor(section, at);
  const { targets } = unit.sections.get(section);
  const address = (): Address | null => {
    const place = cursor.at;
    return addressIn(targets.get(place), cursor.u64());
  };
  return { cursor, address, indexed: () => indexedAddress(unit, cursor.uleb()) };
}

/** Null for none, and for one whose section is not known. */
function readRange({ cursor, address, indexed }: ListReader, kind: number, base: Address | null): CodeRange | null {
  switch (kind) {
    case LIST.startxEndx:
      return between(indexed(), indexed());
    case LIST.startxLength:
      return rangeFrom(indexed(), cursor.uleb());
    case LIST.offsetPair: {
      const from = cursor.uleb();
      return rangeFrom(moved(base, from), cursor.uleb() - from);
    }
    case LIST.startEnd:
      return between(address(), address());
    default:
      return rangeFrom(address(), cursor.uleb());
  }
}

export function between(start: Address | null, end: Address | null): CodeRange | null {
  return start !== null && end?.section === start.section ? rangeFrom(start, end.offset - start.offset) : null;
}

export function rangeFrom(start: Address | null, size: number): CodeRange | null {
  return start !== null && size > 0 ? { start, size } : null;
}

function moved(base: Address | null, by: number): Address | null {
  return base === null ? null : { section: base.section, offset: base.offset + by };
}

/** From where on an old list's addresses count. */
const BASE_MARK = 0xffff_ffff_ffff_ffffn;

/** A list of DWARF 4 and before, sections 2.17.3 and 2.6.2. */
export function readOldList(unit: Unit, section: 'ranges' | 'loc', at: number): ListItem[] {
  const items: ListItem[] = [];
  const cursor = unit.sections.cursor(section, at);
  const { targets } = unit.sections.get(section);
  let base = unit.bases.code;
  while (!cursor.done && items.length < MOST_ITEMS && unit.work.spend(1)) {
    const place = cursor.at;
    const from = cursor.u64();
    const to = cursor.u64();
    const own = addressIn(targets.get(place), from);
    if (from === 0n && to === 0n && own === null) break;
    if (from === BASE_MARK) {
      base = addressIn(targets.get(place + 8), to);
      continue;
    }
    const range = rangeFrom(own ?? moved(base, Number(from)), Number(to - from));
    const expression = section === 'loc' ? cursor.take(cursor.u16()) : NOTHING;
    if (range !== null) items.push({ range, expression });
  }
  return items;
}
