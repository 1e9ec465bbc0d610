/** A value of type intmax_t or uintmax_t, as conditions compute with them (C11 6.10.1p4). */
export interface Value {
  readonly bits: bigint;
  readonly unsigned: boolean;
}

export function valueOf(bits: bigint, unsigned: boolean): Value {
  return { bits: unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits), unsigned };
}

/** By operator: how strongly it binds. */
export const LEVELS: ReadonlyMap<string, number> = new Map([
  ['||', 1], ['&&', 2], ['|', 3], ['^', 4], ['&', 5], ['==', 6], ['!=', 6], ['<', 7], ['>', 7], ['<=', 7], ['>=', 7],
  ['<<', 8], ['>>', 8], ['+', 9], ['-', 9], ['*', 10], ['/', 10], ['%', 10],
]); // prettier-ignore

export const TRUTHS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '||': (a, b) => a !== 0n || b !== 0n,
  '&&': (a, b) => a !== 0n && b !== 0n,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

export const ARITHMETIC: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** A shift by a negative number goes the other way, one by too much is one by 64 or all (as clang does). */
export function shift(text: string, left: Value, right: Value): Value & { readonly overflows: boolean } {
  const back = !right.unsigned && right.bits < 0n;
  const by = back ? -right.bits : BigInt.asUintN(64, right.bits);
  const amount = by > 64n ? 64n : by;
  const isLeft = (text === '<<') !== back;
  const exact = isLeft ? left.bits << amount : left.bits >> amount;
  const result = valueOf(exact, left.unsigned);
  return { ...result, overflows: by >= 64n || (!left.unsigned && result.bits !== exact) };
}
