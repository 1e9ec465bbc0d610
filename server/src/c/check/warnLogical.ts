/** Conditions whose outcome is known, or that look like something else. Mirrors clang's CheckLogicalOperands (SemaExpr.cpp) and CFG.cpp (v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { CompareOp, Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import type { BinarySyntax } from './expressionBinary.ts';
import { foldCompare } from './fold.ts';
import { lookup, type Entity } from './scope.ts';
import { isInteger, plainType } from './typeQueries.ts';

export function warnAboutLogical(c: Checker, syntax: BinarySyntax, left: Expr, right: Expr): void {
  if (c.unevaluated) return;
  if (warnAboutEnumerators(c, syntax)) return;
  warnAboutConstant(c, syntax, left, right);
  if (c.dead || c.body === null || isFromMacro(syntax)) return;
  const op = syntax.op === '&&' ? '&&' : '||';
  if (isNegation(c, syntax.left, syntax.right) || isNegation(c, syntax.right, syntax.left)) {
    const message = `'${op}' of a value and its negation always evaluates to ${op === '||'}`;
    reportWarning(c.problems, 'tautological-negation-compare', syntax.opAt, message);
    return;
  }
  const outcome = overlap(c, op, syntax.left, syntax.right);
  if (outcome === null) return;
  const message = `overlapping comparisons always evaluate to ${outcome}`;
  reportWarning(c.problems, 'tautological-overlap-compare', syntax.opAt, message);
}

function isFromMacro({ start, end, opAt }: BinarySyntax): boolean {
  return start >= FIRST_EXPANSION || end >= FIRST_EXPANSION || opAt.start >= FIRST_EXPANSION;
}

/** `x && FLAG`: an enumerator that is neither 0 nor 1. */
function warnAboutEnumerators(c: Checker, syntax: BinarySyntax): boolean {
  const found = [syntax.left, syntax.right].some((side) => {
    const entity = side.kind === 'identifier' ? lookup(c.scope, side.name) : null;
    return entity?.kind === 'enumerator' && entity.enumerator.value !== 0n && entity.enumerator.value !== 1n;
  });
  if (found) reportWarning(c.problems, 'int-in-bool-context', syntax.opAt, 'converting the enum constant to a boolean');
  return found;
}

/** `x && 4`: a `&` was meant. */
function warnAboutConstant(c: Checker, { op, opAt }: BinarySyntax, left: Expr, right: Expr): void {
  if (opAt.start >= FIRST_EXPANSION || !isInteger(left.type) || plainType(left.type).kind === 'bool') return;
  const value = isInteger(right.type) ? evaluateInt(right, true) : null;
  if (value === null || value === 0n || value === 1n) return;
  reportWarning(c.problems, 'constant-logical-operand', opAt, `use of logical '${op}' with constant operand`, {
    notes: [
      { at: opAt, message: `use '${op === '&&' ? '&' : '|'}' for a bitwise operation` },
      ...(op === '&&' ? [{ at: opAt, message: 'remove constant to silence this warning' }] : []),
    ],
  });
}

function isNegation(c: Checker, plain: ExprSyntax, other: ExprSyntax): boolean {
  const [one, negated] = [withoutParens(plain), withoutParens(other)];
  if (negated.kind !== 'unary' || negated.op !== '!') return false;
  const variable = variableOf(c, one);
  return variable !== null && variable === variableOf(c, withoutParens(negated.operand));
}

function withoutParens(syntax: ExprSyntax): ExprSyntax {
  return syntax.kind === 'paren' ? withoutParens(syntax.inner) : syntax;
}

function variableOf(c: Checker, syntax: ExprSyntax): Entity | null {
  if (syntax.kind !== 'identifier' || syntax.start >= FIRST_EXPANSION) return null;
  const entity = lookup(c.scope, syntax.name);
  return entity?.kind === 'local' || entity?.kind === 'global' ? entity : null;
}

interface Bound {
  readonly variable: Entity;
  readonly op: CompareOp;
  readonly value: bigint;
}

const COMPARE: Readonly<Record<string, CompareOp>> = {
  '<': 'lt',
  '>': 'gt',
  '<=': 'le',
  '>=': 'ge',
  '==': 'eq',
  '!=': 'ne',
};
const MIRRORED: Readonly<Record<CompareOp, CompareOp>> = { eq: 'eq', ne: 'ne', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' };

/** Two comparisons of one variable: what they give together, tried around both numbers. */
function overlap(c: Checker, op: '&&' | '||', left: ExprSyntax, right: ExprSyntax): boolean | null {
  const [one, other] = [boundOf(c, withoutParens(left)), boundOf(c, withoutParens(right))];
  if (one === null || other === null || one.variable !== other.variable) return null;
  const around = [one.value, other.value].flatMap((value) => [value - 1n, value, value + 1n]);
  const outcomes = new Set(
    around.map((value) => {
      const [first, second] = [one, other].map((bound) => foldCompare(bound.op, value, bound.value));
      return op === '&&' ? first && second : first || second;
    }),
  );
  return outcomes.size === 1 ? (outcomes.values().next().value ?? null) : null;
}

function boundOf(c: Checker, syntax: ExprSyntax): Bound | null {
  const op = syntax.kind === 'binary' && syntax.opAt.start < FIRST_EXPANSION ? COMPARE[syntax.op] : undefined;
  if (syntax.kind !== 'binary' || op === undefined) return null;
  const [left, right] = [withoutParens(syntax.left), withoutParens(syntax.right)];
  const isRight = right.kind === 'number';
  const variable = variableOf(c, isRight ? left : right);
  const value = literalOf(isRight ? right : left);
  return variable === null || value === null ? null : { variable, op: isRight ? op : MIRRORED[op], value };
}

/** Plain numbers; those of macros and other types may mean something else. */
function literalOf(syntax: ExprSyntax): bigint | null {
  if (
    syntax.kind !== 'number' ||
    syntax.start >= FIRST_EXPANSION ||
    !/^(?:0[xX][\da-fA-F]{1,7}|\d{1,9})$/.test(syntax.text)
  )
    return null;
  return BigInt(/^0\d/.test(syntax.text) ? `0o${syntax.text.slice(1)}` : syntax.text);
}
