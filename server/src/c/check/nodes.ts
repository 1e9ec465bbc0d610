/** Nodes of the checked tree and the conversions between them, folded where the operands are constants. */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { compatible } from './compatible.ts';
import { evaluate } from './constant.ts';
import {
  bitsOf,
  decayed,
  isSigned,
  promotedField,
  promotedType,
  sameScalar,
  unqualified,
  wrapTo,
} from './conversions.ts';
import { forwardNotes } from './incomplete.ts';
import { quoteType } from './printType.ts';
import {
  INT,
  LONG,
  UNSIGNED_LONG,
  VOID,
  asArray,
  asFunction,
  asPointer,
  asRecord,
  isInteger,
  isVoid,
  isVolatile,
  plainType,
  pointerTo,
} from './typeQueries.ts';

export function errorExpr({ start, end }: Range): Expr {
  return { kind: 'error', type: INT, start, end };
}

export function constantExpr(type: CType, value: bigint, { start, end }: Range): Expr & { kind: 'constant' } {
  return { kind: 'constant', type, value: wrapTo(type, value), start, end };
}

/** What we cannot translate and the machine cannot do: never a guess, always one sentence that says what to do. */
export function unsupported(c: Checker, at: Range, message: string): Expr {
  reportError(c.problems, 'unsupported-c', at, message);
  return errorExpr(at);
}

/** Stands for an object (C11 6.3.2.1). */
export function isLvalue(expr: Expr): boolean {
  switch (expr.kind) {
    case 'variable':
    case 'deref':
    case 'string':
    case 'element':
    case 'compoundLiteral':
      return true;
    case 'member':
      return isLvalue(expr.record);
    default:
      return false;
  }
}

/** The expression as an operand: what an lvalue holds, the address of an array's first element or of a function. */
export function valueOf(c: Checker, expr: Expr): Expr {
  const { start, end } = expr;
  if (expr.kind === 'error') return expr;
  if (asFunction(expr.type) !== null) return functionAddress(expr);
  if (asArray(expr.type) !== null) return arrayAddress(c, expr);
  if (!isLvalue(expr)) return expr;
  if (isVoid(expr.type)) return nothingBehind(expr);
  const problem = loadProblem(c, expr);
  if (problem !== null) return problem;
  const load: Expr = { kind: 'load', object: expr, volatile: isVolatile(expr.type), type: unqualified(expr.type), start, end }; // prettier-ignore
  if (expr.caret !== undefined) load.caret = expr.caret;
  return load;
}

function arrayAddress(c: Checker, array: Expr): Expr {
  const { start, end } = array;
  if (isLvalue(array)) return { kind: 'decay', array, type: decayed(array.type), start, end };
  if (c.unevaluated) return { kind: 'error', type: decayed(array.type), start, end };
  return unsupported(
    c,
    array,
    'an array inside of a returned struct has no address; store the struct in a variable first',
  );
}

/** `*p` of a `void *`: only the pointer is computed. */
function nothingBehind(expr: Expr): Expr {
  const { start, end } = expr;
  const operand = expr.kind === 'deref' ? expr.pointer : expr;
  return { kind: 'convert', how: 'discard', operand, type: VOID, start, end };
}

function loadProblem(c: Checker, expr: Expr): Expr | null {
  const plain = plainType(expr.type);
  if (plain.kind === 'float' && !c.unevaluated) return noFloat(c, expr);
  if (asRecord(plain)?.layout !== null) return null;
  reportError(c.problems, 'c-type', expr, `incomplete type ${quoteType(expr.type)} where a complete type is required`, {
    notes: forwardNotes(expr.type),
  });
  return errorExpr(expr);
}

/** The BPF machine has no floating-point registers. */
export function noFloat(c: Checker, expr: Expr): Expr {
  const type = quoteType(expr.type);
  return unsupported(c, expr, `BPF programs cannot compute with floating-point numbers (${type}); use scaled integers`);
}

function functionAddress(expr: Expr): Expr {
  const { start, end } = expr;
  if (expr.kind === 'deref') return { ...expr.pointer, start, end };
  return { kind: 'addressOf', object: expr, type: pointerTo(expr.type), start, end };
}

/** Integer promotion of a value; others stay. */
export function promote(c: Checker, expr: Expr): Expr {
  const bits = fieldBits(expr);
  const type = bits === null ? promotedType(expr.type) : promotedField(expr.type, bits);
  return type === null ? expr : convertTo(c, expr, type);
}

/** Width of the bit-field that a value was read from or stored to. */
export function fieldBits(expr: Expr): number | null {
  switch (expr.kind) {
    case 'load':
      return fieldBits(expr.object);
    case 'assign':
    case 'update':
    case 'increment':
      return fieldBits(expr.target);
    case 'comma':
      return fieldBits(expr.second);
    case 'member':
      return expr.member.bits;
    default:
      return null;
  }
}

/** A scalar value in another scalar type, or thrown away (void). Whether C allows it is the caller's to say. */
export function convertTo(c: Checker, expr: Expr, type: CType): Expr {
  if (expr.kind === 'error') return expr;
  const to = plainType(type);
  const from = plainType(expr.type);
  const { start, end } = expr;
  if (to.kind === 'void' && from.kind === 'void') return expr;
  if (to.kind === 'void') return { kind: 'convert', how: 'discard', operand: expr, type: VOID, start, end };
  if (sameScalar(to, from)) return expr;
  if (to.kind === 'pointer' && from.kind === 'pointer' && compatible(to.to, from.to)) return expr;
  if (from.kind === 'float' && isInteger(to) && expr.kind === 'constant') return constantExpr(type, expr.value, expr);
  if (to.kind === 'float' || from.kind === 'float') return floatConversion(c, expr, type);
  if (expr.kind === 'constant') return constantExpr(type, expr.value, expr);
  if (to.kind === 'bool') return { kind: 'convert', how: 'boolean', operand: expr, type, start, end };
  if (to.kind === 'pointer') return toPointer(c, expr, type);
  if (asPointer(from) !== null) return fromPointer(c, expr, type);
  return { kind: 'convert', how: 'integer', operand: expr, type, start, end };
}

function floatConversion(c: Checker, expr: Expr, type: CType): Expr {
  if (c.unevaluated) return { kind: 'convert', how: 'integer', operand: expr, type, start: expr.start, end: expr.end };
  return noFloat(c, plainType(expr.type).kind === 'float' ? expr : { ...expr, type });
}

export function noWideUpdate(c: Checker, expr: Expr): Expr {
  return unsupported(
    c,
    expr,
    'compound assignment of a 128-bit integer to a narrower one is not supported; write it out',
  );
}

/** Integers are widened first, so that a conversion to a pointer never changes the width. */
function toPointer(c: Checker, expr: Expr, type: CType): Expr {
  const { start, end } = expr;
  const wide = asPointer(expr.type) === null ? convertTo(c, expr, isSigned(expr.type) ? LONG : UNSIGNED_LONG) : expr;
  return { kind: 'convert', how: 'pointer', operand: wide, type, start, end };
}

function fromPointer(c: Checker, expr: Expr, type: CType): Expr {
  const known = evaluate(expr, false);
  if (known?.kind === 'int') return constantExpr(type, known.value, expr);
  const { start, end } = expr;
  const number: Expr = { kind: 'convert', how: 'pointer', operand: expr, type: UNSIGNED_LONG, start, end };
  return bitsOf(type) === 64 ? { ...number, type } : convertTo(c, number, type);
}

/** C11 6.3.2.3p3: an integer constant 0, or that cast to `void *`. */
export function isNullConstant(expr: Expr): boolean {
  if (expr.kind !== 'constant' || expr.value !== 0n) return false;
  if (isInteger(expr.type)) return true;
  const pointer = asPointer(expr.type);
  return pointer !== null && pointer.to.kind === 'void';
}
