/**
 * Builtins that count bits in operands of any unsigned type, `__builtin_popcountg` and its kin. Source: clang's
 * SemaChecking.cpp and CGBuiltin.cpp (v19).
 */
import { reportError } from '../problem.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { argumentsFit } from './builtinCall.ts';
import { converted, Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import { bitsOf, isSigned, promotedType } from './conversions.ts';
import { checkValue } from './expression.ts';
import type { CallSyntax } from './expressionCall.ts';
import { errorExpr, unsupported } from './nodes.ts';
import { quoteType } from './printType.ts';
import { BOOL, INT, UNSIGNED_INT, UNSIGNED_LONG, plainType } from './typeQueries.ts';

export type Count = 'popcount' | 'clz' | 'ctz';

/** `__builtin_clzg(x, 8)`: the second argument is the result for zero, which has none by itself. */
export function countGeneric(c: Checker, count: Count, syntax: CallSyntax): Expr {
  const [value, zero] = syntax.args.map((arg) => checkValue(c, arg));
  if (!argumentsFit(c, syntax, 1, count === 'popcount' ? 1 : 2, '') || value === undefined) return errorExpr(syntax);
  if (value.kind === 'error' || zero?.kind === 'error') return errorExpr(syntax);
  if (!isUnsigned(value.type)) return wrong(c, value, '1st argument must be an unsigned integer');
  if (zero !== undefined && promotedType(zero.type) !== INT) return wrong(c, zero, "2nd argument must be an 'int'");
  if (bitsOf(value.type) > 64)
    return unsupported(c, value, 'bits of 128-bit integers cannot be counted; count those of both halves');
  const s = new Steps(c, syntax);
  const x = s.keep(value);
  const result = counted(s, count, x());
  if (zero === undefined) return s.result(result);
  const fallback = s.keep(s.as(INT, zero));
  return s.result(s.choose(s.is('eq', x(), s.number(0n, value.type)), fallback(), result));
}

/** `__builtin_clzs`: of an `unsigned short`. */
export function countOf(c: Checker, count: Count, type: CType, syntax: CallSyntax): Expr {
  if (!argumentsFit(c, syntax, 1)) return errorExpr(syntax);
  const s = new Steps(c, syntax);
  return s.result(counted(s, count, converted(c, syntax, 0, type)));
}

function isUnsigned(type: CType): boolean {
  const { kind } = plainType(type);
  return (kind === 'int' || kind === 'bool') && !isSigned(type);
}

function wrong(c: Checker, at: Expr, what: string): Expr {
  reportError(c.problems, 'c-call', at, `${what} (was ${quoteType(at.type)})`);
  return errorExpr(at);
}

/** In 32 or 64 bits; zeros before the first one are those of the narrower type. */
function counted(s: Steps, count: Count, value: Expr): Expr {
  const bits = plainType(value.type) === BOOL ? 1 : bitsOf(value.type);
  const work = bits === 64 ? UNSIGNED_LONG : UNSIGNED_INT;
  const found = s.call(count, [s.as(work, value)], INT);
  if (count !== 'clz' || bits >= 32) return found;
  return s.with('sub', found, s.number(BigInt(32 - bits), INT));
}
