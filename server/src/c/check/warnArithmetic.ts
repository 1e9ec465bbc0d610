/** Operations on constants that C does not define. Mirrors SemaExpr.cpp's and SemaChecking.cpp's warnings (clang v19). */
import { reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ArithmeticOp, Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { bitsOf, isSigned, wrapTo } from './conversions.ts';
import { exactResult } from './fold.ts';
import { quoteType } from './printType.ts';

/** Of promoted operands; those of a shift each in its own type. */
export function warnAboutArithmetic(c: Checker, op: ArithmeticOp, left: Expr, right: Expr, opAt: Range): void {
  if (c.unevaluated || c.dead || right.kind !== 'constant') return;
  if (op === 'div' || op === 'mod') warnAboutZero(c, op, right.value, opAt);
  else if (op === 'shl' || op === 'shr') warnAboutShift(c, op, left, right.value, opAt);
  if (left.kind === 'constant') warnAboutOverflow(c, op, left, right.value, opAt);
}

function warnAboutZero(c: Checker, op: 'div' | 'mod', divisor: bigint, opAt: Range): void {
  if (divisor !== 0n) return;
  const word = op === 'div' ? 'division' : 'remainder';
  reportWarning(c.problems, 'division-by-zero', opAt, `${word} by zero is undefined`);
}

function warnAboutShift(c: Checker, op: 'shl' | 'shr', left: Expr, count: bigint, opAt: Range): void {
  if (count < 0n) reportWarning(c.problems, 'shift-count-negative', opAt, 'shift count is negative');
  else if (count >= BigInt(bitsOf(left.type)))
    reportWarning(c.problems, 'shift-count-overflow', opAt, 'shift count >= width of type');
  else if (op === 'shl' && left.kind === 'constant' && isSigned(left.type)) warnAboutShifted(c, left, count, opAt);
}

/** A lost sign bit alone is not told. */
function warnAboutShifted(c: Checker, left: Expr & { kind: 'constant' }, count: bigint, opAt: Range): void {
  if (left.value < 0n) {
    reportWarning(c.problems, 'shift-negative-value', opAt, 'shifting a negative signed value is undefined');
    return;
  }
  const [bits, width] = [left.value.toString(2).length + 1 + Number(count), bitsOf(left.type)];
  if (left.value === 0n || bits - 1 <= width) return;
  const hex = (left.value << count).toString(16).toUpperCase();
  const message = `signed shift result (0x${hex}) requires ${bits} bits to represent, but ${quoteType(left.type)} only has ${width} bits`;
  reportWarning(c.problems, 'shift-overflow', opAt, message);
}

function warnAboutOverflow(
  c: Checker,
  op: ArithmeticOp,
  left: Expr & { kind: 'constant' },
  right: bigint,
  opAt: Range,
): void {
  if (!isSigned(left.type) || op === 'shl' || op === 'shr') return;
  const exact = exactResult(op, left.value, right, bitsOf(left.type));
  if (exact === null) return;
  const held = wrapTo(left.type, exact);
  if (held === exact) return;
  const message = `overflow in expression; result is ${grouped(held)} with type ${quoteType(left.type)}`;
  reportWarning(c.problems, 'integer-overflow', opAt, message);
}

/** As clang writes numbers there: -2'147'483'648. */
function grouped(value: bigint): string {
  return value.toString().replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, "'");
}
