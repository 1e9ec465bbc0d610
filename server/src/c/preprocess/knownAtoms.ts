import { KEYWORDS, PUNCTUATORS, punctuatorAtom } from '../tokens.ts';

/** Names that have atoms of their own from the beginning, behind keywords and punctuators. */
export const KNOWN_NAMES = ['__VA_OPT__', '__VA_ARGS__', 'defined'] as const;

function nameAtom(name: (typeof KNOWN_NAMES)[number]): number {
  return KEYWORDS.length + PUNCTUATORS.length + KNOWN_NAMES.indexOf(name);
}

/** Spellings that preprocessing asks for. */
export const ATOM = {
  hash: punctuatorAtom('#'),
  paste: punctuatorAtom('##'),
  comma: punctuatorAtom(','),
  open: punctuatorAtom('('),
  close: punctuatorAtom(')'),
  ellipsis: punctuatorAtom('...'),
  vaOpt: nameAtom('__VA_OPT__'),
  vaArgs: nameAtom('__VA_ARGS__'),
  defined: nameAtom('defined'),
} as const;

/** Atoms below this are those of keywords. */
export const KEYWORD_COUNT = KEYWORDS.length;
