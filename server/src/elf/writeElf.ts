import { stringTable, type StringTable } from '../base/stringTable.ts';
import { BINDING, MACHINE, SECTION_TYPE } from './elf.ts';

/** A section to be written. Its number in the file is of no concern here. */
export interface NewSection {
  readonly name: string;
  /** SECTION_TYPE. */
  readonly type: number;
  /** SECTION_FLAG and SHF_*. */
  readonly flags: number;
  readonly alignBytes: number;
  /** Of a section of equal entries; otherwise 0. */
  readonly entryBytes: number;
  readonly data: Uint8Array;
  /** Equal to the length of `data` unless the section takes no bytes in the file. */
  readonly size: number;
  /** R_BPF_* by place; written as `.rel` and the section's name. `symbol` is an index into the symbols given. */
  readonly relocations: readonly { readonly offset: number; readonly type: number; readonly symbol: number }[];
}

export interface NewSymbol {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  readonly visibility: number;
  /** Index into the sections given; null when it is undefined. */
  readonly section: number | null;
  readonly value: number;
  readonly size: number;
}

/**
 * The bytes of a relocatable ELF object of BPF code, little-endian. What readers need besides the sections given is added:
 * their relocations, `.symtab` and `.strtab`, which also names the sections. Source: the ELF specification, figures 1-4 ff.
 */
export function writeElf(sections: readonly NewSection[], symbols: readonly NewSymbol[]): Uint8Array {
  const names = stringTable();
  const order = localsFirst(symbols);
  const placed = withRelocations(sections, order);
  const symtabIndex = placed.length + 1;
  const numbers = new Map(placed.flatMap((one, i) => (one.given === null ? [] : [[one.given, i + 1] as const])));
  const symtab = symbolTable(symbols, order, numbers, names);
  const headers: Header[] = placed.map(({ section, given, applies }) => ({
    ...section,
    link: given === null ? symtabIndex : 0,
    info: applies === null ? 0 : (numbers.get(applies) ?? 0),
  }));
  const locals = 1 + symbols.filter(({ binding }) => binding === BINDING.local).length;
  headers.push({
    ...plain('.symtab', SECTION_TYPE.symtab, 8, SYMBOL_BYTES, symtab),
    link: symtabIndex + 1,
    info: locals,
  });
  for (const { name } of [...headers, { name: '.strtab' }]) names.offsetOf(name);
  headers.push({ ...plain('.strtab', SECTION_TYPE.strtab, 1, 0, names.bytes()), link: 0, info: 0 });
  return assembled(headers, names);
}

interface Header extends Omit<NewSection, 'relocations'> {
  readonly link: number;
  readonly info: number;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;
/** SHF_INFO_LINK: `info` of a section of relocations is a section's number. */
const INFO_LINK = 0x40;

function plain(
  name: string,
  type: number,
  alignBytes: number,
  entryBytes: number,
  data: Uint8Array,
): Omit<NewSection, 'relocations'> {
  return { name, type, flags: 0, alignBytes, entryBytes, data, size: data.length };
}

interface Placed {
  readonly section: Omit<NewSection, 'relocations'>;
  /** Index among the sections given; null for one of relocations. */
  readonly given: number | null;
  /** Whose relocations these are. */
  readonly applies: number | null;
}

/** The sections in the file's order: each with its relocations behind it. */
function withRelocations(sections: readonly NewSection[], order: readonly number[]): Placed[] {
  const numbers = new Map(order.map((symbol, i) => [symbol, i + 1]));
  return sections.flatMap((section, given): Placed[] => {
    const own: Placed = { section, given, applies: null };
    if (section.relocations.length === 0) return [own];
    const data = new Uint8Array(section.relocations.length * RELOCATION_BYTES);
    const view = new DataView(data.buffer);
    for (const [i, { offset, type, symbol }] of section.relocations.entries()) {
      view.setUint32(i * RELOCATION_BYTES, offset, true);
      view.setUint32(i * RELOCATION_BYTES + 8, type, true);
      view.setUint32(i * RELOCATION_BYTES + 12, numbers.get(symbol) ?? 0, true);
    }
    const table = plain(`.rel${section.name}`, SECTION_TYPE.rel, 8, RELOCATION_BYTES, data);
    return [own, { section: { ...table, flags: INFO_LINK }, given: null, applies: given }];
  });
}

/** The symbols' indices in the order that the table needs: those of this file alone come before the others. */
function localsFirst(symbols: readonly NewSymbol[]): number[] {
  const indices = [...symbols.keys()];
  const isLocal = (i: number): boolean => symbols[i]?.binding === BINDING.local;
  return [...indices.filter((i) => isLocal(i)), ...indices.filter((i) => !isLocal(i))];
}

function symbolTable(
  symbols: readonly NewSymbol[],
  order: readonly number[],
  sections: ReadonlyMap<number, number>,
  names: StringTable,
): Uint8Array {
  const data = new Uint8Array((order.length + 1) * SYMBOL_BYTES);
  const view = new DataView(data.buffer);
  for (const [i, index] of order.entries()) {
    const symbol = symbols[index];
    if (symbol === undefined) continue;
    const at = (i + 1) * SYMBOL_BYTES;
    view.setUint32(at, names.offsetOf(symbol.name), true);
    view.setUint8(at + 4, (symbol.binding << 4) | symbol.type);
    view.setUint8(at + 5, symbol.visibility);
    view.setUint16(at + 6, symbol.section === null ? 0 : (sections.get(symbol.section) ?? 0), true);
    view.setUint32(at + 8, symbol.value, true);
    view.setUint32(at + 16, symbol.size, true);
  }
  return data;
}

function assembled(headers: readonly Header[], names: StringTable): Uint8Array {
  let end = HEADER_BYTES;
  const offsets = headers.map((header) => {
    const offset = alignedTo(end, header.alignBytes);
    end = offset + header.data.length;
    return offset;
  });
  const table = alignedTo(end, 8);
  const bytes = new Uint8Array(table + (headers.length + 1) * SECTION_BYTES);
  const view = new DataView(bytes.buffer);
  writeFileHeader(view, table, headers.length + 1);
  for (const [i, header] of headers.entries()) {
    bytes.set(header.data, offsets[i] ?? 0);
    writeSectionHeader(view, table + (i + 1) * SECTION_BYTES, header, offsets[i] ?? 0, names.offsetOf(header.name));
  }
  return bytes;
}

function writeFileHeader(view: DataView, table: number, sections: number): void {
  for (const [i, byte] of [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].entries()) view.setUint8(i, byte);
  view.setUint16(16, 1, true); // ET_REL
  view.setUint16(18, MACHINE.bpf, true);
  view.setUint32(20, 1, true);
  view.setUint32(40, table, true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(58, SECTION_BYTES, true);
  view.setUint16(60, sections, true);
  view.setUint16(62, sections - 1, true);
}

function writeSectionHeader(view: DataView, at: number, header: Header, offset: number, name: number): void {
  const { type, flags, size, link, info, alignBytes, entryBytes } = header;
  view.setUint32(at, name, true);
  view.setUint32(at + 4, type, true);
  view.setUint32(at + 8, flags, true);
  view.setUint32(at + 24, offset, true);
  view.setUint32(at + 32, size, true);
  view.setUint32(at + 40, link, true);
  view.setUint32(at + 44, info, true);
  view.setUint32(at + 48, alignBytes, true);
  view.setUint32(at + 56, entryBytes, true);
}

export function alignedTo(offset: number, alignBytes: number): number {
  return Math.ceil(offset / alignBytes) * alignBytes;
}
