import { type Diagnostic, errorAt } from '../base/diagnostic.ts';
import type { Btf, BtfType } from './btf.ts';
import { collectFindings, type Findings } from './findings.ts';
import { readHeader, type BtfHeader } from './header.ts';
import { readType, trailingBytes, type TypeSource } from './readType.ts';
import { btfStrings, type BtfStrings } from './strings.ts';

export interface BtfReading {
  /** Null when not even the header can be used. */
  readonly btf: Btf | null;
  /** The string section, which `.BTF.ext` refers to as well. */
  readonly strings: BtfStrings;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a `.BTF` section or a file such as /sys/kernel/btf/vmlinux, in either byte order. Spans are byte ranges. */
export function readBtf(bytes: Uint8Array): BtfReading {
  const header = readHeader(bytes);
  if ('code' in header) return { btf: null, strings: () => null, diagnostics: [header] };
  const findings = collectFindings('the type data');
  const strings = btfStrings(bytes.subarray(header.strings.start, header.strings.end));
  const starts = locateTypes(bytes, header, findings);
  const types = readTypes(bytes, header, starts, strings, findings);
  return { btf: { types }, strings, diagnostics: findings.all() };
}

/**
 * The records have no index, so a first pass over their headers counts them: only then are type ids that a record
 * refers to known to exist. Nothing is allocated by a size that the file claims.
 */
export function locateTypes(bytes: Uint8Array, header: BtfHeader, findings: Findings): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts: number[] = [];
  let at = header.types.start;
  while (at < header.types.end) {
    const size = at + 12 > header.types.end ? 12 : recordBytes(view.getUint32(at + 4, header.littleEndian));
    if (size === null) {
      findings.add(badKind(view.getUint32(at + 4, header.littleEndian), at, starts.length + 1));
      break;
    }
    if (at + size > header.types.end) {
      findings.add(cutRecord(at, header.types.end, starts.length + 1));
      break;
    }
    starts.push(at);
    at += size;
  }
  return starts;
}

function recordBytes(info: number): number | null {
  const trailing = trailingBytes((info >>> 24) & 0x1f, info & 0xffff);
  return trailing === null ? null : 12 + trailing;
}

function badKind(info: number, at: number, id: number): Diagnostic {
  const kind = (info >>> 24) & 0x1f;
  const message = `BTF type ${id} has the unknown kind ${kind}; it and all types after it are left out`;
  return errorAt('btf-kind-unknown', { start: at, end: at + 12 }, message);
}

function cutRecord(at: number, end: number, id: number): Diagnostic {
  const message = `BTF type ${id} is cut off by the end of the type section; it is left out`;
  return errorAt('btf-truncated', { start: at, end }, message);
}

function readTypes(
  bytes: Uint8Array,
  header: BtfHeader,
  starts: readonly number[],
  strings: BtfStrings,
  findings: Findings,
): BtfType[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const source: TypeSource = { view, littleEndian: header.littleEndian, count: starts.length + 1, strings, findings };
  const types: BtfType[] = [{ kind: 'void' }];
  for (const start of starts) types.push(readType(source, start, types.length));
  return types;
}
