/** Which type values are computed in. Source: C11 6.3.1; clang's rules for bit-fields (v19). */
import type { CType, IntName, IntType } from '../types.ts';
import { INT, UNSIGNED_INT, integerOf, intType, plainType, pointerTo, qualifiersOf, qualify } from './typeQueries.ts';

/** Integer conversion rank (C11 6.3.1.1p1). */
const RANKS: Readonly<Record<IntName, number>> = {
  char: 1,
  'signed char': 1,
  'unsigned char': 1,
  short: 2,
  'unsigned short': 2,
  int: 3,
  'unsigned int': 3,
  long: 4,
  'unsigned long': 4,
  'long long': 5,
  'unsigned long long': 5,
  __int128: 6,
  'unsigned __int128': 6,
};

const UNSIGNED: Readonly<Partial<Record<IntName, IntName>>> = {
  char: 'unsigned char',
  'signed char': 'unsigned char',
  short: 'unsigned short',
  int: 'unsigned int',
  long: 'unsigned long',
  'long long': 'unsigned long long',
  __int128: 'unsigned __int128',
};

/** Integer promotion (C11 6.3.1.1p2): what an integer is computed in. Null for other types. */
export function promotedType(type: CType): IntType | null {
  const stored = integerOf(type);
  return stored !== null && stored.bits < 32 ? INT : stored;
}

/** Of a bit-field: int when all its values fit, for fields of types wider than int, too (as clang and GCC have it). */
export function promotedField(type: CType, bits: number): IntType | null {
  const stored = integerOf(type);
  if (stored === null || bits > 32) return promotedType(type);
  if (bits < 32) return INT;
  return stored.signed ? INT : UNSIGNED_INT;
}

/** Usual arithmetic conversions of two promoted types (C11 6.3.1.8). */
export function commonType(left: IntType, right: IntType): IntType {
  const [low, high] = RANKS[left.name] <= RANKS[right.name] ? [left, right] : [right, left];
  if (low.signed === high.signed || !high.signed) return high;
  if (RANKS[low.name] === RANKS[high.name]) return low;
  return high.bits > low.bits ? high : unsignedOf(high);
}

export function unsignedOf(type: IntType): IntType {
  return intType(UNSIGNED[type.name] ?? type.name);
}

/** A number as an integer, bool or pointer type holds it. */
export function wrapTo(type: CType, value: bigint): bigint {
  if (plainType(type).kind === 'bool') return value === 0n ? 0n : 1n;
  const stored = integerOf(type);
  if (stored === null) return BigInt.asUintN(64, value);
  return stored.signed ? BigInt.asIntN(stored.bits, value) : BigInt.asUintN(stored.bits, value);
}

/** Width in bits of an integer or pointer type; bool has 8 in memory. */
export function bitsOf(type: CType): number {
  return integerOf(type)?.bits ?? 64;
}

export function isSigned(type: CType): boolean {
  return integerOf(type)?.signed ?? false;
}

/** The type of a value: without qualifiers. Typedefs stay for messages where nothing in them is qualified. */
export function unqualified(type: CType): CType {
  if (type.kind === 'qualified') return unqualified(type.type);
  if (type.kind !== 'typedef') return type;
  const inner = unqualified(type.type);
  return inner === type.type ? type : inner;
}

/** What an expression of this type becomes as an operand: arrays and functions are pointers (C11 6.3.2.1). */
export function decayed(type: CType): CType {
  const plain = plainType(type);
  if (plain.kind === 'function') return pointerTo(type);
  if (plain.kind !== 'array') return type;
  const { const: isConst, volatile, addressSpace } = qualifiersOf(type);
  return pointerTo(qualify(plain.of, missing(plain.of, { const: isConst, volatile, addressSpace })));
}

interface Passed {
  const: boolean;
  volatile: boolean;
  addressSpace: number;
}

/** Those of the qualifiers that a type does not have yet. */
export function missing(type: CType, wanted: Passed): Passed {
  const own = qualifiersOf(type);
  return {
    const: wanted.const && !own.const,
    volatile: wanted.volatile && !own.volatile,
    addressSpace: own.addressSpace === wanted.addressSpace ? 0 : wanted.addressSpace,
  };
}

/** One type but for names, by what values are: enums and their kin stay different from integers. */
export function sameScalar(left: CType, right: CType): boolean {
  const one = plainType(left);
  const other = plainType(right);
  if (one === other) return true;
  if (one.kind === 'int' && other.kind === 'int') return one.name === other.name;
  return one.kind === 'bool' && other.kind === 'bool';
}
