/** Arithmetic and comparisons on pointers. Source: C11 6.5.6, 6.5.8, 6.5.9; GNU C's `void *`. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { CompareOp, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { compatibleUnqualified } from './compatible.ts';
import { isSigned } from './conversions.ts';
import { foldCompare } from './fold.ts';
import { sizeOf } from './layout.ts';
import { constantExpr, convertTo, errorExpr, isNullConstant, promote } from './nodes.ts';
import { forwardNotes } from './incomplete.ts';
import { quoteType } from './printType.ts';
import { INT, LONG, UNSIGNED_LONG, VOID, asFunction, asPointer, isPointer, isVoid } from './typeQueries.ts';

/** An index as 64 bits. */
export function indexValue(c: Checker, index: Expr): Expr {
  const value = promote(c, index);
  return convertTo(c, value, isSigned(value.type) ? LONG : UNSIGNED_LONG);
}

/** Bytes by which a step moves; null after reporting that the type has no size. */
export function stepBytes(c: Checker, to: CType, at: Range): number | null {
  if (isVoid(to) || asFunction(to) !== null) return 1;
  const size = sizeOf(to);
  if (size === null)
    reportError(c.problems, 'c-type', at, `arithmetic on a pointer to an incomplete type ${quoteType(to)}`, {
      notes: forwardNotes(to),
    });
  return size;
}

/** `pointer + index` or `pointer - index`. */
export function pointerSum(c: Checker, pointer: Expr, index: Expr, subtract: boolean, at: Range, opAt = at): Expr {
  const to = asPointer(pointer.type)?.to ?? VOID;
  const scaleBytes = stepBytes(c, to, opAt);
  const wide = indexValue(c, index);
  if (scaleBytes === null || wide.kind === 'error') return errorExpr(at);
  const { start, end } = at;
  if (pointer.kind === 'constant' && wide.kind === 'constant') {
    const by = wide.value * BigInt(scaleBytes);
    return constantExpr(pointer.type, pointer.value + (subtract ? -by : by), at);
  }
  return { kind: 'pointerAdd', pointer, index: wide, scaleBytes, subtract, type: pointer.type, start, end };
}

/** `left - right`: how many elements lie between. */
export function pointerDifference(c: Checker, left: Expr, right: Expr, at: Range, op: Range): Expr {
  const [one, other] = [asPointer(left.type)?.to ?? VOID, asPointer(right.type)?.to ?? VOID];
  if (!compatibleUnqualified(one, other)) {
    const types = `${quoteType(left.type)} and ${quoteType(right.type)}`;
    reportError(c.problems, 'c-type', op, `${types} are not pointers to compatible types`);
    return errorExpr(at);
  }
  const scaleBytes = stepBytes(c, one, op);
  if (scaleBytes === null) return errorExpr(at);
  const { start, end } = at;
  return { kind: 'pointerDiff', left, right, scaleBytes: Math.max(1, scaleBytes), type: LONG, start, end };
}

/** A comparison of which at least one side is a pointer. */
export function comparePointers(c: Checker, op: CompareOp, left: Expr, right: Expr, at: Range, opAt: Range): Expr {
  const both = isPointer(left.type) && isPointer(right.type);
  if (both) warnAboutTypes(c, left, right, opAt, op);
  else if (!isNullConstant(left) && !isNullConstant(right)) warnAboutInteger(c, left, right, opAt);
  const type = commonPointer(left, right);
  const [one, other] = [convertTo(c, left, type), convertTo(c, right, type)];
  if (one.kind === 'error' || other.kind === 'error') return errorExpr(at);
  const { start, end } = at;
  if (one.kind === 'constant' && other.kind === 'constant')
    return constantExpr(INT, foldCompare(op, one.value, other.value) ? 1n : 0n, at);
  return { kind: 'compare', op, left: one, right: other, type: INT, start, end };
}

function commonPointer(left: Expr, right: Expr): CType {
  if (!isPointer(left.type)) return right.type;
  if (!isPointer(right.type)) return left.type;
  return isVoid(asPointer(left.type)?.to ?? VOID) ? left.type : right.type;
}

function typePair(left: Expr, right: Expr): string {
  return `(${quoteType(left.type)} and ${quoteType(right.type)})`;
}

function warnAboutTypes(c: Checker, left: Expr, right: Expr, opAt: Range, op: CompareOp): void {
  const [one, other] = [asPointer(left.type)?.to ?? VOID, asPointer(right.type)?.to ?? VOID];
  const equality = op === 'eq' || op === 'ne';
  if (compatibleUnqualified(one, other) || (equality && (isNullConstant(left) || isNullConstant(right)))) return;
  if (equality && (isVoid(one) || isVoid(other))) return;
  const message = `comparison of distinct pointer types ${typePair(left, right)}`;
  reportWarning(c.problems, 'compare-distinct-pointer-types', opAt, message);
}

function warnAboutInteger(c: Checker, left: Expr, right: Expr, opAt: Range): void {
  const message = `comparison between pointer and integer ${typePair(left, right)}`;
  reportWarning(c.problems, 'pointer-integer-compare', opAt, message);
}
