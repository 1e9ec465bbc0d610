import type { BtfExt } from './ext.ts';
import type { StringTable } from '../base/stringTable.ts';
import { writeMark } from './write.ts';

/**
 * The bytes of a `.BTF.ext` section, little-endian; the inverse of `readBtfExt`. Its texts go into `strings`, which the
 * `.BTF` section beside it has to be written with afterwards. Records must be sorted by offset.
 */
export function writeBtfExt(ext: BtfExt, strings: StringTable): Uint8Array {
  const functions = part(ext.functions, strings, 2, ({ offset, type }) => [offset, type]);
  const lines = part(ext.lines, strings, 4, ({ offset, file, text, line, column }) => [
    offset,
    strings.offsetOf(file),
    strings.offsetOf(text ?? ''),
    place(line, column),
  ]);
  const core = part(ext.coreRelocations, strings, 4, ({ offset, type, access, kind }) => [
    offset,
    type,
    strings.offsetOf(access),
    kind,
  ]);
  return assembled([functions, lines, core]);
}

/** Magic, version, length, then offset and length of each of the three parts. */
const HEADER_BYTES = 32;

/** The line in the upper 22 bits, the column in the lower 10; a column that does not fit is unknown. */
function place(line: number, column: number): number {
  return ((Math.min(line, 0x3f_ffff) << 10) | (column > 0x3ff ? 0 : column)) >>> 0;
}

/** The record size, then for each ELF section its name, the number of records and the records. */
function part<T>(
  sections: ReadonlyMap<string, readonly T[]>,
  strings: StringTable,
  recordWords: number,
  words: (record: T) => readonly number[],
): number[] {
  const all: number[] = [];
  for (const [name, records] of sections) {
    if (records.length === 0) continue;
    if (all.length === 0) all.push(recordWords * 4);
    all.push(strings.offsetOf(name), records.length);
    for (const record of records) for (const word of words(record)) all.push(word);
  }
  return all;
}

function assembled(parts: readonly (readonly number[])[]): Uint8Array {
  const words = parts.flat();
  const bytes = new Uint8Array(HEADER_BYTES + words.length * 4);
  const view = new DataView(bytes.buffer);
  writeMark(view, HEADER_BYTES);
  let at = 0;
  for (const [i, { length }] of parts.entries()) {
    view.setUint32(8 + i * 8, at, true);
    view.setUint32(12 + i * 8, length * 4, true);
    at += length * 4;
  }
  for (const [i, word] of words.entries()) view.setUint32(HEADER_BYTES + i * 4, word, true);
  return bytes;
}
