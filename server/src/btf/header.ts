import { type Diagnostic, errorAt } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';

export interface BtfHeader {
  readonly littleEndian: boolean;
  readonly types: Span;
  readonly strings: Span;
}

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;

/** The header of `.BTF`, with both sections' bounds checked against the data; a diagnostic when it cannot be used. */
export function readHeader(bytes: Uint8Array): BtfHeader | Diagnostic {
  const order = byteOrder(bytes);
  if (order === null) return damaged(bytes, 'the type data does not begin with the BTF mark 0xeb9f');
  if (bytes.length < HEADER_BYTES) return damaged(bytes, 'the BTF header is cut off');
  if (bytes[2] !== 1) return damaged(bytes, `BTF version ${bytes[2] ?? 0} is unknown; version 1 is the only one`);
  return sections(bytes, order === 'little');
}

/** The two bytes at the beginning of BTF and `.BTF.ext` tell the byte order. */
export function byteOrder(bytes: Uint8Array): 'little' | 'big' | null {
  const mark = ((bytes[1] ?? 0) << 8) | (bytes[0] ?? 0);
  if (mark === MAGIC) return 'little';
  return mark === 0x9feb ? 'big' : null;
}

function sections(bytes: Uint8Array, littleEndian: boolean): BtfHeader | Diagnostic {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => view.getUint32(at, littleEndian);
  const headerBytes = word(4);
  const types = { start: headerBytes + word(8), end: headerBytes + word(8) + word(12) };
  const strings = { start: headerBytes + word(16), end: headerBytes + word(16) + word(20) };
  if (headerBytes < HEADER_BYTES) return damaged(bytes, `the BTF header claims a length of ${headerBytes} bytes`);
  if (types.end > bytes.length) return damaged(bytes, 'the BTF types end beyond the data');
  if (strings.end > bytes.length) return damaged(bytes, 'the BTF strings end beyond the data');
  return { littleEndian, types, strings };
}

function damaged(bytes: Uint8Array, message: string): Diagnostic {
  return errorAt('btf-header-invalid', { start: 0, end: Math.min(bytes.length, HEADER_BYTES) }, message);
}
