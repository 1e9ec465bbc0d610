/**
 * `__builtin_elementwise_…` of integers: BPF has no vectors, whose elements they are meant for, but they are as good for
 * single numbers. Source: clang's SemaChecking.cpp (`BuiltinElementwiseMath`, v19).
 */
import { reportError } from '../problem.ts';
import type { Expr } from '../typed.ts';
import type { IntType } from '../types.ts';
import { reversed } from './builtinBits.ts';
import { argumentsFit } from './builtinCall.ts';
import { Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import { isSigned, unsignedOf } from './conversions.ts';
import { checkValue } from './expression.ts';
import { commonOperands } from './expressionBinary.ts';
import type { CallSyntax } from './expressionCall.ts';
import { errorExpr, promote, unsupported } from './nodes.ts';
import { quoteType } from './printType.ts';
import { integerOf, isArithmetic, isInteger } from './typeQueries.ts';

export type Elementwise = 'max' | 'min' | 'abs' | 'bitreverse' | 'add_sat' | 'sub_sat';

export function elementwise(c: Checker, op: Elementwise, syntax: CallSyntax): Expr {
  const args = syntax.args.map((arg) => checkValue(c, arg));
  const isSingle = op === 'abs' || op === 'bitreverse';
  if (!argumentsFit(c, syntax, isSingle ? 1 : 2)) return errorExpr(syntax);
  const [left = errorExpr(syntax), right = left] = args.map((arg) => promote(c, arg));
  if (left.kind === 'error' || right.kind === 'error') return errorExpr(syntax);
  const message = wrongOperands(op, left, right);
  if (message !== null) {
    reportError(c.problems, 'c-call', left, message);
    return errorExpr(syntax);
  }
  const both = commonOperands(c, left, right);
  const type = both === null ? null : integerOf(both[0].type);
  if (both === null || type === null) return errorExpr(syntax);
  if (type.bits === 128) return unsupported(c, syntax, 'BPF computes this with at most 64 bits; write it out');
  const s = new Steps(c, syntax);
  return unfolded(s.result(RULES[op](s, type, both[0], both[1])));
}

/** In constant expressions clang does not know them. */
function unfolded(value: Expr): Expr {
  const { type, start, end } = value;
  return value.kind === 'constant' ? { kind: 'statementExpr', body: [], value, type, start, end } : value;
}

function wrongOperands(op: Elementwise, left: Expr, right: Expr): string | null {
  const fits = ({ type }: Expr): boolean => (op.startsWith('m') ? isArithmetic(type) : isInteger(type));
  if (fits(left) !== fits(right))
    return `arguments are of different types (${quoteType(left.type)} vs ${quoteType(right.type)})`;
  if (fits(left) && (op !== 'abs' || isSigned(left.type))) return null;
  return `1st argument must be ${op === 'abs' && fits(left) ? 'a signed' : 'a vector,'} integer or floating point type (was ${quoteType(left.type)})`;
}

type Rule = (s: Steps, type: IntType, left: Expr, right: Expr) => Expr;

const RULES: Readonly<Record<Elementwise, Rule>> = {
  max: (s, _, left, right) => extreme(s, left, right, 'gt'),
  min: (s, _, left, right) => extreme(s, left, right, 'lt'),
  abs: (s, type, value) => s.call('abs', [value], type),
  bitreverse: (s, type, value) => s.as(type, reversed(s, type.bits, value)),
  add_sat: (s, type, left, right) => saturated(s, type, left, right, 'add'),
  sub_sat: (s, type, left, right) => saturated(s, type, left, right, 'sub'),
};

function extreme(s: Steps, left: Expr, right: Expr, wanted: 'lt' | 'gt'): Expr {
  const [one, other] = [s.keep(left), s.keep(right)];
  return s.choose(s.is(wanted, one(), other()), one(), other());
}

/** A sum that does not fit gives the number that is nearest to it. */
function saturated(s: Steps, type: IntType, left: Expr, right: Expr, op: 'add' | 'sub'): Expr {
  const [one, other] = [s.keep(left), s.keep(right)];
  const unsigned = unsignedOf(type);
  const sum = s.keep(s.as(type, s.with(op, s.as(unsigned, one()), s.as(unsigned, other()))));
  const zero = s.number(0n, type);
  const all = s.number((1n << BigInt(type.bits)) - 1n, unsigned);
  if (!type.signed && op === 'add') return s.choose(s.is('lt', sum(), one()), all, sum());
  if (!type.signed) return s.choose(s.is('lt', one(), other()), zero, sum());
  const against = op === 'add' ? s.with('xor', other(), sum()) : s.with('xor', one(), other());
  const overflowed = s.is('lt', s.with('and', s.with('xor', one(), sum()), against), zero);
  const highest = (1n << BigInt(type.bits - 1)) - 1n;
  const nearest = s.choose(s.is('lt', one(), zero), s.number(-highest - 1n, type), s.number(highest, type));
  return s.choose(overflowed, nearest, sum());
}
