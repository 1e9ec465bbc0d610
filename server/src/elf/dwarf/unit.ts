import { readAbbreviations, type Abbreviation } from './abbreviations.ts';
import { AT, UNIT_TYPE } from './constants.ts';
import { Entry } from './entry.ts';
import type { Address, DebugSection, DebugSections } from './sections.ts';
import type { Work } from './work.ts';

/** What one source file was compiled to: a tree of entries. Source: DWARF 5, sections 3.1 and 7.5.1. */
export interface Unit {
  readonly sections: DebugSections;
  /** `.debug_info`, where its entries are. */
  readonly info: DebugSection;
  readonly work: Work;
  readonly version: number;
  /** Offsets have 64 bits. */
  readonly wide: boolean;
  readonly addressBytes: number;
  /** In `.debug_info`. */
  readonly start: number;
  readonly end: number;
  readonly abbreviations: ReadonlyMap<number, Abbreviation>;
  /** Where its root entry begins. */
  readonly root: number;
  /** Where its parts of other sections begin. */
  readonly bases: Bases;
}

export interface Bases {
  readonly texts: number;
  readonly addresses: number;
  readonly ranges: number;
  readonly locations: number;
  /** What ranges count from. */
  readonly code: Address | null;
}

/** The versions that we read. */
const VERSIONS = { oldest: 2, newest: 5 };

/** All units of the file; units that are no source files, and what is behind damage, are left out. */
export function readUnits(sections: DebugSections, work: Work): Unit[] {
  const units: Unit[] = [];
  const tables = new Map<number, Map<number, Abbreviation>>();
  const { bytes } = sections.get('info');
  for (let at = 0; at < bytes.length && work.spend(1);) {
    const header = readHeader(sections, at);
    if (header === null) {
      work.complain(at);
      break;
    }
    at = header.end;
    if (header.version < VERSIONS.oldest || header.version > VERSIONS.newest) work.complain(header.start);
    else if (SOURCES.has(header.type) && header.addressBytes === 8)
      units.push(unitOf(sections, work, header, tableAt(sections, work, header.table, tables)));
  }
  return units;
}

const SOURCES: ReadonlySet<number> = new Set([UNIT_TYPE.compile, UNIT_TYPE.partial]);

interface Header {
  readonly type: number;
  readonly version: number;
  readonly wide: boolean;
  readonly addressBytes: number;
  readonly table: number;
  readonly start: number;
  readonly end: number;
  readonly root: number;
}

const WIDE_MARK = 0xffff_ffff;

/** Null where it does not lie within the section. */
function readHeader(sections: DebugSections, start: number): Header | null {
  const cursor = sections.cursor('info', start);
  const first = cursor.u32();
  const wide = first === WIDE_MARK;
  const length = wide ? Number(cursor.u64()) : first;
  const end = cursor.at + length;
  const version = cursor.u16();
  if (cursor.failed || end > cursor.end || end <= cursor.at) return null;
  const type = version >= 5 ? cursor.u8() : UNIT_TYPE.compile;
  const early = version >= 5 ? cursor.u8() : 0;
  const table = cursor.offset(wide);
  const addressBytes = version >= 5 ? early : cursor.u8();
  return { type, version, wide, addressBytes, table, start, end, root: cursor.at };
}

function tableAt(
  sections: DebugSections,
  work: Work,
  offset: number,
  tables: Map<number, Map<number, Abbreviation>>,
): Map<number, Abbreviation> {
  const known = tables.get(offset);
  if (known !== undefined) return known;
  const table = readAbbreviations(sections.cursor('abbrev', offset));
  work.spend(table.size);
  tables.set(offset, table);
  return table;
}

/** Where nothing is said, parts begin behind the header of their section. */
const HEADERS = {
  texts: { narrow: 8, wide: 16 },
  addresses: { narrow: 8, wide: 16 },
  lists: { narrow: 12, wide: 20 },
} as const;

function unitOf(
  sections: DebugSections,
  work: Work,
  header: Header,
  abbreviations: ReadonlyMap<number, Abbreviation>,
): Unit {
  const size = header.wide ? 'wide' : 'narrow';
  const defaults: Bases = {
    texts: HEADERS.texts[size],
    addresses: HEADERS.addresses[size],
    ranges: HEADERS.lists[size],
    locations: HEADERS.lists[size],
    code: null,
  };
  const bare: Unit = { sections, info: sections.get('info'), work, ...header, abbreviations, bases: defaults };
  const root = Entry.at(bare, header.root);
  if (root === null) return bare;
  const bases = {
    texts: root.offset(AT.strOffsetsBase) ?? defaults.texts,
    addresses: root.offset(AT.addrBase) ?? defaults.addresses,
    ranges: root.offset(AT.rnglistsBase) ?? defaults.ranges,
    locations: root.offset(AT.loclistsBase) ?? defaults.locations,
  };
  const based: Unit = { ...bare, bases: { ...bases, code: null } };
  return { ...based, bases: { ...bases, code: Entry.at(based, header.root)?.address(AT.lowPc) ?? null } };
}
