/** Numbers, characters and strings as they are spelled. Source: C11 6.4.4, 6.4.5; GNU C's binary numbers and `\e`. */
import type { IntName, IntType } from '../types.ts';
import { intType } from './typeQueries.ts';

export type NumberLiteral =
  | { readonly kind: 'int'; readonly value: bigint; readonly type: IntType; readonly unsignedOnly: boolean }
  | { readonly kind: 'float'; readonly value: number }
  | {
      readonly kind: 'wrong';
      readonly message: string;
      /** Of the character that is wrong. */ readonly offset: number;
    };

const NUMBER = /^(0[xX][0-9a-fA-F']*|0[bB][01']*|[0-9][0-9']*)([a-zA-Z_0-9]*)$/;
const FLOAT =
  /^((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][+-]?[0-9]+)([a-zA-Z0-9_]*)$/;

export function readNumber(text: string): NumberLiteral {
  if (isFloating(text)) return readFloat(text);
  const [, digits = '', suffix = ''] = NUMBER.exec(text) ?? [];
  if (digits === '') return { kind: 'wrong', message: `invalid number '${text}'`, offset: 0 };
  return readInteger(digits.replaceAll("'", ''), suffix);
}

function isFloating(text: string): boolean {
  return /^0[xX]/.test(text) ? /[.pP]/.test(text) : /^[0-9.]*[.eE]/.test(text) && !/^0[bB]/.test(text);
}

function readFloat(text: string): NumberLiteral {
  const [, digits = '', suffix = ''] = FLOAT.exec(text) ?? [];
  if (digits === '') return { kind: 'wrong', message: 'exponent has no digits', offset: 0 };
  if (!/^(?:[fFlL]|[fF]16)?$/.test(suffix))
    return { kind: 'wrong', message: `invalid suffix '${suffix}' on floating constant`, offset: digits.length };
  return { kind: 'float', value: /^0[xX]/.test(digits) ? hexFloat(digits) : Number(digits) };
}

function hexFloat(digits: string): number {
  const [mantissa = '', exponent = '0'] = digits.slice(2).split(/[pP]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
}

function readInteger(digits: string, suffix: string): NumberLiteral {
  const marks = /^(?:([uU])(ll|LL|[lL])?|(ll|LL|[lL])([uU])?)?$/.exec(suffix);
  if (marks === null) return { kind: 'wrong', message: wrongSuffix(digits, suffix), offset: digits.length };
  const octal = /^0[0-9]/.test(digits);
  const bad = octal ? /[89]/.exec(digits) : null;
  if (bad !== null) return { kind: 'wrong', message: `invalid digit '${bad[0]}' in octal constant`, offset: bad.index };
  if (/^0[xXbB]$/.test(digits))
    return { kind: 'wrong', message: `invalid suffix '${digits[1]}' on integer constant`, offset: 1 };
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  return typed(value, (marks[1] ?? marks[4]) !== undefined, (marks[2] ?? marks[3] ?? '').length, /^[1-9]/.test(digits));
}

function wrongSuffix(digits: string, suffix: string): string {
  const digit = /^0[bB]/.test(digits) ? /^[2-9]/.exec(suffix)?.[0] : undefined;
  if (digit !== undefined) return `invalid digit '${digit}' in binary constant`;
  return `invalid suffix '${suffix}' on integer constant`;
}

/** The first type of C11 6.4.4.1p5 that holds the value. */
function typed(value: bigint, unsigned: boolean, longs: number, decimal: boolean): NumberLiteral {
  const candidates = CANDIDATES.filter(
    ([, type, rank]) => rank >= longs && (type.signed ? !unsigned : unsigned || !decimal),
  );
  for (const [, type] of candidates) {
    if (value >> BigInt(type.bits - (type.signed ? 1 : 0)) === 0n)
      return { kind: 'int', value, type, unsignedOnly: false };
  }
  if (value >> 64n !== 0n)
    return { kind: 'wrong', message: 'integer literal is too large to be represented in any integer type', offset: 0 };
  return { kind: 'int', value, type: intType('unsigned long long'), unsignedOnly: true };
}

const CANDIDATES = (
  [
    ['int', 0],
    ['unsigned int', 0],
    ['long', 1],
    ['unsigned long', 1],
    ['long long', 2],
    ['unsigned long long', 2],
  ] as const
).map(([name, rank]: readonly [IntName, number]) => [name, intType(name), rank] as const);

export interface CharLiteral {
  readonly value: bigint;
  readonly type: IntType;
  /** Clang's words for what is wrong; null when nothing is. */
  readonly wrong: string | null;
}

/** `'a'`; several characters make a number, the first one on top (clang does the same). */
export function readChar(text: string): CharLiteral {
  const [, prefix = '', body = ''] = /^(u8|[LuU])?'([^]*?)'?$/.exec(text) ?? [];
  const { codes, wrong } = readBody(body, prefix === '' || prefix === 'u8' ? 1 : unitBytes(prefix));
  if (codes.length === 0) return { value: 0n, type: intType('int'), wrong: 'empty character constant' };
  if (prefix !== '') return { value: BigInt(codes[0] ?? 0), type: unitType(prefix), wrong };
  if (codes.length > 4) return { value: 0n, type: intType('int'), wrong: 'character constant too long for its type' };
  let value = 0n;
  for (const code of codes) value = (value << 8n) | BigInt(code);
  const bits = codes.length === 1 ? 8 : 32;
  return { value: BigInt.asIntN(bits, value), type: intType('int'), wrong };
}

export interface TextLiteral {
  /** Little endian, with the closing zero. */
  readonly bytes: Uint8Array;
  readonly unit: IntType;
  readonly wrong: string | null;
}

/** Adjacent literals are one; a prefix on any is one for all. */
export function readStrings(pieces: readonly string[]): TextLiteral {
  const parts = pieces.map((piece) => /^(u8|[LuU])?"([^]*?)"?$/.exec(piece) ?? []);
  const prefix = parts.map(([, one = '']) => one).find((one) => one !== '') ?? '';
  const bytesEach = prefix === '' || prefix === 'u8' ? 1 : unitBytes(prefix);
  const read = parts.map(([, , body = '']) => readBody(body, bytesEach));
  const codes = read.flatMap((part) => part.codes);
  const bytes = new Uint8Array((codes.length + 1) * bytesEach);
  codes.forEach((code, i) => {
    for (let k = 0; k < bytesEach; k++) bytes[i * bytesEach + k] = Math.floor(code / 2 ** (8 * k)) & 0xff;
  });
  return { bytes, unit: unitType(prefix), wrong: read.find((part) => part.wrong !== null)?.wrong ?? null };
}

/** `wchar_t` is int, `char16_t` unsigned short, `char32_t` unsigned int. */
function unitType(prefix: string): IntType {
  if (prefix === 'L') return intType('int');
  if (prefix === 'u') return intType('unsigned short');
  return intType(prefix === 'U' ? 'unsigned int' : 'char');
}

function unitBytes(prefix: string): number {
  return prefix === 'u' ? 2 : 4;
}

interface Body {
  readonly codes: number[];
  readonly wrong: string | null;
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27, '\\': 92, "'": 39, '"': 34, '?': 63,
}; // prettier-ignore

const PIECE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]*)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))|([^\\])/gu;

function readBody(body: string, bytesEach: number): Body {
  const codes: number[] = [];
  let wrong: string | null = null;
  for (const [, octal, hex, short, long, escaped, plain] of body.matchAll(PIECE)) {
    if (octal !== undefined) codes.push(Number.parseInt(octal, 8));
    else if (hex !== undefined) {
      if (hex === '') wrong ??= '\\x used with no following hex digits';
      else if (hex.replace(/^0+/, '').length > bytesEach * 2) wrong ??= 'hex escape sequence out of range';
      codes.push(Number.parseInt(hex.slice(-2 * bytesEach) || '0', 16));
    } else if (escaped === undefined)
      codes.push(...encoded(plain?.codePointAt(0) ?? Number.parseInt(short ?? long ?? '0', 16), bytesEach));
    else codes.push(ESCAPES[escaped] ?? escaped.codePointAt(0) ?? 0);
  }
  return { codes, wrong };
}

/** One character in the units of its literal: UTF-8, UTF-16 or a number. */
function encoded(code: number, bytesEach: number): number[] {
  if (bytesEach === 4) return [code];
  if (bytesEach === 2)
    return code < 0x1_0000 ? [code] : [0xd800 + ((code - 0x1_0000) >> 10), 0xdc00 + ((code - 0x1_0000) & 0x3ff)];
  if (code < 0x80) return [code];
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
  if (code < 0x1_0000) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}
