/** Reads and writes objects: whole ones of 1 to 8 bytes, bit-fields, and copies of records. */
import type { Constant, Instr, SizeBytes, Value } from '../ir/ir.ts';
import type { CType } from '../types.ts';
import { binary, binaryWith, convert, emit, number, toInt32, toInt64 } from './emit.ts';
import { accessible, accessibleAddress, type BitField, type Location } from './location.ts';
import { aliasOf, type Aliased } from './alias.ts';
import { heldIn, integerOf, isBool, isSigned, plain, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';

export function read(f: BodyState, location: Location, type: CType, volatile: boolean): Value {
  if (location.field) return readField(f, location, location.field, type, volatile);
  const held = heldIn(type) ?? 'i64';
  const size = sizeOf(type) as SizeBytes;
  return loadPiece(f, location, held, size, isSigned(type) && size < 8, volatile, aliasOf(f, location, type));
}

export function write(f: BodyState, location: Location, type: CType, value: Value, volatile: boolean): void {
  if (location.field) writeField(f, location, location.field, value, volatile);
  else storePiece(f, location, value, sizeOf(type) as SizeBytes, volatile, aliasOf(f, location, type));
}

/** Of records and arrays. */
export function copyObject(f: BodyState, to: Location, from: Location, sizeBytes: number): void {
  if (sizeBytes === 0) return;
  const args = [accessibleAddress(f, to), accessibleAddress(f, from)];
  emit(f, { op: 'memcpy', type: 'void', args, sizeBytes, alignBytes: Math.min(to.alignBytes, from.alignBytes, 8) });
}

export function zeroObject(f: BodyState, to: Location, sizeBytes: number): void {
  if (sizeBytes === 0) return;
  const args = [accessibleAddress(f, to), number(f, 'i32', 0)];
  emit(f, { op: 'memset', type: 'void', args, sizeBytes, alignBytes: Math.min(to.alignBytes, 8) });
}

export function loadPiece(
  f: BodyState,
  location: Location,
  type: Constant['type'],
  size: SizeBytes,
  signed: boolean,
  volatile: boolean,
  alias: Aliased = {},
): Value {
  const { base, off, alignBytes } = accessible(f, location);
  const how = { size, signed, volatile, off, ...unaligned(alignBytes, size), ...alias };
  return emit(f, { op: 'load', type, args: [base], ...how });
}

export function storePiece(
  f: BodyState,
  location: Location,
  value: Value,
  size: SizeBytes,
  volatile: boolean,
  alias: Aliased = {},
): Instr {
  const { base, off, alignBytes } = accessible(f, location);
  const how = { size, volatile, off, ...unaligned(alignBytes, size), ...alias };
  return emit(f, { op: 'store', type: 'void', args: [base, value], ...how });
}

function unaligned(alignBytes: number, size: SizeBytes): { alignBytes?: 1 | 2 | 4 } {
  return alignBytes < size ? { alignBytes: alignBytes as 1 | 2 | 4 } : {};
}

/** Bytes that are accessed at once to get at a bit-field. */
interface Piece {
  readonly at: number;
  readonly size: SizeBytes;
}

const SIZES = [1, 2, 4, 8] as const;

/**
 * One aligned access where the field's bytes allow that, several where they do not (packed records). Narrower than
 * clang's access units at times, never wider.
 */
function piecesOf({ offsetBits, bits, from, to }: BitField, alignBytes: number): Piece[] {
  const first = Math.floor(offsetBits / 8);
  const last = Math.floor((offsetBits + bits - 1) / 8);
  for (const size of SIZES) {
    const at = first - (first % size);
    if (size <= alignBytes && at >= from && at + size <= to && last < at + size) return [{ at, size }];
  }
  const pieces: Piece[] = [];
  for (let at = first; at <= last;) {
    const size = ([4, 2, 1] as const).find((n) => n <= alignBytes && at % n === 0 && at + n - 1 <= last) ?? 1;
    pieces.push({ at, size });
    at += size;
  }
  return pieces;
}

function readField(f: BodyState, location: Location, field: BitField, type: CType, volatile: boolean): Value {
  const pieces = piecesOf(field, location.alignBytes);
  const start = pieces[0]?.at ?? 0;
  const bytes = pieces.reduce((sum, { size }) => sum + size, 0);
  const wide = bytes > 4 || field.bits > 32;
  const whole = joined(f, location, pieces, wide, volatile);
  const value = extracted(f, whole, field.offsetBits - start * 8, field.bits, isSigned(type));
  return heldIn(type) === 'i64' ? toInt64(f, value, isSigned(type)) : toInt32(f, value);
}

function joined(f: BodyState, location: Location, pieces: readonly Piece[], wide: boolean, volatile: boolean): Value {
  let whole: Value | null = null;
  for (const { at, size } of pieces) {
    const piece = loadPiece(f, at0(location, at), wide ? 'i64' : 'i32', size, false, volatile);
    const shift = (at - (pieces[0]?.at ?? 0)) * 8;
    const shifted = shift === 0 ? piece : binaryWith(f, 'shl', piece, shift);
    whole = whole ? binary(f, 'or', whole, shifted) : shifted;
  }
  return whole ?? number(f, 'i32', 0);
}

function at0(location: Location, bytes: number): Location {
  return { ...location, off: location.off + bytes, field: null };
}

/** `bits` bits from `low` on, extended. */
function extracted(f: BodyState, whole: Value, low: number, bits: number, signed: boolean): Value {
  const width = whole.type === 'i64' ? 64 : 32;
  if (!signed) {
    const moved = low === 0 ? whole : binaryWith(f, 'lshr', whole, low);
    return low + bits === width ? moved : binaryWith(f, 'and', moved, (1n << BigInt(bits)) - 1n);
  }
  const up = width - low - bits;
  const moved = up === 0 ? whole : binaryWith(f, 'shl', whole, up);
  return width === bits ? moved : binaryWith(f, 'ashr', moved, width - bits);
}

function writeField(f: BodyState, location: Location, field: BitField, value: Value, volatile: boolean): void {
  const pieces = piecesOf(field, location.alignBytes);
  for (const piece of pieces) writeFieldPiece(f, location, field, piece, value, volatile);
}

function writeFieldPiece(
  f: BodyState,
  location: Location,
  field: BitField,
  { at, size }: Piece,
  value: Value,
  volatile: boolean,
): void {
  const place = at0(location, at);
  const wide = size === 8;
  const low = Math.max(field.offsetBits - at * 8, 0);
  const high = Math.min(field.offsetBits + field.bits - at * 8, size * 8);
  const skipped = at * 8 + low - field.offsetBits;
  const part = skipped === 0 ? value : binaryWith(f, 'lshr', value, skipped);
  const held = wide ? toInt64(f, part, false) : toInt32(f, part);
  if (high - low === size * 8) {
    storePiece(f, place, held, size, volatile);
    return;
  }
  const ones = (1n << BigInt(high - low)) - 1n;
  const cut = binaryWith(f, 'and', held, ones);
  const placed = low === 0 ? cut : binaryWith(f, 'shl', cut, low);
  const old = loadPiece(f, place, wide ? 'i64' : 'i32', size, false, volatile);
  const kept = binaryWith(f, 'and', old, ~(ones << BigInt(low)));
  storePiece(f, place, binary(f, 'or', kept, placed), size, volatile);
}

/** What a bit-field holds after a value was written to it. */
export function asField(f: BodyState, value: Value, bits: number, type: CType): Value {
  const width = value.type === 'i64' ? 64 : 32;
  return bits >= width || isBool(type) ? value : extracted(f, value, 0, bits, isSigned(type));
}

/** Extends the low bits of a number, as values of narrow types are held. */
export function extended(f: BodyState, value: Value, type: CType): Value {
  const bits = integerOf(type)?.bits ?? 64;
  if (plain(type).kind === 'pointer' || bits >= 32) return value;
  const kind = `${isSigned(type) ? 'sext' : 'zext'}${bits}` as 'sext8' | 'sext16' | 'zext8' | 'zext16';
  return convert(f, kind, value.type, value);
}
