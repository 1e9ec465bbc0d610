/**
 * What operations on numbers give: one table for the interpreter of the intermediate language and for constant folding.
 * Values are unsigned and below 2^32 or 2^64. Division by zero as the BPF machine does it (kernel
 * Documentation/bpf/standardization/instruction-set.rst): 0, and the dividend for the remainder.
 */
import type { BinaryOp, CompareOp, ConvertOp } from './ir.ts';

export function computeBinary(kind: BinaryOp, bits: 32 | 64, a: bigint, b: bigint): bigint {
  const shift = b & BigInt(bits - 1);
  switch (kind) {
    case 'add':
      return BigInt.asUintN(bits, a + b);
    case 'sub':
      return BigInt.asUintN(bits, a - b);
    case 'mul':
      return BigInt.asUintN(bits, a * b);
    case 'udiv':
      return b === 0n ? 0n : a / b;
    case 'umod':
      return b === 0n ? a : a % b;
    case 'sdiv':
      return b === 0n ? 0n : BigInt.asUintN(bits, BigInt.asIntN(bits, a) / BigInt.asIntN(bits, b));
    case 'smod':
      return b === 0n ? a : BigInt.asUintN(bits, BigInt.asIntN(bits, a) % BigInt.asIntN(bits, b));
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return BigInt.asUintN(bits, a << shift);
    case 'lshr':
      return a >> shift;
    case 'ashr':
      return BigInt.asUintN(bits, BigInt.asIntN(bits, a) >> shift);
  }
}

export function computeCompare(kind: CompareOp, bits: 32 | 64, a: bigint, b: bigint): boolean {
  const signedA = BigInt.asIntN(bits, a);
  const signedB = BigInt.asIntN(bits, b);
  switch (kind) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'ult':
      return a < b;
    case 'ule':
      return a <= b;
    case 'ugt':
      return a > b;
    case 'uge':
      return a >= b;
    case 'slt':
      return signedA < signedB;
    case 'sle':
      return signedA <= signedB;
    case 'sgt':
      return signedA > signedB;
    case 'sge':
      return signedA >= signedB;
  }
}

/** `bits` of the result. */
export function computeConvert(kind: ConvertOp, bits: 32 | 64, a: bigint): bigint {
  switch (kind) {
    case 'zext':
    case 'ptrToInt':
    case 'intToPtr':
      return a;
    case 'trunc':
      return BigInt.asUintN(32, a);
    case 'sext':
      return BigInt.asUintN(64, BigInt.asIntN(32, a));
    case 'zext8':
      return BigInt.asUintN(8, a);
    case 'zext16':
      return BigInt.asUintN(16, a);
    case 'sext8':
      return BigInt.asUintN(bits, BigInt.asIntN(8, a));
    case 'sext16':
      return BigInt.asUintN(bits, BigInt.asIntN(16, a));
    case 'swap16':
      return swapBytes(a, 2);
    case 'swap32':
      return swapBytes(a, 4);
    case 'swap64':
      return swapBytes(a, 8);
  }
}

/** The compare that holds when its operands change places. */
export const SWAPPED: Record<CompareOp, CompareOp> = {
  eq: 'eq', ne: 'ne', ult: 'ugt', ule: 'uge', ugt: 'ult', uge: 'ule', slt: 'sgt', sle: 'sge', sgt: 'slt', sge: 'sle',
}; // prettier-ignore

/** The compare that holds when it does not. */
export const NEGATED: Record<CompareOp, CompareOp> = {
  eq: 'ne', ne: 'eq', ult: 'uge', ule: 'ugt', ugt: 'ule', uge: 'ult', slt: 'sge', sle: 'sgt', sgt: 'sle', sge: 'slt',
}; // prettier-ignore

function swapBytes(a: bigint, bytes: number): bigint {
  let swapped = 0n;
  for (let i = 0; i < bytes; i++) swapped = (swapped << 8n) | ((a >> BigInt(8 * i)) & 0xffn);
  return swapped;
}
