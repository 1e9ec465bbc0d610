/**
 * Counting bits with the operations that there are. The formulas are the usual ones (Warren, Hacker's Delight, chapters
 * 2 and 5), which LLVM's TargetLowering.cpp expands to as well.
 */
import type { Value } from '../ir/ir.ts';
import { binary, binaryWith, compare, convert, number, zeroLike } from './emit.ts';
import type { BodyState } from './state.ts';

function widthOf(value: Value): 32 | 64 {
  return value.type === 'i32' ? 32 : 64;
}

/** A byte in each byte of a number. */
function spread(value: Value, byte: number): bigint {
  return BigInt.asUintN(widthOf(value), BigInt(byte) * 0x0101_0101_0101_0101n);
}

export function countBits(f: BodyState, value: Value): Value {
  const mask = (of: Value, byte: number): Value => binaryWith(f, 'and', of, spread(value, byte));
  const pairs = binary(f, 'sub', value, mask(binaryWith(f, 'lshr', value, 1), 0x55));
  const fours = binary(f, 'add', mask(pairs, 0x33), mask(binaryWith(f, 'lshr', pairs, 2), 0x33));
  const bytes = mask(binary(f, 'add', fours, binaryWith(f, 'lshr', fours, 4)), 0x0f);
  const sum = binaryWith(f, 'mul', bytes, spread(value, 1));
  return binaryWith(f, 'lshr', sum, widthOf(value) - 8);
}

/** The zeros below the lowest one: those of value - 1 that value has not. */
export function trailingZeros(f: BodyState, value: Value): Value {
  const below = binary(f, 'and', binaryWith(f, 'xor', value, -1n), binaryWith(f, 'sub', value, 1));
  return countBits(f, below);
}

/** The highest one is copied to all places below it; the zeros that stay are counted. */
export function leadingZeros(f: BodyState, value: Value): Value {
  let filled = value;
  for (let shift = 1; shift < widthOf(value); shift *= 2)
    filled = binary(f, 'or', filled, binaryWith(f, 'lshr', filled, shift));
  return countBits(f, binaryWith(f, 'xor', filled, -1n));
}

/** One more than the number of the lowest one; 0 for none. */
export function findFirst(f: BodyState, value: Value): Value {
  const found = compare(f, 'ne', value, zeroLike(f, value));
  const all = binary(f, 'sub', zeroLike(f, value), value.type === 'i32' ? found : convert(f, 'zext', 'i64', found));
  return binary(f, 'and', all, binaryWith(f, 'add', trailingZeros(f, value), 1));
}

export function parity(f: BodyState, value: Value): Value {
  let folded = value;
  for (let shift = widthOf(value) / 2; shift >= 1; shift /= 2)
    folded = binary(f, 'xor', folded, binaryWith(f, 'lshr', folded, shift));
  return binaryWith(f, 'and', folded, 1);
}

export function absolute(f: BodyState, value: Value): Value {
  const sign = binaryWith(f, 'ashr', value, widthOf(value) - 1);
  return binary(f, 'sub', binary(f, 'xor', value, sign), sign);
}

export function isNegative(f: BodyState, value: Value): Value {
  return compare(f, 'slt', value, number(f, value.type === 'i32' ? 'i32' : 'i64', 0));
}
