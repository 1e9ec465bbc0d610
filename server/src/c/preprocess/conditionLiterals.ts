/** A value of type intmax_t or uintmax_t. */
export interface Value {
  readonly bits: bigint;
  readonly unsigned: boolean;
}

/** An integer constant (C11 6.4.4.1), or what is wrong with it. */
export function numberValue(text: string): Value | string {
  const match = /^(0[xX][0-9a-fA-F']*|0[bB][01']*|[0-9']+)([uUlLzZ]*)$/.exec(text);
  if (match === null) return badNumber(text);
  const digits = match[1]!.replaceAll("'", '');
  const suffix = match[2]!;
  if (!/^(?:u|l|ll|ul|ull|lu|llu|z|uz|zu)?$/i.test(suffix) || /lL|Ll/.test(suffix))
    return `invalid suffix '${suffix}' on integer constant`;
  const isOctal = /^0[0-7]+$/.test(digits);
  if (/^0\d+$/.test(digits) && !isOctal) return `invalid digit '${/[89]/.exec(digits)![0]}' in octal constant`;
  if (/^0[xXbB]$/.test(digits)) return badNumber(text);
  const bits = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  if (bits > 0xffff_ffff_ffff_ffffn) return 'integer literal is too large to be represented in any integer type';
  const isDecimal = /^[1-9]/.test(digits);
  const unsigned = /u/i.test(suffix) || bits > 0x7fff_ffff_ffff_ffffn;
  return isDecimal || unsigned ? { bits, unsigned } : { bits, unsigned: false };
}

function badNumber(text: string): string {
  if (/^0[xX]/.test(text) ? /[.pP]/.test(text) : /[.eE]/.test(text))
    return 'floating point literal in preprocessor expression';
  const suffix = /^(?:0[xX][0-9a-fA-F]*|0[bB][01]*|[0-9]+)(.*)$/.exec(text)?.[1] ?? text;
  return `invalid suffix '${suffix}' on integer constant`;
}

const SIMPLE: Readonly<Record<string, number>> = {
  n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27, '\\': 92, "'": 39, '"': 34, '?': 63,
}; // prettier-ignore

/** A character constant (C11 6.4.4.4), or what is wrong with it. Several characters make one number, as clang has it. */
export function charValue(text: string): Value | string {
  const open = text.indexOf("'");
  const prefix = text.slice(0, open);
  const codes = codesOf(text.slice(open + 1, -1), prefix === '');
  if (codes === null) return 'unknown escape sequence in character constant';
  if (prefix !== '') {
    if (codes.length > 1) return 'wide character literals may not contain multiple characters';
    return { bits: BigInt(codes[0] ?? 0), unsigned: prefix !== 'L' };
  }
  if (codes.length > 4) return 'character constant too long for its type';
  let bits = 0n;
  for (const code of codes) bits = (bits << 8n) | BigInt(code & 0xff);
  return { bits: BigInt.asIntN(codes.length === 1 ? 8 : 32, bits), unsigned: false };
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
