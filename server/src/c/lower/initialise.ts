/** Initialisers of local variables. Source: C11 6.7.9: what is not mentioned is zero; we zero padding as well. */
import type { SizeBytes } from '../ir/ir.ts';
import type { Expr, Initializer, InitEntry } from '../typed.ts';
import type { CType } from '../types.ts';
import { constantBytes } from './data.ts';
import { emit, number } from './emit.ts';
import { locationAt, movedBy, type Location } from './location.ts';
import { copyObject, storePiece, write, zeroObject } from './memory.ts';
import { locationOf } from './object.ts';
import { recordInto } from './record.ts';
import { heldIn, isQualified, plain, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { literalSymbol } from './symbol.ts';
import { value } from './value.ts';

export function initialise(f: BodyState, location: Location, type: CType, init: Initializer): void {
  const size = sizeOf(type);
  if (init.kind === 'value') {
    const entry: InitEntry = { offsetBytes: 0, bitField: null, type, value: init.value };
    return initialiseEntry(f, location, entry, size);
  }
  if (copiedFromData(f, location, type, init)) return;
  zeroGaps(f, location, size, init.entries);
  for (const entry of init.entries) initialiseEntry(f, location, entry, size);
}

function initialiseEntry(f: BodyState, whole: Location, entry: InitEntry, size: number): void {
  const { offsetBytes, bitField, type, value: expr } = entry;
  const target = movedBy(whole, offsetBytes);
  if (expr.kind === 'string') return bytesInto(f, target, expr.literal.bytes, sizeOf(type));
  if (!heldIn(type)) return aggregateInto(f, target, expr);
  const field = bitField ? { ...bitField, from: 0, to: size - offsetBytes } : null;
  write(f, { ...target, field }, type, value(f, expr), isQualified(type, 'volatile'));
}

function aggregateInto(f: BodyState, target: Location, expr: Expr): void {
  if (expr.kind === 'load' && expr.object.kind === 'compoundLiteral')
    return initialise(f, target, expr.type, expr.object.init);
  if (plain(expr.type).kind === 'array') return copyObject(f, target, locationOf(f, expr), sizeOf(expr.type));
  recordInto(f, expr, target);
}

/** Words that are stored one by one at most. */
const MOST_WORDS = 16;

/** Large tables of numbers stand in read-only data. */
function copiedFromData(f: BodyState, location: Location, type: CType, init: Initializer): boolean {
  const size = sizeOf(type);
  const bytes = size > MOST_WORDS * 8 ? constantBytes(f.unit, type, init) : null;
  if (!bytes || nonzeroWords(bytes) <= MOST_WORDS) return false;
  const symbol = literalSymbol(f.unit, bytes, 8);
  const from = emit(f, { op: 'address', type: 'ptr', args: [], symbol, addend: 0 });
  copyObject(f, location, locationAt(from, 8), size);
  return true;
}

function nonzeroWords(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 8) if (bytes.subarray(at, at + 8).some((byte) => byte !== 0)) count++;
  return count;
}

/** Longer texts are copied from read-only data, with zeros behind them. */
const LONGEST_STORED = 128;

function bytesInto(f: BodyState, target: Location, bytes: Uint8Array, size: number): void {
  const length = Math.min(bytes.length, size);
  if (length > LONGEST_STORED) {
    const symbol = literalSymbol(f.unit, bytes);
    const from = emit(f, { op: 'address', type: 'ptr', args: [], symbol, addend: 0 });
    copyObject(f, target, locationAt(from, 1), length);
    return zeroObject(f, movedBy(target, length), size - length);
  }
  for (let at = 0; at < size;) {
    if (at >= length) return zeroObject(f, movedBy(target, at), size - at);
    const piece = movedBy(target, at);
    const unit = ([8, 4, 2, 1] as const).find((n) => n <= size - at && n <= piece.alignBytes) ?? 1;
    storePiece(f, piece, number(f, unit === 8 ? 'i64' : 'i32', littleEndian(bytes, at, unit)), unit, false);
    at += unit;
  }
}

function littleEndian(bytes: Uint8Array, at: number, size: SizeBytes): bigint {
  let whole = 0n;
  for (let n = size - 1; n >= 0; n--) whole = (whole << 8n) | BigInt(bytes[at + n] ?? 0);
  return whole;
}

/** Zeros the 8-byte words that the entries do not fill: verifiers refuse to pass on bytes that nobody wrote. */
function zeroGaps(f: BodyState, location: Location, size: number, entries: readonly InitEntry[]): void {
  let from = -1;
  for (const [word, filled] of filledWords(size, entries).entries()) {
    if (!filled && from === -1) from = word * 8;
    if (!filled || from === -1) continue;
    zeroObject(f, movedBy(location, from), word * 8 - from);
    from = -1;
  }
  if (from !== -1) zeroObject(f, movedBy(location, from), size - from);
}

function filledWords(size: number, entries: readonly InitEntry[]): boolean[] {
  const filled = new Uint8Array(size);
  for (const { offsetBytes, bitField, type } of entries)
    if (!bitField) filled.fill(1, offsetBytes, offsetBytes + sizeOf(type));
  const words = Array.from({ length: Math.ceil(size / 8) }, () => true);
  for (let at = 0; at < size; at++) if (filled[at] === 0) words[at >> 3] = false;
  return words;
}
