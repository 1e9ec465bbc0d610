/** `__builtin_bit_cast(type, value)`: the same bytes as another type. Source: clang's SemaCast.cpp (v19). */
import { reportError } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import { unqualified } from './conversions.ts';
import { typeOfName } from './declarator.ts';
import { checkExpr } from './expression.ts';
import { takeAddress } from './expressionUnary.ts';
import { sizeOf } from './layout.ts';
import { errorExpr, unsupported, valueOf } from './nodes.ts';
import { UNSIGNED_LONG, VOID, asArray, asFunction, isPointer, plainType, pointerTo } from './typeQueries.ts';

export function checkBitCast(c: Checker, syntax: Extract<ExprSyntax, { kind: 'bitCast' }>): Expr {
  const type = unqualified(typeOfName(c, syntax.type));
  const operand = checkExpr(c, syntax.operand);
  if (operand.kind === 'error') return errorExpr(syntax);
  const [from, to] = [sizeOf(operand.type), sizeOf(type)];
  if (from === null || to === null || asArray(type) !== null || asFunction(operand.type) !== null)
    return unsupported(c, syntax, '__builtin_bit_cast of arrays and functions is not supported; use __builtin_memcpy');
  if (from !== to) {
    const message = `__builtin_bit_cast source size does not equal destination size (${from} vs ${to})`;
    reportError(c.problems, 'c-type', syntax, message);
    return errorExpr(syntax);
  }
  const s = new Steps(c, syntax);
  if (isWord(type) && isWord(operand.type)) return { ...s.result(s.as(type, valueOf(c, operand))), type };
  return c.currentFunction === null
    ? unsupported(c, syntax, '__builtin_bit_cast of this outside of functions is not supported; use a union')
    : copied(c, s, type, operand);
}

/** Integers and pointers, of which conversions to the same width keep all bits. */
function isWord(type: CType): boolean {
  return plainType(type).kind === 'int' || plainType(type).kind === 'enum' || isPointer(type);
}

function copied(c: Checker, s: Steps, type: CType, operand: Expr): Expr {
  const source =
    asArray(operand.type) === null ? s.variable(unqualified(operand.type), valueOf(c, operand))() : operand;
  const target = s.variable(type, null);
  const size = s.number(BigInt(sizeOf(type) ?? 0), UNSIGNED_LONG);
  s.first(s.call('memcpy', [addressOf(target()), addressOf(source), size], pointerTo(VOID)));
  return s.result(valueOf(c, target()));
}

function addressOf(object: Expr): Expr {
  takeAddress(object);
  const { start, end } = object;
  return { kind: 'addressOf', object, type: pointerTo(object.type), start, end };
}
