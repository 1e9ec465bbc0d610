import type { CType, IntName } from '../types.ts';
import { BOOL, INT, VOID, intType } from './typeQueries.ts';

/** The type that keywords stand for, in whatever order they are written (C11 6.7.2p2). The parser let only valid ones pass. */
export function basicType(words: readonly string[]): CType {
  const has = (word: string): boolean => words.includes(word);
  if (has('void')) return VOID;
  if (has('_Bool')) return BOOL;
  const float = FLOATS.find(([name]) => has(name));
  if (float !== undefined) {
    const [name, bytes] = float;
    return { kind: 'float', name: has('long') ? `long ${name}` : name, bytes: has('long') ? 16 : bytes };
  }
  return intType(integerName(words));
}

const FLOATS = [['float', 4], ['double', 8], ['_Float16', 2], ['__float128', 16], ['_Complex', 16]] as const; // prettier-ignore

function integerName(words: readonly string[]): IntName {
  const has = (word: string): boolean => words.includes(word);
  const unsigned = has('unsigned') || has('__uint128_t');
  if (has('char')) return unsigned ? 'unsigned char' : has('signed') ? 'signed char' : 'char';
  if (has('__int128') || has('__int128_t') || has('__uint128_t')) return unsigned ? 'unsigned __int128' : '__int128';
  const longs = words.filter((word) => word === 'long').length;
  const name = has('short') ? 'short' : longs === 0 ? INT.name : longs === 1 ? 'long' : 'long long';
  return (unsigned ? `unsigned ${name}` : name) as IntName;
}
