/** Unary operators. Source: C11 6.5.2.4, 6.5.3. */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { evaluate, truthOf } from './constant.ts';
import { unqualified } from './conversions.ts';
import { checkExpr } from './expression.ts';
import { checkAssignable } from './expressionAssign.ts';
import { stepBytes } from './expressionPointer.ts';
import { constantExpr, errorExpr, isLvalue, noFloat, promote, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import {
  INT,
  LONG,
  asArray,
  asFunction,
  asPointer,
  isArithmetic,
  isInteger,
  isPointer,
  isScalar,
  pointerTo,
  isUnknown,
} from './typeQueries.ts';
import { noteAddress } from './warnPacked.ts';
import { warnAboutTruth } from './warnAddress.ts';

type UnarySyntax = Extract<ExprSyntax, { kind: 'unary' }>;
type PostfixSyntax = Extract<ExprSyntax, { kind: 'postfix' }>;

export function checkUnary(c: Checker, syntax: UnarySyntax): Expr {
  switch (syntax.op) {
    case '&':
      return addressOf(c, syntax);
    case '*':
      return dereference(c, syntax);
    case '++':
    case '--':
      return step(c, syntax, checkExpr(c, syntax.operand), syntax.op === '++' ? 1 : -1, false);
    case '__extension__':
      return { ...checkExpr(c, syntax.operand), start: syntax.start, end: syntax.end };
    case '!':
      return not(c, syntax);
    case '+':
    case '-':
    case '~':
      return sign(c, syntax, syntax.op);
  }
}

export function checkPostfix(c: Checker, syntax: PostfixSyntax): Expr {
  return step(c, syntax, checkExpr(c, syntax.operand), syntax.op === '++' ? 1 : -1, true);
}

function wrongOperand(c: Checker, at: Range, operand: Expr): Expr {
  if (operand.kind !== 'error')
    reportError(c.problems, 'c-type', at, `invalid argument type ${quoteType(operand.type)} to unary expression`);
  return errorExpr(at);
}

function not(c: Checker, syntax: UnarySyntax): Expr {
  const written = checkExpr(c, syntax.operand);
  const operand = valueOf(c, written);
  warnAboutTruth(c, written);
  if (!isScalar(operand.type) || operand.kind === 'error') return wrongOperand(c, syntax, operand);
  const known = truthOf(evaluate(operand, false));
  if (known !== null) return constantExpr(INT, known ? 0n : 1n, syntax);
  const { start, end } = syntax;
  return { kind: 'not', operand, type: INT, start, end };
}

function sign(c: Checker, syntax: UnarySyntax, op: '+' | '-' | '~'): Expr {
  const value = valueOf(c, checkExpr(c, syntax.operand));
  const fits = op === '~' ? isInteger(value.type) : isArithmetic(value.type);
  if (!fits || value.kind === 'error') return wrongOperand(c, syntax, value);
  if (!isInteger(value.type)) return noFloat(c, value);
  const operand = promote(c, value);
  const { start, end } = syntax;
  if (op === '+' || operand.kind === 'error') return { ...operand, start, end };
  if (operand.kind === 'constant')
    return constantExpr(operand.type, op === '-' ? -operand.value : ~operand.value, syntax);
  return { kind: op === '-' ? 'negate' : 'complement', operand, type: operand.type, start, end };
}

function dereference(c: Checker, syntax: UnarySyntax): Expr {
  const operand = valueOf(c, checkExpr(c, syntax.operand));
  if (operand.kind === 'error' || isUnknown(operand.type)) return errorExpr(syntax);
  const pointer = asPointer(operand.type);
  if (pointer === null) {
    const message = `indirection requires pointer operand (${quoteType(operand.type)} invalid)`;
    reportError(c.problems, 'c-type', syntax, message);
    return errorExpr(syntax);
  }
  const { start, end } = syntax;
  if (asFunction(pointer.to) !== null && operand.kind === 'addressOf' && operand.object.kind === 'function')
    return { ...operand.object, start, end };
  return { kind: 'deref', pointer: operand, type: pointer.to, start, end };
}

function addressOf(c: Checker, syntax: UnarySyntax): Expr {
  c.addressed = true;
  const object = checkExpr(c, syntax.operand);
  c.addressed = false;
  if (object.kind === 'error') return errorExpr(syntax);
  const isObject = isLvalue(object) || object.kind === 'function';
  if (!isObject) {
    const message = `cannot take the address of an rvalue of type ${quoteType(object.type)}`;
    reportError(c.problems, 'c-assignment', syntax, message);
    return errorExpr(syntax);
  }
  if (object.kind === 'member' && object.member.bits !== null) {
    reportError(c.problems, 'c-assignment', syntax, 'address of bit-field requested');
    return errorExpr(syntax);
  }
  takeAddress(object);
  noteAddress(c, object);
  const { start, end } = syntax;
  const type = pointerTo(object.type);
  if (object.kind === 'deref') return { ...object.pointer, type, start, end };
  return { kind: 'addressOf', object, type, start, end };
}

/** A variable whose address is known elsewhere cannot live in a register. */
export function takeAddress(object: Expr): void {
  for (let inner = object; ;) {
    if (inner.kind === 'member') inner = inner.record;
    else if (inner.kind === 'element') inner = inner.array;
    else if (inner.kind === 'decay') inner = inner.array;
    else {
      const holds = inner.kind === 'variable' || inner.kind === 'compoundLiteral' ? inner.variable : null;
      if (holds?.kind === 'local') holds.addressTaken = true;
      return;
    }
  }
}

/** `++` and `--`, before and behind. */
function step(c: Checker, syntax: UnarySyntax | PostfixSyntax, target: Expr, delta: 1 | -1, post: boolean): Expr {
  if (target.kind === 'error') return errorExpr(syntax);
  const opAt = post
    ? { start: syntax.operand.end, end: syntax.end }
    : { start: syntax.start, end: syntax.operand.start };
  if (!isScalar(target.type) || asFunction(target.type) !== null || asArray(target.type) !== null)
    return cannotStep(c, syntax, target, delta, opAt);
  if (!checkAssignable(c, target, opAt)) return errorExpr(syntax);
  const { start, end } = syntax;
  const type = unqualified(target.type);
  if (isPointer(target.type)) return stepPointer(c, syntax, target, delta, post);
  if (!isInteger(target.type)) return noFloat(c, target);
  return { kind: 'increment', target, delta, post, type, start, end };
}

function cannotStep(c: Checker, syntax: Range, target: Expr, delta: 1 | -1, opAt: Range): Expr {
  const word = delta === 1 ? 'increment' : 'decrement';
  reportError(c.problems, 'c-type', opAt, `cannot ${word} value of type ${quoteType(target.type)}`);
  return errorExpr(syntax);
}

function stepPointer(c: Checker, at: Range, target: Expr, delta: 1 | -1, post: boolean): Expr {
  const bytes = stepBytes(c, asPointer(target.type)?.to ?? target.type, at);
  if (bytes === null) return errorExpr(at);
  const { start, end } = at;
  const by = constantExpr(LONG, BigInt(bytes), at);
  return {
    kind: 'advance',
    target,
    step: by,
    subtract: delta === -1,
    post,
    type: unqualified(target.type),
    start,
    end,
  };
}
