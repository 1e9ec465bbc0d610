/** Arithmetic on constants, exactly as the machine would do it. Source: C11 6.5; clang gives the same values. */
import type { ArithmeticOp, CompareOp } from '../typed.ts';
import type { CType } from '../types.ts';
import { bitsOf, wrapTo } from './conversions.ts';

/** Both operands are values of the type. Null where there is no value: division by zero. */
export function foldArithmetic(op: ArithmeticOp, left: bigint, right: bigint, type: CType): bigint | null {
  const exact = exactResult(op, left, right, bitsOf(type));
  return exact === null ? null : wrapTo(type, exact);
}

/** Before it is cut to the type's width. */
export function exactResult(op: ArithmeticOp, left: bigint, right: bigint, bits: number): bigint | null {
  switch (op) {
    case 'add':
      return left + right;
    case 'sub':
      return left - right;
    case 'mul':
      return left * right;
    case 'div':
      return right === 0n ? null : left / right;
    case 'mod':
      return right === 0n ? null : left % right;
    case 'and':
      return left & right;
    case 'or':
      return left | right;
    case 'xor':
      return left ^ right;
    case 'shl':
      return right < 0n ? exactResult('shr', left, -right, bits) : left << nearest(right, bits);
    case 'shr':
      return right < 0n ? exactResult('shl', left, -right, bits) : left >> nearest(right, bits);
  }
}

/** C leaves shifts by the width and more open; clang goes as far as it can, and the other way for negative counts. */
function nearest(count: bigint, bits: number): bigint {
  return count < BigInt(bits) ? count : BigInt(bits - 1);
}

export function foldCompare(op: CompareOp, left: bigint, right: bigint): boolean {
  switch (op) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
  }
}
