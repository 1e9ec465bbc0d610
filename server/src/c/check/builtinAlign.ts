/** `__builtin_align_up`, `align_down` and `is_aligned`. Source: clang's SemaChecking.cpp (`BuiltinAlignment`, v19). */
import { reportError, reportWarning } from '../problem.ts';
import type { Expr } from '../typed.ts';
import { argumentsFit } from './builtinCall.ts';
import { Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { bitsOf, unsignedOf } from './conversions.ts';
import { checkValue } from './expression.ts';
import type { CallSyntax } from './expressionCall.ts';
import { errorExpr, unsupported } from './nodes.ts';
import { quoteType } from './printType.ts';
import { BOOL, UNSIGNED_LONG, asFunction, asPointer, plainType } from './typeQueries.ts';
import type { CType } from '../types.ts';

export type Alignment = 'up' | 'down' | 'is';

export function aligned(c: Checker, what: Alignment, syntax: CallSyntax): Expr {
  const [value, by] = syntax.args.map((arg) => checkValue(c, arg));
  if (!argumentsFit(c, syntax, 2) || value === undefined || by === undefined) return errorExpr(syntax);
  if (value.kind === 'error' || by.kind === 'error') return errorExpr(syntax);
  const problem = operandProblem(value, by) ?? alignmentProblem(c, what, value, by);
  if (problem !== null) {
    reportError(c.problems, 'c-call', problem.at, problem.message);
    return errorExpr(syntax);
  }
  if (bitsOf(value.type) > 64 || bitsOf(by.type) > 64)
    return unsupported(c, syntax, 'BPF aligns numbers of at most 64 bits');
  const s = new Steps(c, syntax);
  return s.result(computed(s, what, value, by));
}

/** In an unsigned type of the value's width. */
function computed(s: Steps, what: Alignment, value: Expr, by: Expr): Expr {
  const plain = plainType(value.type);
  const type = plain.kind === 'int' ? unsignedOf(plain) : UNSIGNED_LONG;
  const below = s.keep(s.with('sub', s.as(type, by), s.number(1n, type)));
  const start = s.as(type, value);
  if (what === 'is') return s.as(BOOL, s.is('eq', s.with('and', start, below()), s.number(0n, type)));
  const from = what === 'up' ? s.with('add', start, below()) : start;
  const mask = s.with('xor', below(), s.number(-1n, type));
  return { ...s.as(value.type, s.as(type, s.with('and', from, mask))), type: value.type };
}

interface Problem {
  readonly at: Expr;
  readonly message: string;
}

function operandProblem(value: Expr, by: Expr): Problem | null {
  const to = asPointer(value.type)?.to;
  if ((to === undefined && plainType(value.type).kind !== 'int') || (to !== undefined && asFunction(to) !== null))
    return {
      at: value,
      message: `operand of type ${quoteType(value.type)} where arithmetic or pointer type is required`,
    };
  if (isPlainInteger(by.type)) return null;
  return { at: by, message: `used type ${quoteType(by.type)} where integer is required` };
}

function isPlainInteger(type: CType): boolean {
  return plainType(type).kind === 'int';
}

function alignmentProblem(c: Checker, what: Alignment, value: Expr, by: Expr): Problem | null {
  const known = evaluateInt(by, true);
  if (known === null) return null;
  const most = 1n << BigInt(bitsOf(value.type) - 1);
  if (known < 1n) return { at: by, message: 'requested alignment must be 1 or greater' };
  if (known > most) return { at: by, message: `requested alignment must be ${most} or smaller` };
  if ((known & (known - 1n)) !== 0n) return { at: by, message: 'requested alignment is not a power of 2' };
  if (known === 1n) {
    const asked = 'the result of checking whether a value is aligned to 1 byte is always true';
    const message = what === 'is' ? asked : 'aligning a value to 1 byte is a no-op';
    reportWarning(c.problems, 'tautological-compare', by, message);
  }
  return null;
}
