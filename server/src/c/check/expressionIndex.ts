/** `a[i]`. Source: C11 6.5.2.1; clang's CodeGenFunction::EmitArraySubscriptExpr for what CO-RE relocates (v19). */
import { reportError, reportWarning } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { missing } from './conversions.ts';
import { checkExpr } from './expression.ts';
import { foundAfter } from './found.ts';
import { indexValue, pointerSum } from './expressionPointer.ts';
import { errorExpr, isLvalue, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import {
  asArray,
  asPointer,
  asRecord,
  isInteger,
  isPointer,
  plainType,
  qualifiersOf,
  qualify,
  isUnknown,
} from './typeQueries.ts';
import { warnAboutIndex } from './warnAddress.ts';

type IndexSyntax = Extract<ExprSyntax, { kind: 'index' }>;

export function checkIndex(c: Checker, syntax: IndexSyntax): Expr {
  const { addressed } = c;
  c.addressed = false;
  const [base, index] = inOrder(checkExpr(c, syntax.base), checkExpr(c, syntax.index));
  if (base.kind === 'error' || index.kind === 'error' || isUnknown(base.type)) return errorExpr(syntax);
  const number = valueOf(c, index);
  if (asArray(base.type) === null && !isPointer(base.type)) {
    const at = foundAfter(c, syntax.base.end, '[');
    reportError(c.problems, 'c-type', at, 'subscripted value is not an array, pointer, or vector');
    return errorExpr(syntax);
  }
  if (!isInteger(number.type)) {
    if (number.kind !== 'error')
      reportError(c.problems, 'c-type', foundAfter(c, syntax.base.end, '['), 'array subscript is not an integer');
    return errorExpr(syntax);
  }
  if (isPlainChar(index.type) && index.kind !== 'constant')
    reportWarning(
      c.problems,
      'char-subscripts',
      foundAfter(c, syntax.base.end, '['),
      "array subscript is of type 'char'",
    );
  return asArray(base.type) !== null && isLvalue(base)
    ? element(c, base, number, syntax, addressed)
    : behindPointer(c, base, number, syntax);
}

function isPlainChar(type: Expr['type']): boolean {
  const plain = plainType(type);
  return plain.kind === 'int' && plain.name === 'char';
}

/** `1[a]` is `a[1]`. */
function inOrder(base: Expr, index: Expr): [Expr, Expr] {
  const isBase = (expr: Expr): boolean => asArray(expr.type) !== null || isPointer(expr.type);
  return !isBase(base) && isBase(index) ? [index, base] : [base, index];
}

function element(c: Checker, array: Expr, index: Expr, { start, end }: IndexSyntax, addressed: boolean): Expr {
  const wide = indexValue(c, index);
  warnAboutIndex(c, array, wide, addressed);
  const of = asArray(array.type)?.of ?? array.type;
  const type = qualify(of, missing(of, qualifiersOf(array.type)));
  return { kind: 'element', array, index: wide, preserve: isRelocated(c, array, wide), type, start, end };
}

/** An index that is known, of a member or variable whose record is relocated, or anything inside the builtin. */
function isRelocated(c: Checker, base: Expr, index: Expr): boolean {
  if (c.unevaluated || evaluateInt(index, false) === null) return false;
  if (c.preserve) return true;
  if (base.kind === 'member') return base.owner.preserveAccessIndex;
  const to = base.kind === 'variable' ? asPointer(base.type)?.to : undefined;
  return to !== undefined && (asRecord(to)?.preserveAccessIndex ?? false);
}

function behindPointer(c: Checker, base: Expr, index: Expr, syntax: IndexSyntax): Expr {
  const pointer = valueOf(c, base);
  const to = asPointer(pointer.type)?.to;
  if (to === undefined) return errorExpr(syntax);
  if (asRecord(to)?.layout === null) {
    reportError(c.problems, 'c-type', syntax, `subscript of pointer to incomplete type ${quoteType(to)}`);
    return errorExpr(syntax);
  }
  const sum = pointerSum(c, pointer, index, false, syntax);
  const { start, end } = syntax;
  if (sum.kind !== 'pointerAdd' || !isRelocated(c, base, index))
    return { kind: 'deref', pointer: sum, type: to, start, end };
  return { kind: 'deref', pointer: { ...sum, preserve: true }, type: to, start, end };
}
