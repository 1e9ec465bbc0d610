/** `abs` of what has no sign, or does not fit. Mirrors CheckAbsoluteValueFunction of clang's SemaChecking.cpp (v19). */
import { reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { bitsOf, isSigned } from './conversions.ts';
import { quoteType } from './printType.ts';
import { isInteger } from './typeQueries.ts';

/** `name` is what the program calls it, `to` the parameter's type. */
export function warnAboutAbsolute(c: Checker, name: string, at: Range, to: CType, { type: from }: Expr): void {
  if (!isInteger(from)) return;
  if (!isSigned(from)) {
    const message = `taking the absolute value of unsigned type ${quoteType(from)} has no effect`;
    const note = `remove the call to '${name}' since unsigned values cannot be negative`;
    reportWarning(c.problems, 'absolute-value', at, message, { notes: [{ at, message: note }] });
    return;
  }
  if (bitsOf(from) <= bitsOf(to) || bitsOf(from) > 64) return;
  const message = `absolute value function '${name}' given an argument of type ${quoteType(from)} but has parameter of type ${quoteType(to)} which may cause truncation of value`;
  const better = name.replace(/abs$/, 'labs');
  reportWarning(c.problems, 'absolute-value', at, message, {
    notes: [{ at, message: `use function '${better}' instead` }],
  });
}
