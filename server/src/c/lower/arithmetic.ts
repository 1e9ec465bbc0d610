/** C's operators on numbers and pointers. Source: C11 6.5.3 to 6.5.12. */
import type { BinaryOp, Value } from '../ir/ir.ts';
import type { ArithmeticOp, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { binary, binaryWith, number, toInt32, toInt64 } from './emit.ts';
import { isSigned } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

/** `type` is the one that is computed in; the amount of a shift may have another one. */
export function arithmetic(f: BodyState, op: ArithmeticOp, left: Value, right: Value, type: CType): Value {
  const kind = kindOf(op, isSigned(type));
  if (op !== 'shl' && op !== 'shr') return overflowing(f, binary(f, kind, left, right), type);
  return binary(f, kind, left, left.type === 'i32' ? toInt32(f, right) : toInt64(f, right, false));
}

/** Signed sums, differences and products do not overflow (C11 6.5 p5). */
export function overflowing(f: BodyState, result: Value, type: CType): Value {
  const isSum = result.op === 'binary' && (result.kind === 'add' || result.kind === 'sub' || result.kind === 'mul');
  if (isSum && result.type !== 'ptr' && isSigned(type) && f.unit.assumes.noOverflow) result.noWrap = true;
  return result;
}

function kindOf(op: ArithmeticOp, signed: boolean): BinaryOp {
  switch (op) {
    case 'div':
      return signed ? 'sdiv' : 'udiv';
    case 'mod':
      return signed ? 'smod' : 'umod';
    case 'shr':
      return signed ? 'ashr' : 'lshr';
    default:
      return op;
  }
}

/** `pointer ± index * scale`. */
export function pointerSum(f: BodyState, pointer: Value, expr: Extract<Expr, { kind: 'pointerAdd' }>): Value {
  const index = toInt64(f, value(f, expr.index), isSigned(expr.index.type));
  return movedPointer(f, pointer, scaled(f, index, expr.scaleBytes), expr.subtract);
}

export function movedPointer(f: BodyState, pointer: Value, bytes: Value, subtract: boolean): Value {
  if (bytes.op !== 'const') return binary(f, subtract ? 'sub' : 'add', pointer, bytes);
  if (bytes.value === 0n) return pointer;
  return binaryWith(f, 'add', pointer, subtract ? -bytes.value : bytes.value);
}

export function scaled(f: BodyState, index: Value, scale: number): Value {
  if (index.op === 'const') return number(f, 'i64', index.value * BigInt(scale));
  if (scale === 1) return index;
  const power = Math.log2(scale);
  return Number.isInteger(power) ? binaryWith(f, 'shl', index, power) : binaryWith(f, 'mul', index, scale);
}

/** Exact: bytes / scale leaves no rest, so that the odd part of the scale can be multiplied away. */
export function pointerDifference(f: BodyState, expr: Extract<Expr, { kind: 'pointerDiff' }>): Value {
  const left = toInt64(f, value(f, expr.left), false);
  const bytes = binary(f, 'sub', left, toInt64(f, value(f, expr.right), false));
  let odd = expr.scaleBytes;
  let shift = 0;
  for (; odd > 1 && odd % 2 === 0; shift++) odd /= 2;
  const shifted = shift === 0 ? bytes : binaryWith(f, 'ashr', bytes, shift);
  return odd <= 1 ? shifted : binaryWith(f, 'mul', shifted, inverse(BigInt(odd)));
}

/** Of an odd number modulo 2^64, by Newton's method: each round doubles the correct bits. */
function inverse(odd: bigint): bigint {
  let guess = odd;
  for (let bits = 3; bits < 64; bits *= 2) guess = BigInt.asUintN(64, guess * (2n - odd * guess));
  return guess;
}
