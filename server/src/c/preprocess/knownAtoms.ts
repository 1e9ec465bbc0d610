import { KEYWORDS, punctuatorAtom } from '../tokens.ts';

/** Spellings that preprocessing asks for. */
export const ATOM = {
  hash: punctuatorAtom('#'),
  paste: punctuatorAtom('##'),
  comma: punctuatorAtom(','),
  open: punctuatorAtom('('),
  close: punctuatorAtom(')'),
  ellipsis: punctuatorAtom('...'),
  less: punctuatorAtom('<'),
  greater: punctuatorAtom('>'),
  minus: punctuatorAtom('-'),
} as const;

/** Atoms below this are those of keywords. */
export const KEYWORD_COUNT = KEYWORDS.length;
