/** Values of one enum where another one's are wanted. Mirrors CheckImplicitConversion of clang's SemaChecking.cpp (v19). */
import { reportWarning } from '../problem.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { quoteType } from './printType.ts';
import { asEnum } from './typeQueries.ts';

/** Of a value, or of an enumerator, whose type is int; null for none, and for one that has no name. */
export function enumOf(value: Expr): CType | null {
  const type = value.kind === 'constant' && value.of !== undefined ? value.of : value.type;
  const found = asEnum(type);
  return found === null || (found.tag === '' && found.alias === undefined) ? null : type;
}

/** `to` is an enum; the value is converted without a cast. */
export function warnAboutOtherEnum(c: Checker, to: CType, value: Expr): void {
  if (value.kind === 'conditional') {
    warnAboutOtherEnum(c, to, value.then ?? value.condition);
    warnAboutOtherEnum(c, to, value.otherwise);
    return;
  }
  const [from, into] = [enumOf(value), asEnum(to)!];
  if (from === null || asEnum(from) === into || (into.tag === '' && into.alias === undefined)) return;
  const message = `implicit conversion from enumeration type ${quoteType(from)} to different enumeration type ${quoteType(to)}`;
  const at = { start: value.caret ?? value.start, end: value.end };
  reportWarning(c.problems, 'enum-conversion', at, message);
}
