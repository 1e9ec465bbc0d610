/**
 * Builtins on bits that become the operators they stand for. Source: clang's manual ("Intrinsics Support within Constant
 * Expressions", v19).
 */
import type { Expr } from '../typed.ts';
import type { CType, IntType } from '../types.ts';
import { converted, Steps } from './builtinSteps.ts';
import type { Checker } from './checker.ts';
import { bitsOf } from './conversions.ts';
import type { CallSyntax } from './expressionCall.ts';
import { INT, UNSIGNED_INT, UNSIGNED_LONG, intType } from './typeQueries.ts';

const UNSIGNED: Readonly<Record<number, IntType>> = {
  8: intType('unsigned char'), 16: intType('unsigned short'), 32: UNSIGNED_INT, 64: UNSIGNED_LONG,
}; // prettier-ignore

/** `__builtin_rotateleft32(x, n)`: the other bits come in at the other end. */
export function rotate(c: Checker, bits: number, left: boolean, syntax: CallSyntax): Expr {
  const type = UNSIGNED[bits]!;
  const s = new Steps(c, syntax);
  const x = s.keep(converted(c, syntax, 0, type));
  const n = s.keep(converted(c, syntax, 1, type));
  const mask = (): Expr => s.number(BigInt(bits - 1), type);
  const there = s.with('and', n(), mask());
  const back = s.with('and', s.with('sub', s.number(0n, type), n()), mask());
  const [up, down] = left ? [there, back] : [back, there];
  return s.result(s.as(type, s.with('or', s.with('shl', x(), up), s.with('shr', x(), down))));
}

/** `__builtin_bitreverse32(x)`. */
export function reverse(c: Checker, bits: number, syntax: CallSyntax): Expr {
  const s = new Steps(c, syntax);
  return s.result(reversed(s, bits, converted(c, syntax, 0, UNSIGNED[bits]!)));
}

/** Neighbours are exchanged, then pairs, then fours; whole bytes change places at once. */
export function reversed(s: Steps, bits: number, operand: Expr): Expr {
  const type = UNSIGNED[bits]!;
  const work = bits === 64 ? UNSIGNED_LONG : UNSIGNED_INT;
  let value = s.as(work, operand);
  for (const [by, pattern] of [
    [1n, '55'],
    [2n, '33'],
    [4n, '0f'],
  ] as const) {
    // prettier-ignore
    const x = s.keep(value);
    const mask = (): Expr => s.number(BigInt(`0x${pattern.repeat(bits / 8)}`), work);
    const high = s.with('and', s.with('shr', x(), s.number(by, INT)), mask());
    const low = s.with('shl', s.with('and', x(), mask()), s.number(by, INT));
    value = s.with('or', high, low);
  }
  if (bits === 8) return s.as(type, value);
  const swap = bits === 16 ? 'bswap16' : bits === 32 ? 'bswap32' : 'bswap64';
  return s.call(swap, [s.as(type, value)], type);
}

/** Bits behind the sign that are equal to it: zeros before the first one of `(x ^ x >> 31) << 1 | 1`. */
export function redundantSigns(c: Checker, type: CType, syntax: CallSyntax): Expr {
  const bits = bitsOf(type);
  const unsigned = UNSIGNED[bits]!;
  const s = new Steps(c, syntax);
  const x = s.keep(converted(c, syntax, 0, type));
  const folded = s.as(unsigned, s.with('xor', x(), s.with('shr', x(), s.number(BigInt(bits - 1), INT))));
  const shifted = s.with('or', s.with('shl', folded, s.number(1n, INT)), s.number(1n, unsigned));
  return s.result(s.call('clz', [shifted], INT));
}
