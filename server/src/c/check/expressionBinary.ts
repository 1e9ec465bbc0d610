/** Binary operators. Source: C11 6.5.5 to 6.5.17. */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { BinaryOp, ExprSyntax } from '../syntax.ts';
import type { ArithmeticOp, CompareOp, Expr } from '../typed.ts';
import type { IntType } from '../types.ts';
import type { Checker } from './checker.ts';
import { evaluate, truthOf } from './constant.ts';
import { bitsOf, commonType, promotedType } from './conversions.ts';
import { checkExpr, whereDead } from './expression.ts';
import { comparePointers, pointerDifference, pointerSum } from './expressionPointer.ts';
import { foldArithmetic, foldCompare } from './fold.ts';
import { constantExpr, convertTo, errorExpr, isNullConstant, noFloat, promote, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { INT, integerOf, isArithmetic, isInteger, isPointer, isScalar, plainType } from './typeQueries.ts';
import { warnAboutNull, warnAboutTruth } from './warnAddress.ts';
import { warnAboutArithmetic } from './warnArithmetic.ts';
import { warnAboutBits, warnAboutComparison, warnAboutText } from './warnComparison.ts';
import { warnAboutLogical } from './warnLogical.ts';
import { warnAboutParentheses } from './warnParentheses.ts';
import { warnAboutSizeofDivision } from './warnSizeof.ts';
import { noteIgnored } from './warnUnusedNames.ts';
import { warnAboutUnusedValue } from './warnUnused.ts';

export type BinarySyntax = Extract<ExprSyntax, { kind: 'binary' }>;

const ARITHMETIC: Readonly<Partial<Record<BinaryOp, ArithmeticOp>>> = {
  '*': 'mul', '/': 'div', '%': 'mod', '+': 'add', '-': 'sub', '<<': 'shl', '>>': 'shr', '&': 'and', '^': 'xor', '|': 'or',
}; // prettier-ignore

const COMPARE: Readonly<Partial<Record<BinaryOp, CompareOp>>> = {
  '<': 'lt', '>': 'gt', '<=': 'le', '>=': 'ge', '==': 'eq', '!=': 'ne',
}; // prettier-ignore

export function checkBinary(c: Checker, syntax: BinarySyntax): Expr {
  if (syntax.op === ',') return comma(c, syntax);
  const first = checkExpr(c, syntax.left);
  const second = whereDead(c, decides(syntax.op, first), () => checkExpr(c, syntax.right));
  const [left, right] = [valueOf(c, first), valueOf(c, second)];
  if (left.kind === 'error' || right.kind === 'error') return errorExpr(syntax);
  warnAboutParentheses(c, syntax);
  const pair: Pair = { syntax, left, right, written: [first, second] };
  if (syntax.op === '&&' || syntax.op === '||') return logical(c, pair, syntax.op === '&&' ? 'and' : 'or');
  const compare = COMPARE[syntax.op];
  if (compare !== undefined) return comparison(c, pair, compare);
  return arithmetic(c, pair, ARITHMETIC[syntax.op] ?? 'add');
}

/** Whether the left side alone says what `&&` or `||` gives. */
function decides(op: BinaryOp, left: Expr): boolean {
  if ((op !== '&&' && op !== '||') || left.kind !== 'constant') return false;
  return (left.value !== 0n) === (op === '||');
}

/** Two values, and what they were before they were read. */
interface Pair {
  readonly syntax: BinarySyntax;
  readonly left: Expr;
  readonly right: Expr;
  readonly written: readonly [Expr, Expr];
}

function comma(c: Checker, syntax: BinarySyntax): Expr {
  const first = checkExpr(c, syntax.left);
  noteIgnored(c, syntax.left);
  warnAboutUnusedValue(c, first, syntax.left, 'comma');
  const second = valueOf(c, checkExpr(c, syntax.right));
  if (first.kind === 'error' || second.kind === 'error') return errorExpr(syntax);
  const { start, end } = syntax;
  return { kind: 'comma', first: valueOf(c, first), second, type: second.type, start, end };
}

export function invalidOperands(c: Checker, opAt: Range, at: Range, left: Expr, right: Expr): Expr {
  const message = `invalid operands to binary expression (${quoteType(left.type)} and ${quoteType(right.type)})`;
  reportError(c.problems, 'c-type', opAt, message);
  return errorExpr(at);
}

function logical(c: Checker, { syntax, left, right, written }: Pair, op: 'and' | 'or'): Expr {
  if (!isScalar(left.type) || !isScalar(right.type)) return invalidOperands(c, syntax.opAt, syntax, ...written);
  for (const side of written) warnAboutTruth(c, side);
  warnAboutLogical(c, syntax, left, right);
  const { start, end } = syntax;
  const known = truthOf(evaluate(left, false));
  if (known === (op === 'or')) return constantExpr(INT, op === 'or' ? 1n : 0n, syntax);
  const other = known === null ? null : truthOf(evaluate(right, false));
  if (other !== null) return constantExpr(INT, other ? 1n : 0n, syntax);
  return { kind: 'logical', op, left, right, type: INT, start, end };
}

function comparison(c: Checker, { syntax, left, right, written }: Pair, op: CompareOp): Expr {
  if (!isScalar(left.type) || !isScalar(right.type)) return invalidOperands(c, syntax.opAt, syntax, ...written);
  if (isPointer(left.type) || isPointer(right.type)) {
    const numbers = isArithmetic(left.type) ? left : right;
    if (!isPointer(numbers.type) && !isInteger(numbers.type))
      return invalidOperands(c, syntax.opAt, syntax, ...written);
    if ((op === 'eq' || op === 'ne') && isNullConstant(right)) warnAboutNull(c, op, written[0]);
    if ((op === 'eq' || op === 'ne') && isNullConstant(left)) warnAboutNull(c, op, written[1]);
    if (written.some(({ kind }) => kind === 'string')) warnAboutText(c, syntax.opAt);
    return comparePointers(c, op, left, right, syntax, syntax.opAt);
  }
  warnAboutComparison(c, syntax, op, left, right);
  const both = commonOperands(c, left, right);
  if (both === null) return errorExpr(syntax);
  const [one, other] = both;
  const { start, end } = syntax;
  if (one.kind === 'constant' && other.kind === 'constant')
    return constantExpr(INT, foldCompare(op, one.value, other.value) ? 1n : 0n, syntax);
  return { kind: 'compare', op, left: one, right: other, type: INT, start, end };
}

function arithmetic(c: Checker, pair: Pair, op: ArithmeticOp): Expr {
  const { syntax, left, right, written } = pair;
  if (isPointer(left.type) || isPointer(right.type)) return pointerArithmetic(c, pair, op);
  const fits = isArithmetic(left.type) && isArithmetic(right.type) && (isWholeToo(op) || bothInteger(left, right));
  if (!fits) return invalidOperands(c, syntax.opAt, syntax, ...written);
  if (op === 'div') warnAboutSizeofDivision(c, syntax);
  if (op === 'and') warnAboutBits(c, syntax, left, right);
  return combine(c, op, left, right, syntax, syntax.opAt);
}

/** Operators that floating-point numbers have, too. */
function isWholeToo(op: ArithmeticOp): boolean {
  return op === 'add' || op === 'sub' || op === 'mul' || op === 'div';
}

function bothInteger(left: Expr, right: Expr): boolean {
  return isInteger(left.type) && isInteger(right.type);
}

function pointerArithmetic(c: Checker, { syntax, left, right, written }: Pair, op: ArithmeticOp): Expr {
  const pointers = isPointer(left.type) && isPointer(right.type);
  if (op === 'sub' && pointers) return pointerDifference(c, left, right, syntax, syntax.opAt);
  if (op === 'sub' && isPointer(left.type) && isInteger(right.type))
    return pointerSum(c, left, right, true, syntax, syntax.opAt);
  if (op === 'add' && isPointer(left.type) && isInteger(right.type))
    return pointerSum(c, left, right, false, syntax, syntax.opAt);
  if (op === 'add' && isInteger(left.type) && isPointer(right.type))
    return pointerSum(c, right, left, false, syntax, syntax.opAt);
  return invalidOperands(c, syntax.opAt, syntax, ...written);
}

/** Both operands in their common type; null after a report. */
export function commonOperands(c: Checker, left: Expr, right: Expr): readonly [Expr, Expr] | null {
  const [one, other] = [promote(c, left), promote(c, right)];
  const type = commonIntegerType(c, one, other);
  if (type === null) return null;
  const both = [convertTo(c, one, type), convertTo(c, other, type)] as const;
  return both.some(({ kind }) => kind === 'error') ? null : both;
}

/** Of promoted operands; null after saying that one is no integer. */
function commonIntegerType(c: Checker, left: Expr, right: Expr): IntType | null {
  const [one, other] = [promotedType(left.type), promotedType(right.type)];
  if (one !== null && other !== null) return commonType(one, other);
  if (left.kind !== 'error' && right.kind !== 'error') noFloat(c, one === null ? left : right);
  return null;
}

/** Arithmetic of two integer values, in their common type; shifts in the type of the left one (C11 6.5.7p3). */
export function combine(c: Checker, op: ArithmeticOp, left: Expr, right: Expr, at: Range, opAt: Range): Expr {
  const both = op === 'shl' || op === 'shr' ? shiftOperands(c, left, right) : commonOperands(c, left, right);
  if (both === null) return errorExpr(at);
  const [one, other] = both;
  const { type } = one;
  warnAboutArithmetic(c, op, one, other, opAt);
  if (one.kind === 'constant' && other.kind === 'constant') {
    const value = foldArithmetic(op, one.value, other.value, type);
    if (value !== null) return constantExpr(type, value, at);
  }
  const { start, end } = at;
  return { kind: 'arithmetic', op, left: one, right: other, type: integerOf(type) ?? type, start, end };
}

/** The count in the type of what is shifted: what that cuts off would be undefined anyhow. */
function shiftOperands(c: Checker, left: Expr, right: Expr): readonly [Expr, Expr] | null {
  const one = promote(c, left);
  const count = promote(c, right);
  if (one.kind === 'error' || count.kind === 'error') return null;
  if (plainType(one.type).kind === 'float') return null;
  const fits = count.kind === 'constant' && (count.value < 0n || count.value >= BigInt(bitsOf(one.type)));
  const other = fits ? { ...count, type: one.type } : convertTo(c, count, one.type);
  return other.kind === 'error' ? null : [one, other];
}
