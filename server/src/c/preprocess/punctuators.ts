import { KEYWORDS, PUNCTUATORS } from '../tokens.ts';

/** Punctuators that begin with one character and have more. */
interface Longer {
  readonly seconds: readonly number[];
  readonly longest: readonly { readonly text: string; readonly atom: number }[];
}

/** C11 6.4.6p3: other spellings of brackets, braces and number signs. */
const DIGRAPHS: Readonly<Record<string, (typeof PUNCTUATORS)[number]>> = {
  '<:': '[', ':>': ']', '<%': '{', '%>': '}', '%:': '#', '%:%:': '##',
}; // prettier-ignore

const LONGER = [
  ...PUNCTUATORS.map((text, index) => ({ text: text as string, atom: KEYWORDS.length + index })),
  ...Object.entries(DIGRAPHS).map(([text, plain]) => ({ text, atom: KEYWORDS.length + PUNCTUATORS.indexOf(plain) })),
]
  // Two colons are a token of their own in C++ and in C23's attributes only.
  .filter(({ text }) => text.length > 1 && text !== '::')
  .sort((a, b) => b.text.length - a.text.length);

/** By character: the atom of the punctuator that it is by itself. */
export const SINGLE_ATOM = new Int32Array(128);
/** By first character. */
const BY_FIRST: (Longer | undefined)[] = [];

PUNCTUATORS.forEach((text, index) => {
  if (text.length === 1) SINGLE_ATOM[text.charCodeAt(0)] = KEYWORDS.length + index;
});
for (const first of '+-*%<>=!&|^#:./') {
  const longest = LONGER.filter(({ text }) => text.startsWith(first));
  BY_FIRST[first.charCodeAt(0)] = { seconds: longest.map(({ text }) => text.charCodeAt(1)), longest };
}

/** The longest punctuator of more than one character that stands at a position. */
export function longPunctuator(source: string, at: number): { readonly text: string; readonly atom: number } | null {
  const candidates = BY_FIRST[source.charCodeAt(at)];
  if (candidates === undefined || !candidates.seconds.includes(source.charCodeAt(at + 1))) return null;
  return candidates.longest.find(({ text }) => source.startsWith(text, at)) ?? null;
}
