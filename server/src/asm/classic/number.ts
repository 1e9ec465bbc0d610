import type { Span } from '../../base/source.ts';
import type { Cursor } from '../assembler/cursor.ts';

/** `0x1f`, `0b11`, `017` and decimals, as bpf_asm takes them; null for anything else. */
export function numberOf(text: string): number | null {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[bB][01]+$/.test(text)) return Number.parseInt(text.slice(2), 2);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : null;
}

/** The number at the cursor, a sign before it included, as an unsigned one of 32 bits; null after reporting. */
export function readConstant(cursor: Cursor, what: string): number | null {
  const start = cursor.here();
  const negative = cursor.text() === '-' && cursor.next('operator') !== null;
  if (!negative) cursor.take('+', 'operator');
  const value = readNumber(cursor, what);
  if (value === null) return null;
  const signed = negative ? -value : value;
  if (signed >= -0x8000_0000 && signed <= 0xffff_ffff) return signed >>> 0;
  cursor.fail('value-out-of-range', `${what} has 32 bits: from -2147483648 to 4294967295`, cursor.since(start));
  return null;
}

/** A number within a field of the structure. */
export function readField(cursor: Cursor, what: string, most: number): number | null {
  const span: Span = cursor.here();
  const value = readNumber(cursor, what);
  if (value === null || value <= most) return value;
  cursor.fail('value-out-of-range', `${what} must be from 0 to ${most}, not ${value}`, span);
  return null;
}

function readNumber(cursor: Cursor, what: string): number | null {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'number') {
    cursor.fail('unexpected-text', `expected ${what} here, ${cursor.found()}`);
    return null;
  }
  const value = numberOf(lexeme.text);
  if (value === null) cursor.fail('bad-number', `${lexeme.text.slice(0, 40)} is no number`);
  else cursor.next('number');
  return value;
}
