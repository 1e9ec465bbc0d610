/** `a ? b : c`, `_Generic` and `__builtin_choose_expr`. Source: C11 6.5.15, 6.5.1.1; GNU C. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { compatible, compatibleUnqualified, composite } from './compatible.ts';
import { evaluate, evaluateInt, truthOf } from './constant.ts';
import { commonType, promotedType } from './conversions.ts';
import { typeOfName } from './declarator.ts';
import { checkExpr, checkUnevaluated, checkValue, whereDead } from './expression.ts';
import { foundAfter } from './found.ts';
import { convertTo, errorExpr, isNullConstant, noFloat, promote, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { warnAboutTruth } from './warnAddress.ts';
import {
  VOID,
  asPointer,
  asRecord,
  isArithmetic,
  isInteger,
  isScalar,
  isVoid,
  pointerTo,
  qualifiersOf,
  qualify,
} from './typeQueries.ts';
import { missing } from './conversions.ts';

type Of<K extends ExprSyntax['kind']> = Extract<ExprSyntax, { kind: K }>;

export function checkConditional(c: Checker, syntax: Of<'conditional'>): Expr {
  const written = checkExpr(c, syntax.condition);
  warnAboutTruth(c, written);
  const condition = valueOf(c, written);
  const sure = condition.kind === 'error' ? null : truthOf(evaluate(condition, false));
  const { then: chosen } = syntax;
  const then = chosen === null ? condition : whereDead(c, sure === false, () => checkValue(c, chosen));
  const otherwise = whereDead(c, sure === true, () => checkValue(c, syntax.otherwise));
  if (condition.kind === 'error' || then.kind === 'error' || otherwise.kind === 'error') return errorExpr(syntax);
  if (!isScalar(condition.type)) return noScalar(c, condition, syntax);
  const type = resultType(c, then, otherwise, syntax);
  if (type === null) return errorExpr(syntax);
  const known = sure;
  if (known !== null) return asResult(c, known ? then : otherwise, type, syntax);
  const [one, other] = [asResult(c, then, type, then), asResult(c, otherwise, type, otherwise)];
  if (one.kind === 'error' || other.kind === 'error') return errorExpr(syntax);
  const { start, end } = syntax;
  return {
    kind: 'conditional',
    condition,
    then: syntax.then === null ? null : one,
    otherwise: other,
    type,
    start,
    end,
  };
}

function noScalar(c: Checker, condition: Expr, syntax: Range): Expr {
  const message = `used type ${quoteType(condition.type)} where arithmetic or pointer type is required`;
  reportError(c.problems, 'c-type', condition, message);
  return errorExpr(syntax);
}

function asResult(c: Checker, value: Expr, type: CType, { start, end }: Range): Expr {
  const result = asRecord(type) === null ? convertTo(c, isInteger(type) ? promote(c, value) : value, type) : value;
  return { ...result, start, end };
}

function resultType(c: Checker, then: Expr, otherwise: Expr, at: Of<'conditional'>): CType | null {
  if (isArithmetic(then.type) && isArithmetic(otherwise.type)) return arithmeticType(c, then, otherwise);
  if (isVoid(then.type) || isVoid(otherwise.type)) return VOID;
  const [one, other] = [asPointer(then.type), asPointer(otherwise.type)];
  if (one !== null && other !== null) return pointersType(c, then, otherwise, at);
  if (one !== null && isInteger(otherwise.type)) return withInteger(c, then, otherwise, at, then);
  if (other !== null && isInteger(then.type)) return withInteger(c, then, otherwise, at, otherwise);
  const record = asRecord(then.type);
  if (record !== null && record === asRecord(otherwise.type)) return then.type;
  reportError(c.problems, 'c-type', questionOf(c, at), `incompatible operand types ${typePair(then, otherwise)}`);
  return null;
}

/** Where the question mark is. */
function questionOf(c: Checker, syntax: Of<'conditional'>): Range {
  return foundAfter(c, syntax.condition.end, '?');
}

function typePair(left: Expr, right: Expr): string {
  return `(${quoteType(left.type)} and ${quoteType(right.type)})`;
}

function arithmeticType(c: Checker, then: Expr, otherwise: Expr): CType | null {
  const [one, other] = [promote(c, then), promote(c, otherwise)];
  const [left, right] = [promotedType(one.type), promotedType(other.type)];
  if (left !== null && right !== null) return commonType(left, right);
  noFloat(c, left === null ? one : other);
  return null;
}

/** Null constants adapt; `void *` takes the other in; qualifiers of both are kept (C11 6.5.15p6). */
function pointersType(c: Checker, then: Expr, otherwise: Expr, at: Of<'conditional'>): CType {
  if (isNullConstant(otherwise)) return then.type;
  if (isNullConstant(then)) return otherwise.type;
  const [one, other] = [asPointer(then.type)?.to ?? VOID, asPointer(otherwise.type)?.to ?? VOID];
  const merged = (to: CType): CType => withBoth(withBoth(to, one), other);
  if (compatible(one, other)) return then.type;
  if (compatibleUnqualified(one, other)) return pointerTo(merged(composite(one, other)));
  if (isVoid(one) || isVoid(other)) return pointerTo(merged(VOID));
  const message = `pointer type mismatch ${typePair(then, otherwise)}`;
  reportWarning(c.problems, 'pointer-type-mismatch', questionOf(c, at), message);
  return pointerTo(merged(VOID));
}

function withBoth(to: CType, from: CType): CType {
  const { const: isConst, volatile, addressSpace } = qualifiersOf(from);
  return qualify(
    to,
    missing(to, { const: isConst, volatile, addressSpace: addressSpace || qualifiersOf(to).addressSpace }),
  );
}

function withInteger(c: Checker, then: Expr, otherwise: Expr, at: Of<'conditional'>, pointer: Expr): CType {
  const number = pointer === then ? otherwise : then;
  if (!isNullConstant(number)) {
    const message = `pointer/integer type mismatch in conditional expression ${typePair(then, otherwise)}`;
    reportWarning(c.problems, 'conditional-type-mismatch', questionOf(c, at), message);
  }
  return pointer.type;
}

/** Only the chosen expression is checked; the others may be anything. */
export function checkGeneric(c: Checker, syntax: Of<'generic'>): Expr {
  const outer = c.unevaluated;
  c.unevaluated = true;
  const control = valueOf(c, checkUnevaluated(c, syntax.control));
  c.unevaluated = outer;
  if (control.kind === 'error') return errorExpr(syntax);
  const fallback = syntax.associations.find(({ type }) => type === null);
  const match = syntax.associations.find(({ type }) => type !== null && compatible(typeOfName(c, type), control.type));
  const chosen = match ?? fallback;
  if (chosen !== undefined) return { ...checkExpr(c, chosen.value), start: syntax.start, end: syntax.end };
  const message = `controlling expression type ${quoteType(control.type)} not compatible with any generic association type`;
  reportError(c.problems, 'c-type', syntax.control, message);
  return errorExpr(syntax);
}

export function checkChoose(c: Checker, syntax: Of<'chooseExpr'>): Expr {
  const condition = checkValue(c, syntax.condition);
  if (condition.kind === 'error') return errorExpr(syntax);
  const value = evaluateInt(condition, true);
  if (value === null) {
    const message = "'__builtin_choose_expr' requires a constant expression";
    reportError(c.problems, 'c-constant', syntax.condition, message);
    return errorExpr(syntax);
  }
  const chosen = checkExpr(c, value === 0n ? syntax.otherwise : syntax.then);
  return { ...chosen, start: syntax.start, end: syntax.end };
}
