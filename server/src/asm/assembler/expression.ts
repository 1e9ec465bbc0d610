import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { suggest } from './unit.ts';

/** A constant expression at the cursor (C's operators and precedence), or null after reporting why it is none. */
export function parseExpression(cursor: Cursor): bigint | null {
  const lexeme = cursor.peek();
  // Nearly all are a single number.
  if (lexeme?.kind === 'number' && !OPERATORS.has(cursor.text(1))) return primary(cursor);
  return binary(cursor, 0, 0);
}

/** An expression that must lie in a range; the message names the range. */
export function parseInRange(cursor: Cursor, what: string, low: bigint, high: bigint): number | null {
  const first = cursor.here();
  const value = parseExpression(cursor);
  if (value === null) return null;
  if (value >= low && value <= high) return Number(value);
  cursor.fail('value-out-of-range', `${what} must be from ${low} to ${high}, not ${shown(value)}`, cursor.since(first));
  return null;
}

/** The value of a number's text: decimal, 0x, 0b, octal with a leading 0, or a character in quotes. */
export function parseNumber(text: string): bigint | null {
  if (text.length > LONGEST_NUMBER) return null;
  if (text.startsWith("'")) return characterCode(text.slice(1, -1));
  const plain = text.replace(/(?<=[0-9a-fA-F])(?:u?ll?|ull?)$/i, '');
  if (/^(?:0x[0-9a-f]+|0b[01]+|0o[0-7]+|0|[1-9][0-9]*)$/i.test(plain)) return BigInt(plain);
  return /^0[0-7]+$/.test(plain) ? BigInt(`0o${plain.slice(1)}`) : null;
}

/** True where an expression may begin. */
export function startsExpression(cursor: Cursor): boolean {
  const lexeme = cursor.peek();
  if (lexeme === null) return false;
  return (
    lexeme.kind === 'number' || ['-', '+', '~', '('].includes(lexeme.text) || cursor.unit.constants.has(lexeme.text)
  );
}

const DEEPEST = 64;
const LONGEST_NUMBER = 80;
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];
const OPERATORS: ReadonlySet<string> = new Set(LEVELS.flat());

function shown(value: bigint): string {
  const text = `${value}`;
  return text.length > 40 ? 'a number of that many digits' : text;
}

function binary(cursor: Cursor, level: number, depth: number): bigint | null {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(cursor, depth);
  let left = binary(cursor, level + 1, depth);
  while (left !== null && operators.includes(cursor.text())) {
    const operator = cursor.next('operator');
    const right = binary(cursor, level + 1, depth);
    if (operator === null || right === null) return null;
    const value = apply(operator.text, left, right);
    if (value === null) cursor.fail('bad-number', `${operator.text} cannot be applied to ${shown(right)}`, operator);
    left = value === null ? null : BigInt.asIntN(256, value);
  }
  return left;
}

function apply(operator: string, left: bigint, right: bigint): bigint | null {
  switch (operator) {
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0n ? null : left / right;
    case '%':
      return right === 0n ? null : left % right;
    default:
      if (right < 0n || right > 64n) return null;
      return operator === '<<' ? left << right : left >> right;
  }
}

function unary(cursor: Cursor, depth: number): bigint | null {
  if (depth > DEEPEST) {
    cursor.fail('too-deep', `an expression may be nested ${DEEPEST} deep, not deeper`);
    return null;
  }
  if (cursor.take('+', 'operator')) return unary(cursor, depth + 1);
  if (cursor.take('-', 'operator')) return mapped(unary(cursor, depth + 1), (value) => -value);
  if (cursor.take('~', 'operator')) return mapped(unary(cursor, depth + 1), (value) => ~value);
  if (!cursor.take('(', 'operator')) return primary(cursor);
  const inner = binary(cursor, 0, depth + 1);
  return inner !== null && cursor.expect(')', 'operator') ? inner : null;
}

function mapped(value: bigint | null, change: (value: bigint) => bigint): bigint | null {
  return value === null ? null : change(value);
}

function primary(cursor: Cursor): bigint | null {
  const lexeme = cursor.peek();
  if (lexeme?.kind === 'number') {
    const value = parseNumber(lexeme.text);
    if (value === null) cursor.fail('bad-number', `${shorten(lexeme.text)} is no number`);
    else cursor.next('number');
    return value;
  }
  const value = cursor.unit.constants.get(lexeme?.text ?? '');
  if (value === undefined) noNumber(cursor);
  else cursor.next('property');
  return value ?? null;
}

function noNumber(cursor: Cursor): void {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word') cursor.fail('unexpected-text', `expected a number here, ${cursor.found()}`);
  else
    cursor.fail(
      'unknown-constant',
      `there is no constant ${shorten(lexeme.text)}${suggest(cursor.unit, lexeme.text, cursor.unit.constants.keys())}`,
    );
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, v: 11, a: 7, 0: 0, e: 27 };

function characterCode(text: string): bigint | null {
  const bytes = parseEscapes(text);
  return bytes?.length === 1 ? BigInt(bytes[0] ?? 0) : null;
}

/** The bytes of a text between quotes, UTF-8 beyond ASCII; null for an escape that does not exist. */
export function parseEscapes(text: string): Uint8Array | null {
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (code !== 92) {
      pushUtf8(bytes, code);
      at += code > 0xffff ? 2 : 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(text);
    if (match === null) return null;
    bytes.push(escapeValue(match));
    at = ESCAPE.lastIndex;
  }
  return Uint8Array.from(bytes);
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([ntrbfvae])|(["'\\]))/y;

function escapeValue(match: RegExpExecArray): number {
  const [, hex, octal, letter, itself] = match;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8) & 0xff;
  return letter === undefined ? (itself ?? '').charCodeAt(0) : (ESCAPES[letter] ?? 0);
}

function pushUtf8(bytes: number[], code: number): void {
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
