/** Keywords and punctuators as the parser compares them: alternative spellings made plain. */
import { KEYWORDS, PUNCTUATORS } from '../tokens.ts';

const PLAIN: Readonly<Record<string, string>> = {
  __alignof: '_Alignof',
  __alignof__: '_Alignof',
  __asm: 'asm',
  __asm__: 'asm',
  __attribute: '__attribute__',
  __const: 'const',
  __const__: 'const',
  __inline: 'inline',
  __inline__: 'inline',
  __restrict: 'restrict',
  __restrict__: 'restrict',
  __signed: 'signed',
  __signed__: 'signed',
  __thread: '_Thread_local',
  __typeof: 'typeof',
  __typeof__: 'typeof',
  __typeof_unqual: '__typeof_unqual__',
  __volatile: 'volatile',
  __volatile__: 'volatile',
};

/** By atom; keywords and punctuators have the lowest ones. */
export const WORDS: readonly string[] = [...KEYWORDS.map((keyword) => PLAIN[keyword] ?? keyword), ...PUNCTUATORS];

export const STORAGE_WORDS = new Set(['typedef', 'extern', 'static', 'auto', 'register', '_Thread_local']);

export const QUALIFIER_WORDS = new Set(['const', 'volatile', 'restrict']);

/** Words of a `basic` type specifier. */
export const BASIC_WORDS = new Set([
  'void', 'char', 'short', 'int', 'long', 'float', 'double', 'signed', 'unsigned', '_Bool', '_Complex', '_Imaginary',
  '__int128', '__int128_t', '__uint128_t', '_Float16', '__float128',
]); // prettier-ignore

/** Words that begin a type name or the specifiers of a member. */
export const TYPE_WORDS = new Set([
  ...BASIC_WORDS, ...QUALIFIER_WORDS, '_Atomic', 'struct', 'union', 'enum', 'typeof', '__typeof_unqual__', '__auto_type',
]); // prettier-ignore

/** Words that begin a declaration; attributes may, too. */
export const DECLARATION_WORDS = new Set([
  ...TYPE_WORDS, ...STORAGE_WORDS, 'inline', '_Noreturn', '_Alignas',
]); // prettier-ignore

/** Words that can only begin a statement: where one stands, an expression or declaration before has ended. */
export const STATEMENT_WORDS = new Set([
  'break', 'case', 'continue', 'default', 'do', 'else', 'for', 'goto', 'if', 'return', 'switch', 'while',
]); // prettier-ignore
