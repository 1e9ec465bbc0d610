import { type Diagnostic, errorAt } from '../base/diagnostic.ts';
import { collectFindings, type Findings } from './findings.ts';
import { byteOrder } from './header.ts';
import type { BtfStrings } from './strings.ts';

/**
 * What `.BTF.ext` tells about instructions, by the name of the ELF section. Offsets are bytes from its beginning; records
 * are sorted by them.
 */
export interface BtfExt {
  readonly functions: ReadonlyMap<string, readonly FuncInfo[]>;
  readonly lines: ReadonlyMap<string, readonly LineRecord[]>;
  readonly coreRelocations: ReadonlyMap<string, readonly CoreRelocation[]>;
}

export interface FuncInfo {
  readonly offset: number;
  /** BTF id of a FUNC. */
  readonly type: number;
}

export interface LineRecord {
  readonly offset: number;
  readonly file: string;
  /** The line's text; null when the object carries none. */
  readonly text: string | null;
  /** One-based; column 0 is unknown. */
  readonly line: number;
  readonly column: number;
}

/** One place where a loader adapts the program to the running kernel (CO-RE). */
export interface CoreRelocation {
  readonly offset: number;
  readonly type: number;
  /** `0:2:1`: which member, as the compiler wrote it. */
  readonly access: string;
  /** BPF_CORE_*: what is asked about the type or member. */
  readonly kind: number;
}

/** The records for the bytes from `start` to `end` of a section. */
export function recordsIn<T extends { readonly offset: number }>(
  records: readonly T[] | undefined,
  start: number,
  end: number,
): readonly T[] {
  if (records === undefined) return [];
  return records.slice(firstFrom(records, start), firstFrom(records, end));
}

/** Index of the first record at or behind the offset. */
function firstFrom(records: readonly { readonly offset: number }[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const EMPTY_EXT: BtfExt = { functions: new Map(), lines: new Map(), coreRelocations: new Map() };

/** BPF_CORE_* in plain words, by number. Source: enum bpf_core_relo_kind, include/uapi/linux/bpf.h, v6.18. */
export const CORE_KINDS = [
  'byte offset of a field', 'byte size of a field', 'existence of a field', 'signedness of a field',
  'left shift of a bit field', 'right shift of a bit field', 'local type id', 'type id in the kernel',
  'existence of a type', 'size of a type', 'existence of an enum value', 'value of an enum value', 'match of a type',
] as const; // prettier-ignore

/** Reads a `.BTF.ext` section. `strings` are those of the `.BTF` section beside it. */
export function readBtfExt(
  bytes: Uint8Array,
  strings: BtfStrings,
): { ext: BtfExt; diagnostics: readonly Diagnostic[] } {
  const findings = collectFindings('the type data');
  const order = byteOrder(bytes);
  if (order === null || bytes.length < 24 || bytes[2] !== 1) {
    const span = { start: 0, end: Math.min(bytes.length, 24) };
    findings.add(
      errorAt(
        'btf-ext-header-invalid',
        span,
        'the header of .BTF.ext is damaged: line and function information is left out',
      ),
    );
    return { ext: EMPTY_EXT, diagnostics: findings.all() };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const source: ExtSource = { view, littleEndian: order === 'little', strings, findings };
  return { ext: readParts(source), diagnostics: findings.all() };
}

interface ExtSource {
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly strings: BtfStrings;
  readonly findings: Findings;
}

function readParts(source: ExtSource): BtfExt {
  const headerBytes = word(source, 4);
  const part = <T extends { readonly offset: number }>(
    field: number,
    name: string,
    least: number,
    read: (at: number) => T,
  ): Map<string, T[]> => {
    if (headerBytes < field + 8 || source.view.byteLength < field + 8) return new Map();
    return sorted(readPart(source, headerBytes + word(source, field), word(source, field + 4), { name, least, read }));
  };
  return {
    functions: part(8, 'function', 8, (at) => ({ offset: word(source, at), type: word(source, at + 4) })),
    lines: part(16, 'line', 16, (at) => readLine(source, at)),
    coreRelocations: part(24, 'CO-RE', 16, (at) => readCore(source, at)),
  };
}

/** Compilers write records in order, but nothing else ensures it. */
function sorted<T extends { readonly offset: number }>(sections: Map<string, T[]>): Map<string, T[]> {
  for (const records of sections.values()) records.sort((a, b) => a.offset - b.offset);
  return sections;
}

interface PartFormat<T> {
  readonly name: string;
  /** Bytes of a record that we know; records may be longer. */
  readonly least: number;
  readonly read: (at: number) => T;
}

/** A part is a record size, then for each ELF section its name, the number of records and the records. */
function readPart<T extends { readonly offset: number }>(
  source: ExtSource,
  start: number,
  length: number,
  format: PartFormat<T>,
): Map<string, T[]> {
  const sections = new Map<string, T[]>();
  if (length === 0) return sections;
  const end = start + length;
  if (end > source.view.byteLength || length < 4) return fault(source, start, format.name, sections);
  const recordBytes = word(source, start);
  if (recordBytes < format.least) return fault(source, start, format.name, sections);
  let at = start + 4;
  while (at < end) {
    if (at + 8 > end) return fault(source, at, format.name, sections);
    const name = source.strings(word(source, at));
    const count = word(source, at + 4);
    if (name === null || at + 8 + count * recordBytes > end) return fault(source, at, format.name, sections);
    const records = sections.get(name) ?? [];
    for (let i = 0; i < count; i++) records.push(format.read(at + 8 + i * recordBytes));
    sections.set(name, records);
    at += 8 + count * recordBytes;
  }
  return sections;
}

function fault<T>(source: ExtSource, at: number, name: string, kept: T): T {
  const span = { start: Math.min(at, source.view.byteLength), end: Math.min(at + 8, source.view.byteLength) };
  const message = `the ${name} information of .BTF.ext is damaged from byte ${span.start} on; the rest of it is left out`;
  source.findings.add(errorAt('btf-ext-invalid', span, message));
  return kept;
}

/** The upper 22 bits of the last word are the line, the lower 10 the column. */
function readLine(source: ExtSource, at: number): LineRecord {
  const place = word(source, at + 12);
  const text = source.strings(word(source, at + 8));
  return {
    offset: word(source, at),
    file: source.strings(word(source, at + 4)) ?? '',
    text: text === '' ? null : text,
    line: place >>> 10,
    column: place & 0x3ff,
  };
}

function readCore(source: ExtSource, at: number): CoreRelocation {
  return {
    offset: word(source, at),
    type: word(source, at + 4),
    access: source.strings(word(source, at + 8)) ?? '',
    kind: word(source, at + 12),
  };
}

function word(source: ExtSource, at: number): number {
  return source.view.getUint32(at, source.littleEndian);
}
