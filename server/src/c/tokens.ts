import type { Place } from './places.ts';

/** What the parser reads: tokens of translation phase 7, after preprocessing (C11 5.1.1.2), as columns. */
export interface Tokens {
  /** Those that stand before, which other units may begin with, too; null for none. */
  readonly before: Tokens | null;
  /** How many those are: what the first of these has for a number in the unit. */
  readonly first: number;
  /** Without the closing `end` token, which is at this index. */
  readonly count: number;
  /** By token: a number of `TOKEN`. */
  readonly kind: Uint8Array;
  /** By token: number of its spelling in `atoms`. Equal spellings have equal numbers. */
  readonly atom: Int32Array;
  readonly place: Int32Array;
  /** One past its last character, in the same file or expansion as its place. */
  readonly end: Int32Array;
  readonly atoms: Atoms;
}

/**
 * Spellings, each once. Keywords have the lowest numbers, in the order of `KEYWORDS`; those of `PUNCTUATORS` follow in
 * their order.
 */
export interface Atoms {
  readonly text: (atom: number) => string;
  readonly of: (text: string) => number;
}

/** `pragma` is a `#pragma` or `_Pragma` that the parser has to know; its spelling is all after the word `pragma`. */
export const TOKEN = {
  end: 0, identifier: 1, keyword: 2, number: 3, char: 4, string: 5, punctuator: 6, pragma: 7, unknown: 8,
} as const; // prettier-ignore

/** One token by itself, for macros and messages. */
export interface Token {
  readonly kind: number;
  readonly text: string;
  readonly place: Place;
  readonly end: Place;
}

/** C11 6.4.1, with GNU spellings; alternative spellings (`__const`, `__volatile__`) are keywords of their own. */
export const KEYWORDS = [
  'auto', 'break', 'case', 'char', 'const', 'continue', 'default', 'do', 'double', 'else', 'enum', 'extern', 'float',
  'for', 'goto', 'if', 'inline', 'int', 'long', 'register', 'restrict', 'return', 'short', 'signed', 'sizeof',
  'static', 'struct', 'switch', 'typedef', 'union', 'unsigned', 'void', 'volatile', 'while', '_Alignas', '_Alignof',
  '_Atomic', '_Bool', '_Complex', '_Generic', '_Imaginary', '_Noreturn', '_Static_assert', '_Thread_local', '__alignof',
  '__alignof__', '__asm', '__asm__', 'asm', '__attribute', '__attribute__', '__auto_type', '__const', '__const__',
  '__extension__', '__inline', '__inline__', '__int128', '__int128_t', '__uint128_t', '__label__', '__restrict',
  '__restrict__', '__signed', '__signed__', '__thread', '__typeof', '__typeof__', '__typeof_unqual', '__typeof_unqual__', 'typeof', '__volatile',
  '__volatile__', '__builtin_choose_expr', '__builtin_offsetof', '__builtin_types_compatible_p', '__builtin_va_arg',
  '__builtin_bit_cast',  '__func__', '__FUNCTION__', '__PRETTY_FUNCTION__', '_Float16', '__float128',
] as const; // prettier-ignore

/** C11 6.4.6 without the alternative spellings of annex 6.4.6p3. */
export const PUNCTUATORS = [
  '[', ']', '(', ')', '{', '}', '.', '->', '++', '--', '&', '*', '+', '-', '~', '!', '/', '%', '<<', '>>', '<', '>',
  '<=', '>=', '==', '!=', '^', '|', '&&', '||', '?', ':', ';', '...', '=', '*=', '/=', '%=', '+=', '-=', '<<=', '>>=',
  '&=', '^=', '|=', ',', '#', '##', '::',
] as const; // prettier-ignore

/** Number of the spelling of a punctuator. */
export function punctuatorAtom(text: (typeof PUNCTUATORS)[number]): number {
  return KEYWORDS.length + PUNCTUATORS.indexOf(text);
}

/** The part of a unit's tokens that ends before a number, with what stands before it. */
export function tokensUpTo(tokens: Tokens, end: number): Tokens {
  let part = tokens;
  while (part.before !== null && part.first >= end) part = part.before;
  return { ...part, count: end - part.first };
}

/** All of a unit's tokens in one part. */
export function joinedTokens(tokens: Tokens): Tokens {
  if (tokens.before === null) return tokens;
  const before = joinedTokens(tokens.before);
  const count = before.count + tokens.count;
  const columns = { kind: new Uint8Array(count + 1), atom: new Int32Array(count + 1) };
  const all = { ...columns, place: new Int32Array(count + 1), end: new Int32Array(count + 1) };
  for (const { first, kind, atom, place, end, count: own } of [before, tokens]) {
    all.kind.set(kind.subarray(0, own + 1), first);
    all.atom.set(atom.subarray(0, own + 1), first);
    all.place.set(place.subarray(0, own + 1), first);
    all.end.set(end.subarray(0, own + 1), first);
  }
  return { ...all, before: null, first: 0, count, atoms: tokens.atoms };
}
