/** `__builtin_addc` and `__builtin_subc`: sums with a carry in and out. Source: clang's manual ("Multiprecision", v19). */
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { argumentsFit } from './builtinCall.ts';
import { converted, Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import type { CallSyntax } from './expressionCall.ts';
import { errorExpr } from './nodes.ts';
import { pointerTo } from './typeQueries.ts';

/** `type __builtin_addc(type x, type y, type carryIn, type *carryOut)`. */
export function sumWithCarry(c: Checker, op: 'add' | 'sub', type: CType, syntax: CallSyntax): Expr {
  if (!argumentsFit(c, syntax, 4)) return errorExpr(syntax);
  const s = new Steps(c, syntax);
  const args = [0, 1, 2].map((i) => converted(c, syntax, i, type));
  const out = converted(c, syntax, 3, pointerTo(type));
  if ([...args, out].some(({ kind }) => kind === 'error')) return errorExpr(syntax);
  const [left, right, carry] = args.map((arg) => s.keep(arg));
  const target = s.keep(out);
  const step = (x: Expr, y: Expr): Expr => s.as(type, s.with(op, x, y));
  const first = s.keep(step(left!(), right!()));
  const sum = s.keep(step(first(), carry!()));
  const lost = (before: Expr, by: Expr, after: Expr): Expr =>
    op === 'add' ? s.is('lt', after, before) : s.is('lt', before, by);
  const carried = s.with('or', lost(left!(), right!(), first()), lost(first(), carry!(), sum()));
  s.store(target(), s.as(type, carried));
  return s.result(sum());
}
