import { type Diagnostic, errorAt } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import { collectFindings, type Findings } from '../btf/findings.ts';
import { MACHINE, SECTION_TYPE, type Elf, type ElfRelocation, type ElfSection, type ElfSymbol } from './elf.ts';

/**
 * Reads an ELF file of BPF code: 64-bit, either byte order. Nothing is copied and nothing allocated by a size that the
 * file claims; what lies outside of the file is reported. `elf` is null when it is no such file.
 */
export function readElf(bytes: Uint8Array): { elf: Elf | null; diagnostics: readonly Diagnostic[] } {
  const problem = identify(bytes);
  if (problem !== null) return { elf: null, diagnostics: [problem] };
  const findings = collectFindings('the file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[5] === 1;
  const file: ElfFile = { bytes, view, littleEndian, findings };
  const machine = view.getUint16(18, littleEndian);
  if (machine !== MACHINE.bpf && machine !== MACHINE.none) return { elf: null, diagnostics: [notBpf(machine)] };
  if (machine === MACHINE.none) findings.add(oldCompiler());
  const sections = readSections(file);
  return {
    elf: { bytes, littleEndian, machine, sections, symbols: readSymbols(file, sections) },
    diagnostics: findings.all(),
  };
}

/**
 * The bytes of one section of a 64-bit ELF file for whatever machine, and that machine; its symbols are not read. Null
 * when it has no such section.
 */
export function sectionOf(bytes: Uint8Array, name: string): { readonly machine: number; data: Uint8Array } | null {
  if (identify(bytes) !== null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[5] === 1;
  const sections = readSections({ bytes, view, littleEndian, findings: collectFindings('the file') });
  const found = sections.find((section) => section.name === name);
  return found === undefined ? null : { machine: view.getUint16(18, littleEndian), data: found.data };
}

interface ElfFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly findings: Findings;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;

function identify(bytes: Uint8Array): Diagnostic | null {
  const isElf = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  if (!isElf) return header(bytes, 'this is no ELF file: it does not begin with 7f 45 4c 46');
  if (bytes.length < HEADER_BYTES) return header(bytes, 'the ELF header is cut off');
  if (bytes[4] !== 2) return header(bytes, 'this is no 64-bit ELF file; BPF objects are 64-bit');
  if (bytes[5] !== 1 && bytes[5] !== 2)
    return header(bytes, `the ELF header names the unknown byte order ${bytes[5] ?? 0}`);
  return null;
}

function header(bytes: Uint8Array, message: string): Diagnostic {
  return errorAt('elf-header-invalid', { start: 0, end: Math.min(bytes.length, HEADER_BYTES) }, message);
}

function notBpf(machine: number): Diagnostic {
  const message = `this ELF file holds code for machine ${machine}, not for BPF (247); compile with -target bpf`;
  return errorAt('elf-machine-foreign', { start: 18, end: 20 }, message);
}

function oldCompiler(): Diagnostic {
  const message = 'the file names no machine, as compilers before clang 3.9 did; it is read as BPF';
  return {
    code: 'elf-machine-missing',
    severity: 'information',
    message,
    span: { start: 18, end: 20 },
    related: [],
    fix: null,
  };
}

/** A 64-bit field as number: beyond 2^53 it loses digits, but is then out of every bound that it is held against. */
function wide(file: ElfFile, at: number): number {
  const low = file.view.getUint32(file.littleEndian ? at : at + 4, file.littleEndian);
  const high = file.view.getUint32(file.littleEndian ? at + 4 : at, file.littleEndian);
  return high * 0x1_0000_0000 + low;
}

function readSections(file: ElfFile): ElfSection[] {
  const { view, littleEndian, bytes } = file;
  const table = wide(file, 40);
  const entryBytes = view.getUint16(58, littleEndian);
  if (table === 0) return [];
  if (entryBytes !== SECTION_BYTES || table + SECTION_BYTES > bytes.length) {
    file.findings.add(
      errorAt('elf-sections-invalid', { start: 40, end: 62 }, 'the section table lies outside of the file'),
    );
    return [];
  }
  const count = sectionCount(file, table);
  const names = view.getUint16(62, littleEndian);
  const namesIndex = names === 0xffff ? view.getUint32(table + 40, littleEndian) : names;
  const namesData = namesIndex < count ? readSection(file, table, namesIndex, null).data : null;
  return Array.from({ length: count }, (_, index) => readSection(file, table, index, namesData));
}

/** More than 65,279 sections are counted in the first section's size field. */
function sectionCount(file: ElfFile, table: number): number {
  const claimed = file.view.getUint16(60, file.littleEndian) || wide(file, table + 32);
  const fitting = Math.floor((file.bytes.length - table) / SECTION_BYTES);
  if (claimed <= fitting) return claimed;
  const message = `the file claims ${claimed} sections, but ends after ${fitting} of them`;
  file.findings.add(errorAt('elf-truncated', { start: table, end: file.bytes.length }, message));
  return fitting;
}

function readSection(file: ElfFile, table: number, index: number, names: Uint8Array | null): ElfSection {
  const at = table + index * SECTION_BYTES;
  const word = (offset: number): number => file.view.getUint32(at + offset, file.littleEndian);
  const type = word(4);
  const offset = wide(file, at + 24);
  const size = wide(file, at + 32);
  const name = names === null ? '' : (stringAt(names, word(0)) ?? '');
  const stored = type === SECTION_TYPE.nobits || type === SECTION_TYPE.null ? 0 : size;
  const fits = offset + stored <= file.bytes.length;
  const span = fits ? { start: offset, end: offset + stored } : { start: at, end: at + SECTION_BYTES };
  if (!fits && names !== null) file.findings.add(outside(name, index, span));
  const data = fits ? file.bytes.subarray(offset, offset + stored) : file.bytes.subarray(0, 0);
  return {
    index,
    name,
    type,
    flags: wide(file, at + 8) % 0x1_0000_0000,
    size: fits ? size : 0,
    link: word(40),
    info: word(44),
    data,
    span,
  };
}

function outside(name: string, index: number, span: Span): Diagnostic {
  return errorAt(
    'elf-truncated',
    span,
    `section ${index} (${name || 'unnamed'}) lies outside of the file; it is left out`,
  );
}

/** The text at an offset of a string table; null when it lies outside or has no end. */
function stringAt(table: Uint8Array, offset: number): string | null {
  if (offset >= table.length) return null;
  const text = table.subarray(offset, offset + MAX_NAME);
  const end = text.indexOf(0);
  return end === -1 ? null : UTF8.decode(text.subarray(0, end));
}

/** Longer than any symbol of a C compiler; a bound for damaged tables where many symbols share one huge name. */
const MAX_NAME = 4096;

const UTF8 = new TextDecoder();

function readSymbols(file: ElfFile, sections: readonly ElfSection[]): ElfSymbol[] {
  const table = sections.find((section) => section.type === SECTION_TYPE.symtab);
  if (table === undefined) return [];
  const names = sections[table.link]?.data ?? new Uint8Array();
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= table.data.length; at += SYMBOL_BYTES)
    symbols.push(readSymbol(file, sections, table.span.start + at, names));
  return symbols;
}

/** Section symbols carry no name of their own and are known by their section's. */
function readSymbol(file: ElfFile, sections: readonly ElfSection[], at: number, names: Uint8Array): ElfSymbol {
  const info = file.view.getUint8(at + 4);
  const section = file.view.getUint16(at + 6, file.littleEndian);
  const own = stringAt(names, file.view.getUint32(at, file.littleEndian)) ?? '';
  return {
    name: (info & 0xf) === 3 ? (sections[section]?.name ?? own) : own,
    type: info & 0xf,
    binding: info >> 4,
    visibility: file.view.getUint8(at + 5) & 3,
    section,
    value: wide(file, at + 8),
    size: wide(file, at + 16),
    span: { start: at, end: at + SYMBOL_BYTES },
  };
}

/** The entries of a SHT_REL section. BPF has no use for RELA, which the caller reports. */
export function relocationsOf(elf: Elf, section: ElfSection): ElfRelocation[] {
  const view = new DataView(elf.bytes.buffer, elf.bytes.byteOffset, elf.bytes.byteLength);
  const file: ElfFile = { bytes: elf.bytes, view, littleEndian: elf.littleEndian, findings: collectFindings('') };
  const found: ElfRelocation[] = [];
  for (let offset = 0; offset + 16 <= section.data.length; offset += 16) {
    const at = section.span.start + offset;
    const low = elf.littleEndian ? at + 8 : at + 12;
    const high = elf.littleEndian ? at + 12 : at + 8;
    found.push({
      offset: wide(file, at),
      type: view.getUint32(low, elf.littleEndian),
      symbol: elf.symbols[view.getUint32(high, elf.littleEndian)] ?? null,
      span: { start: at, end: at + 16 },
    });
  }
  return found;
}
