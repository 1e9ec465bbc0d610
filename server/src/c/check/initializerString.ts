/** Character arrays that strings initialise (C11 6.7.9p14). */
import { reportWarning } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { CType } from '../types.ts';
import type { Filling } from './initializer.ts';
import { readStrings } from './literals.ts';
import { arrayOf, asArray, integerOf, plainType } from './typeQueries.ts';

type StringSyntax = Extract<ExprSyntax, { kind: 'string' }>;

/** The string, when the type is an array that it fits; else null. */
export function stringFor(type: CType, syntax: ExprSyntax): StringSyntax | null {
  if (syntax.kind === 'paren') return stringFor(type, syntax.inner);
  const of = asArray(type)?.of;
  if (of === undefined || syntax.kind !== 'string' || plainType(of).kind !== 'int') return null;
  const wide = syntax.pieces.some((piece) => /^[LuU](?!8)/.test(piece));
  const bits = integerOf(of)?.bits ?? 0;
  return (wide ? bits === 16 || bits === 32 : bits === 8) ? syntax : null;
}

/** One entry for all of it; gives the number of elements that the string has with its zero. */
export function stringEntry(filling: Filling, type: CType, offsetBytes: number, syntax: ExprSyntax): number {
  const text = stringFor(type, syntax);
  const array = asArray(type);
  if (text === null || array === null) return 0;
  const { bytes, unit } = readStrings(text.pieces);
  const each = unit.bits / 8;
  const has = bytes.length / each;
  const room = array.length ?? has;
  if (has - 1 > room) {
    const message = 'initializer-string for char array is too long';
    reportWarning(filling.c.problems, 'excess-initializers', text, message);
  }
  const kept = Math.min(has, room);
  const { start, end } = text;
  const stored = arrayOf(array.of, kept);
  const literal = { kind: 'literal', bytes: bytes.slice(0, kept * each) } as const;
  if (kept > 0)
    filling.entries.push({
      offsetBytes,
      bitField: null,
      type: stored,
      value: { kind: 'string', literal, type: stored, start, end },
    });
  return has;
}
