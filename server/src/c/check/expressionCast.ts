/** Casts. Source: C11 6.5.4. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { bitsOf, unqualified } from './conversions.ts';
import { typeOfName } from './declarator.ts';
import { checkExpr } from './expression.ts';
import { readNumber } from './literals.ts';
import { constantExpr, convertTo, errorExpr, fieldBits, unsupported, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { forgetAddress } from './warnPacked.ts';
import { noteIgnored } from './warnUnusedNames.ts';
import { asRecord, isInteger, isPointer, isScalar, isVoid, plainType } from './typeQueries.ts';

type CastSyntax = Extract<ExprSyntax, { kind: 'cast' }>;

export function checkCast(c: Checker, syntax: CastSyntax): Expr {
  const type = typeOfName(c, syntax.type);
  const whole = isInteger(type) ? wholeFloat(syntax.operand) : null;
  if (whole !== null) return constantExpr(unqualified(type), whole, syntax);
  const operand = checkExpr(c, syntax.operand);
  const { start, end } = syntax;
  if (operand.kind === 'error') return errorExpr(syntax);
  if (isVoid(type)) {
    noteIgnored(c, syntax.operand);
    return { kind: 'convert', how: 'discard', operand: valueOf(c, operand), type: unqualified(type), start, end };
  }
  forgetAddress(c, type, operand);
  const value = valueOf(c, operand);
  if (value.kind === 'error') return errorExpr(syntax);
  if (!castable(c, type, value, operand, syntax)) return errorExpr(syntax);
  if (asRecord(type) !== null) return { ...value, start, end };
  warnAboutWidth(c, type, value, syntax);
  return converted(c, value, unqualified(type), syntax);
}

/** `(u64)1e9`: a number in floating-point notation that is turned into an integer at once. */
function wholeFloat(syntax: ExprSyntax): bigint | null {
  if (syntax.kind === 'paren') return wholeFloat(syntax.inner);
  if (syntax.kind === 'unary' && syntax.op === '-') {
    const inner = wholeFloat(syntax.operand);
    return inner === null ? null : -inner;
  }
  if (syntax.kind !== 'number') return null;
  const literal = readNumber(syntax.text);
  return literal.kind === 'float' && Number.isFinite(literal.value) ? BigInt(Math.trunc(literal.value)) : null;
}

/** The value keeps its node where nothing changes, but has the cast's type and place. */
function converted(c: Checker, value: Expr, type: CType, { start, end }: Range): Expr {
  const result = convertTo(c, { ...value, start, end }, type);
  if (result.kind === 'error') return result;
  if (result.kind === 'load' || fieldBits(result) !== null) return retyped(result, type);
  if (result.kind === 'constant') return constantExpr(type, result.value, result);
  return { ...result, type };
}

/** A load's type is its object's, and a bit-field is none after a cast: there the cast stays visible. */
function retyped(result: Expr, type: CType): Expr {
  if (plainType(result.type) === plainType(type) && fieldBits(result) === null) return result;
  const { start, end } = result;
  const isBool = plainType(type).kind === 'bool';
  return {
    kind: 'convert',
    how: isPointer(type) ? 'pointer' : isBool ? 'boolean' : 'integer',
    operand: result,
    type,
    start,
    end,
  };
}

function castable(c: Checker, type: CType, value: Expr, written: Expr, at: CastSyntax): boolean {
  const record = asRecord(type);
  if (record !== null && record === asRecord(value.type)) return true;
  if (record?.union === true && record.layout?.members.some((one) => plainType(one.type) === plainType(value.type))) {
    unsupported(
      c,
      at,
      'casts to union types are not supported; use a compound literal such as (union u){ .member = value }',
    );
    return false;
  }
  if (!isScalar(type)) {
    const message = `used type ${quoteType(type)} where arithmetic or pointer type is required`;
    reportError(c.problems, 'c-type', at, message);
    return false;
  }
  if (isScalar(value.type)) return pointerAndFloat(c, type, value, at);
  const message = `operand of type ${quoteType(written.type)} where arithmetic or pointer type is required`;
  reportError(c.problems, 'c-type', written, message);
  return false;
}

function pointerAndFloat(c: Checker, type: CType, value: Expr, at: Range): boolean {
  const [to, from] = [plainType(type).kind, plainType(value.type).kind];
  if (to === 'float' && from === 'pointer') {
    reportError(c.problems, 'c-type', at, `pointer cannot be cast to type ${quoteType(type)}`);
    return false;
  }
  if (to !== 'pointer' || from !== 'float') return true;
  reportError(c.problems, 'c-type', at, `operand of type ${quoteType(value.type)} cannot be cast to a pointer type`);
  return false;
}

/** Pointers have 64 bits. */
function warnAboutWidth(c: Checker, type: CType, value: Expr, at: Range): void {
  if (c.unevaluated) return;
  const [to, from] = [plainType(type), plainType(value.type)];
  if (
    to.kind === 'pointer' &&
    isInteger(from) &&
    bitsOf(from) < 64 &&
    value.kind !== 'constant' &&
    from.kind !== 'bool'
  ) {
    const message = `cast to ${quoteType(type)} from smaller integer type ${quoteType(value.type)}`;
    reportWarning(c.problems, isVoid(to.to) ? 'int-to-void-pointer-cast' : 'int-to-pointer-cast', at, message);
  }
  if (from.kind !== 'pointer' || !isInteger(to) || bitsOf(to) >= 64 || to.kind === 'bool') return;
  const message = `cast to smaller integer type ${quoteType(type)} from ${quoteType(value.type)}`;
  if (isVoid(from.to))
    reportWarning(
      c.problems,
      to.kind === 'enum' ? 'void-pointer-to-enum-cast' : 'void-pointer-to-int-cast',
      at,
      message,
    );
  else reportWarning(c.problems, to.kind === 'enum' ? 'pointer-to-enum-cast' : 'pointer-to-int-cast', at, message);
}
