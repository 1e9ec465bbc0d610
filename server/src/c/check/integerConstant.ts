/** Integer constant expressions: array bounds, cases, widths of bit-fields, enumerators. Source: C11 6.6p6. */
import { reportError } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import { partsOfExpr } from '../typedParts.ts';
import type { IntType } from '../types.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { promotedType } from './conversions.ts';
import { checkValue } from './expression.ts';
import { quoteType } from './printType.ts';
import { INT, integerOf, isInteger } from './typeQueries.ts';

export interface IntegerConstant {
  readonly value: bigint;
  readonly type: IntType;
  /** No constant expression of C, as it reads a constant variable. */
  readonly folded: boolean;
}

/** Null after saying that it is none. Whatever can be computed counts, as it does for clang (with `fold`, silently). */
export function integerConstant(c: Checker, syntax: ExprSyntax, fold: boolean): IntegerConstant | null {
  const expr = checkValue(c, syntax);
  if (expr.kind === 'error') return null;
  if (!isInteger(expr.type)) {
    const message = `integer constant expression must have integer type, not ${quoteType(expr.type)}`;
    reportError(c.problems, 'c-constant', syntax, message);
    return null;
  }
  const value = evaluateInt(expr, true);
  if (value !== null) {
    const type = integerOf(expr.type) ?? promotedType(expr.type) ?? INT;
    return { value, type, folded: readsVariable(expr) };
  }
  const message = fold
    ? 'BPF programs cannot have arrays of variable length; use a constant, the largest length that is needed'
    : 'expression is not an integer constant expression';
  reportError(c.problems, fold ? 'unsupported-c' : 'c-constant', syntax, message);
  return null;
}

function readsVariable(expr: Expr): boolean {
  return expr.kind === 'load' || partsOfExpr(expr).exprs.some((part) => readsVariable(part));
}
