/** What a character may begin (C11 6.4), by its code. */
export const CLASS = {
  other: 0, space: 1, newline: 2, letter: 3, digit: 4, quote: 5, slash: 6, dot: 7, single: 8, multi: 9, backslash: 10,
  nul: 11, foreign: 12,
} as const; // prettier-ignore

export const LF = 10;
export const HASH = 35;
export const DOLLAR = 36;
export const QUOTE = 34;
export const APOSTROPHE = 39;
export const SLASH = 47;
export const STAR = 42;
export const DOT = 46;
export const BACKSLASH = 92;
export const LEFT_PAREN = 40;
export const LESS = 60;
export const MINUS = 45;
export const PLUS = 43;

/** By UTF-16 code unit, so that no look-up needs a check; all but ASCII is `foreign`. */
export const CLASS_OF = new Uint8Array(0x1_0000).fill(CLASS.foreign, 0x80);
/** 1 for what continues an identifier; `$` as GNU C has it. */
export const IN_IDENTIFIER = new Uint8Array(0x1_0000);

function classify(characters: string, kind: number): void {
  for (let at = 0; at < characters.length; at++) CLASS_OF[characters.charCodeAt(at)] = kind;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$';
const DIGITS = '0123456789';

// A carriage return counts as white space: before a line feed it changes nothing.
classify(' \t\v\f\r', CLASS.space);
classify('\n', CLASS.newline);
classify(LETTERS, CLASS.letter);
classify(DIGITS, CLASS.digit);
classify('"\'', CLASS.quote);
classify('/', CLASS.slash);
classify('.', CLASS.dot);
classify('()[]{},;?~', CLASS.single);
classify('+-*%<>=!&|^#:', CLASS.multi);
classify('\\', CLASS.backslash);
classify('\0', CLASS.nul);
for (const character of LETTERS + DIGITS) IN_IDENTIFIER[character.charCodeAt(0)] = 1;
