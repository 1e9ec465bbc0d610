import type { Value } from './conditionValues.ts';

/** What is wrong with a constant, and at which of its characters. */
export interface BadValue {
  readonly message: string;
  readonly at: number;
}

/** A value that clang warns about. */
export interface LiteralValue extends Value {
  readonly warning?: string;
}

/** An integer constant (C11 6.4.4.1). */
export function numberValue(text: string): LiteralValue | BadValue {
  const isFloat = /^0[xX]/.test(text) ? /[.pP]/.test(text) : /\.|^\d+[eE]/.test(text);
  if (isFloat) return { message: 'floating point literal in preprocessor expression', at: 0 };
  const digits = /^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)/.exec(text)?.[0] ?? '0';
  const suffix = text.slice(digits.length);
  if (
    !/^(?:u?(?:l|ll|LL|z)?|(?:l|ll|LL|z)u)$/.test(
      suffix
        .replaceAll('U', 'u')
        .replace(/^(u?)L(u?)$/, '$1l$2')
        .replace('Z', 'z'),
    )
  )
    return { message: `invalid suffix '${suffix}' on integer constant`, at: digits.length };
  const isOctal = /^0\d/.test(digits);
  const notOctal = isOctal ? digits.search(/[89]/) : -1;
  if (notOctal !== -1) return { message: `invalid digit '${digits[notOctal]!}' in octal constant`, at: notOctal };
  const bits = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  if (bits > MOST_UNSIGNED)
    return { message: 'integer literal is too large to be represented in any integer type', at: 0 };
  if (!/u/i.test(suffix) && /^[1-9]/.test(digits) && bits > MOST_SIGNED)
    return { bits, unsigned: true, warning: TOO_LARGE };
  return { bits, unsigned: /u/i.test(suffix) || bits > MOST_SIGNED };
}

const TOO_LARGE = 'integer literal is too large to be represented in a signed integer type, interpreting as unsigned';
const MOST_SIGNED = 0x7fff_ffff_ffff_ffffn;
const MOST_UNSIGNED = 0xffff_ffff_ffff_ffffn;

const SIMPLE: Readonly<Record<string, number>> = {
  n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27, '\\': 92, "'": 39, '"': 34, '?': 63,
}; // prettier-ignore

/** A character constant (C11 6.4.4.4). Several characters make one number, as clang has it. */
export function charValue(text: string): LiteralValue | BadValue {
  const open = text.indexOf("'");
  const prefix = text.slice(0, open);
  const codes = codesOf(text.slice(open + 1, -1), prefix === '');
  if (codes === null) return { message: 'unknown escape sequence in character constant', at: 0 };
  if (prefix !== '') {
    if (codes.length > 1) return { message: 'wide character literals may not contain multiple characters', at: 0 };
    return { bits: BigInt(codes[0] ?? 0), unsigned: prefix !== 'L' };
  }
  if (codes.length > 4) return { message: 'character constant too long for its type', at: 0 };
  let bits = 0n;
  for (const code of codes) bits = (bits << 8n) | BigInt(code & 0xff);
  if (codes.length === 1) return { bits: BigInt.asIntN(8, bits), unsigned: false };
  return { bits: BigInt.asIntN(32, bits), unsigned: false, warning: 'multi-character character constant' };
}

function codesOf(text: string, asBytes: boolean): number[] | null {
  const codes: number[] = [];
  for (const [piece] of text.matchAll(/\\x[0-9a-fA-F]+|\\[0-7]{1,3}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|./gsu)) {
    if (!piece.startsWith('\\')) codes.push(...(asBytes ? utf8(piece.codePointAt(0)!) : [piece.codePointAt(0)!]));
    else if (piece[1] === 'x') codes.push(Number.parseInt(piece.slice(2), 16) % 0x1_0000_0000);
    else if (/[uU]/.test(piece[1]!)) codes.push(...utf8(Number.parseInt(piece.slice(2), 16)));
    else if (/[0-7]/.test(piece[1]!)) codes.push(Number.parseInt(piece.slice(1), 8));
    else {
      const simple = SIMPLE[piece[1]!];
      if (simple === undefined) return null;
      codes.push(simple);
    }
  }
  return codes;
}

function utf8(point: number): number[] {
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 0x3f)];
  const tail = [0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f)];
  return point < 0x1_0000
    ? [0xe0 | (point >> 12), ...tail]
    : [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), ...tail];
}
