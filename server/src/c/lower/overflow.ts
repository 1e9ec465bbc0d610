/** `__builtin_add_overflow` and its kin: the result as if by infinite precision, and whether it fitted. */
import type { Value } from '../ir/ir.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { converted } from './conversion.ts';
import { binary, compare, number, toInt64, zeroLike } from './emit.ts';
import { isNegative } from './bits.ts';
import { write } from './memory.ts';
import { argument, pointed } from './object.ts';
import { integerOf, pointeeOf, type Integer } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

type BuiltinExpr = Extract<Expr, { kind: 'builtin' }>;
type Op = 'add' | 'sub' | 'mul';

export function overflow(f: BodyState, expr: BuiltinExpr, op: Op): Value {
  const [left, right, target] = [argument(expr, 0), argument(expr, 1), argument(expr, 2)];
  const type = pointeeOf(target.type) ?? expr.type;
  const types = [left.type, right.type, type].map((one) => integerOf(one) ?? UNKNOWN);
  const operands = [left, right].map((one) => ({ value: value(f, one), type: one.type }));
  const place = pointed(f, target);
  const [a, b] = operands;
  const known = a && b ? computed(f, op, a, b, type, types) : null;
  if (!known) {
    f.unit.fail(expr, `__builtin_${op}_overflow of 64-bit integers of different or signed types is not supported`);
    return number(f, 'i32', 0);
  }
  write(f, place, type, known.result, false);
  return known.overflowed;
}

interface Operand {
  readonly value: Value;
  readonly type: CType;
}

interface Outcome {
  readonly result: Value;
  readonly overflowed: Value;
}

const UNKNOWN: Integer = { bits: 128, signed: false };

function computed(
  f: BodyState,
  op: Op,
  a: Operand,
  b: Operand,
  type: CType,
  types: readonly Integer[],
): Outcome | null {
  if (types.every(({ bits }) => bits <= 32)) return narrow(f, op, a, b, type);
  const [first] = types;
  const same = types.every(({ bits, signed }) => bits === 64 && signed === first?.signed);
  if (!same || !first) return null;
  return wide(f, op, a.value, b.value, first.signed);
}

/** In 64 bits: no result of operands of 32 looks there like the extension of another one of 32. */
function narrow(f: BodyState, op: Op, a: Operand, b: Operand, type: CType): Outcome {
  const [left, right] = [a, b].map((one) => toInt64(f, one.value, integerOf(one.type)?.signed ?? false));
  const exact = binary(f, op, left ?? a.value, right ?? b.value);
  const result = converted(f, exact, LONG, type);
  const again = toInt64(f, result, integerOf(type)?.signed ?? false);
  return { result, overflowed: compare(f, 'ne', exact, again) };
}

const LONG: CType = { kind: 'int', name: 'long', bits: 64, signed: true };

function wide(f: BodyState, op: Op, a: Value, b: Value, signed: boolean): Outcome | null {
  const result = binary(f, op, a, b);
  if (op === 'mul') return signed ? null : { result, overflowed: productOverflows(f, a, b, result) };
  if (!signed) {
    const overflowed = op === 'add' ? compare(f, 'ult', result, a) : compare(f, 'ult', a, b);
    return { result, overflowed };
  }
  const other = op === 'add' ? binary(f, 'xor', b, result) : binary(f, 'xor', a, b);
  const wrong = binary(f, 'and', binary(f, 'xor', a, result), other);
  return { result, overflowed: isNegative(f, wrong) };
}

/** Dividing by zero gives zero on this machine, which is what the product with zero needs. */
function productOverflows(f: BodyState, a: Value, b: Value, result: Value): Value {
  const back = compare(f, 'ne', binary(f, 'udiv', result, a), b);
  const nonzero = compare(f, 'ne', a, zeroLike(f, a));
  return binary(f, 'and', back, nonzero);
}
