/** Comparisons whose outcome is known, or that compare something else than it seems. Mirrors clang's SemaExpr.cpp and SemaChecking.cpp (v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { CompareOp, Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { bitsOf, commonType, isSigned, promotedType, wrapTo } from './conversions.ts';
import type { BinarySyntax } from './expressionBinary.ts';
import { foldCompare } from './fold.ts';
import { readNumber } from './literals.ts';
import { fieldBits } from './nodes.ts';
import { quoteType } from './printType.ts';
import { enumOf } from './warnEnum.ts';
import { asEnum, integerOf, isInteger, plainType } from './typeQueries.ts';

/** Of two integer values, before they are promoted. */
export function warnAboutComparison(c: Checker, syntax: BinarySyntax, op: CompareOp, left: Expr, right: Expr): void {
  if (c.unevaluated) return;
  warnAboutNot(c, syntax, left, right, 'comparison');
  warnAboutMask(c, syntax, op);
  if (warnAboutEnums(c, syntax, left, right) || warnAboutSelf(c, syntax, op, left, right)) return;
  if (right.kind === 'constant' && left.kind !== 'constant') warnAboutRange(c, syntax, op, left, right.value, right);
  else if (left.kind === 'constant' && right.kind !== 'constant')
    warnAboutRange(c, syntax, MIRRORED[op], right, left.value, left);
}

const MIRRORED: Readonly<Record<CompareOp, CompareOp>> = { eq: 'eq', ne: 'ne', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' };

/** `!x == y` compares the outcome of `!x`. */
function warnAboutNot(
  c: Checker,
  { left: syntax }: BinarySyntax,
  left: Expr,
  right: Expr,
  what: 'comparison' | 'bitwise operator',
): void {
  if (syntax.kind !== 'unary' || syntax.op !== '!' || syntax.start >= FIRST_EXPANSION) return;
  if (left.kind !== 'not' || isTruth(right) || isTruth(left.operand)) return;
  const at = { start: syntax.start, end: syntax.start + 1 };
  const message = 'logical not is only applied to the left hand side of this';
  reportWarning(c.problems, 'logical-not-parentheses', at, `${message} ${what}`, {
    notes: [
      { at, message: `add parentheses after the '!' to evaluate the ${what} first` },
      { at, message: 'add parentheses around left hand side expression to silence this warning' },
    ],
  });
}

/** `!x & y`. */
export function warnAboutBits(c: Checker, syntax: BinarySyntax, left: Expr, right: Expr): void {
  if (!c.unevaluated) warnAboutNot(c, syntax, left, right, 'bitwise operator');
}

/** `(x & 8) == 3`: bits that are never there. Mirrors checkIncorrectEqualityOperator of clang's CFG.cpp. */
function warnAboutMask(c: Checker, syntax: BinarySyntax, op: CompareOp): void {
  if ((op !== 'eq' && op !== 'ne') || c.body === null || c.dead) return;
  const [number, masked] = [plainNumber(syntax.left) ?? plainNumber(syntax.right), withoutParens(syntax.left)];
  const bits = plainNumber(syntax.left) === null ? masked : withoutParens(syntax.right);
  if (number === null || bits.kind !== 'binary' || (bits.op !== '&' && bits.op !== '|')) return;
  const mask = plainNumber(bits.left) ?? plainNumber(bits.right);
  if (mask === null || [syntax, bits].some((one) => one.opAt.start >= FIRST_EXPANSION)) return;
  if ((bits.op === '&' ? number & mask : number | mask) === number) return;
  reportWarning(
    c.problems,
    'tautological-bitwise-compare',
    syntax.opAt,
    `bitwise comparison always evaluates to ${op === 'ne'}`,
  );
}

function withoutParens(syntax: ExprSyntax): ExprSyntax {
  return syntax.kind === 'paren' ? withoutParens(syntax.inner) : syntax;
}

function plainNumber(syntax: ExprSyntax): bigint | null {
  const inner = withoutParens(syntax);
  if (inner.kind !== 'number' || inner.start >= FIRST_EXPANSION) return null;
  const literal = readNumber(inner.text);
  return literal.kind === 'int' ? literal.value : null;
}

export function isTruth(expr: Expr): boolean {
  return ['compare', 'not', 'logical'].includes(expr.kind) || plainType(expr.type).kind === 'bool';
}

function warnAboutEnums(c: Checker, syntax: BinarySyntax, left: Expr, right: Expr): boolean {
  const [one, other] = [enumOf(left), enumOf(right)];
  if (one === null || other === null || asEnum(one) === asEnum(other)) return false;
  const message = `comparison of different enumeration types (${quoteType(one)} and ${quoteType(other)})`;
  reportWarning(c.problems, 'enum-compare', syntax.opAt, message);
  return true;
}

function warnAboutSelf(c: Checker, syntax: BinarySyntax, op: CompareOp, left: Expr, right: Expr): boolean {
  if (left.kind !== 'load' || right.kind !== 'load' || left.volatile || syntax.start >= FIRST_EXPANSION) return false;
  const [one, other] = [left.object, right.object];
  if (one.kind !== 'variable' || other.kind !== 'variable' || one.variable !== other.variable) return false;
  const message = `self-comparison always evaluates to ${foldCompare(op, 0n, 0n)}`;
  reportWarning(c.problems, 'tautological-compare', syntax.opAt, message);
  return true;
}

/** `text == "abc"` compares addresses. */
export function warnAboutText(c: Checker, opAt: Range): void {
  const message =
    'result of comparison against a string literal is unspecified (use an explicit string comparison function instead)';
  if (!c.unevaluated) reportWarning(c.problems, 'string-compare', opAt, message);
}

/** A number that the other side's type cannot hold. */
function warnAboutRange(
  c: Checker,
  syntax: BinarySyntax,
  op: CompareOp,
  value: Expr,
  number: bigint,
  constant: Expr,
): void {
  const stored = integerOf(value.type);
  const [one, other] = [promotedType(value.type), promotedType(constant.type)];
  if (stored === null || one === null || other === null || !isInteger(constant.type)) return;
  if (fieldBits(value) !== null || plainType(value.type).kind === 'enum') return;
  const type = commonType(one, other);
  const isBool = isTruth(value);
  const bits = BigInt(isBool ? 1 : bitsOf(value.type));
  const least = isSigned(value.type) && !isBool ? -(1n << (bits - 1n)) : 0n;
  const most = isSigned(value.type) && !isBool ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  if (wrapTo(type, least) !== least) return;
  const wrapped = wrapTo(type, number);
  const what =
    isBool && plainType(value.type).kind !== 'bool'
      ? 'boolean expression'
      : `expression of type ${quoteType(value.type)}`;
  if (wrapped >= least && wrapped <= most) return isBool ? warnAboutEdge(c, syntax, op, number, what) : undefined;
  const outcome = foldCompare(op, wrapped > most ? most : least, wrapped);
  const message = `result of comparison of constant ${number} with ${what} is always ${outcome}`;
  reportWarning(c.problems, 'tautological-constant-out-of-range-compare', syntax.opAt, message);
}

/** Truth compared with 0 or 1, where that says nothing. */
function warnAboutEdge(c: Checker, { opAt }: BinarySyntax, op: CompareOp, number: bigint, what: string): void {
  const [zero, one] = [foldCompare(op, 0n, number), foldCompare(op, 1n, number)];
  if (zero !== one) return;
  const message = `result of comparison of constant ${number} with ${what} is always ${zero}`;
  reportWarning(c.problems, 'tautological-constant-compare', opAt, message);
}
