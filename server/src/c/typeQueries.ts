/** Questions about types that look through typedefs and qualifiers. Source: C11 6.2.5, 6.3.1. */
import { INT, intType, pointerTo, UNSIGNED_CHAR, UNSIGNED_INT } from './basicTypes.ts';
import type {
  ArrayType,
  CType,
  FunctionType,
  IntName,
  IntType,
  PointerType,
  QualifiedType,
  RecordType,
  TypedefType,
} from './types.ts';

export type BareType = Exclude<CType, TypedefType | QualifiedType>;

/** What a type is when names and qualifiers around it are taken off. */
export function bare(type: CType): BareType {
  let inner = type;
  while (inner.kind === 'typedef' || inner.kind === 'qualified') inner = inner.type;
  return inner;
}

export interface Qualifiers {
  readonly const: boolean;
  readonly volatile: boolean;
  readonly restrict: boolean;
  readonly addressSpace: number;
}

/** Of all layers; an array is qualified as its elements are (C11 6.7.3p9). */
export function qualifiersOf(type: CType): Qualifiers {
  const found = { const: false, volatile: false, restrict: false, addressSpace: 0 };
  for (let inner = type; ;) {
    if (inner.kind === 'qualified') {
      found.const ||= inner.const;
      found.volatile ||= inner.volatile;
      found.restrict ||= inner.restrict;
      found.addressSpace ||= inner.addressSpace;
      inner = inner.type;
    } else if (inner.kind === 'typedef') inner = inner.type;
    else if (inner.kind === 'array') inner = inner.of;
    else return found;
  }
}

/** Without qualifiers; typedefs stay where nothing inside them is qualified. */
export function unqualified(type: CType): CType {
  if (type.kind === 'qualified') return unqualified(type.type);
  if (type.kind === 'typedef') {
    const inner = unqualified(type.type);
    return inner === type.type ? type : inner;
  }
  return type;
}

export function isVoid(type: CType): boolean {
  return bare(type).kind === 'void';
}

/** bool, integers and enums. */
export function isInteger(type: CType): boolean {
  const { kind } = bare(type);
  return kind === 'int' || kind === 'bool' || kind === 'enum';
}

export function isFloat(type: CType): boolean {
  return bare(type).kind === 'float';
}

export function isArithmetic(type: CType): boolean {
  return isInteger(type) || isFloat(type);
}

export function isPointer(type: CType): boolean {
  return bare(type).kind === 'pointer';
}

export function isScalar(type: CType): boolean {
  return isArithmetic(type) || isPointer(type);
}

export function isBool(type: CType): boolean {
  return bare(type).kind === 'bool';
}

export function isFunction(type: CType): boolean {
  return bare(type).kind === 'function';
}

export function pointerType(type: CType): PointerType | null {
  const inner = bare(type);
  return inner.kind === 'pointer' ? inner : null;
}

/** What a pointer points to; null for others. */
export function pointee(type: CType): CType | null {
  return pointerType(type)?.to ?? null;
}

export function isVoidPointer(type: CType): boolean {
  const to = pointee(type);
  return to !== null && isVoid(to);
}

export function arrayType(type: CType): ArrayType | null {
  const inner = bare(type);
  return inner.kind === 'array' ? inner : null;
}

export function recordType(type: CType): RecordType | null {
  const inner = bare(type);
  return inner.kind === 'record' ? inner : null;
}

export function functionType(type: CType): FunctionType | null {
  const inner = bare(type);
  return inner.kind === 'function' ? inner : null;
}

/** A type that has no size yet: void, an undefined record or enum, `[]` of any. */
export function isIncomplete(type: CType): boolean {
  const inner = bare(type);
  if (inner.kind === 'record') return inner.layout === null;
  if (inner.kind === 'enum') return inner.values === null;
  if (inner.kind === 'array') return inner.length === null || isIncomplete(inner.of);
  return inner.kind === 'void';
}

/** How values of an integer type are stored: bool is an unsigned byte, an enum is its underlying type. */
export function storedAs(type: CType): IntType | null {
  const inner = bare(type);
  if (inner.kind === 'int') return inner;
  if (inner.kind === 'enum') return inner.underlying;
  return inner.kind === 'bool' ? UNSIGNED_CHAR : null;
}

export function isSigned(type: CType): boolean {
  return storedAs(type)?.signed ?? false;
}

/** Width of an integer or pointer type in bits; bool has 8 in memory. */
export function bitsOf(type: CType): number {
  return storedAs(type)?.bits ?? 64;
}

/** C11 6.3.1.1p1. */
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

/** Integer promotion (C11 6.3.1.1p2): what an integer is computed in. Null for other types. */
export function promoted(type: CType): IntType | null {
  const stored = storedAs(type);
  return stored !== null && stored.bits < 32 ? INT : stored;
}

/** Of a bit-field: int when all its values fit, as clang does for types wider than int, too. */
export function promotedField(type: CType, bits: number): IntType | null {
  const stored = storedAs(type);
  if (stored === null || bits > 32) return promoted(type);
  if (bits < 32) return INT;
  return stored.signed ? INT : UNSIGNED_INT;
}

/** Usual arithmetic conversions of two promoted types (C11 6.3.1.8). */
export function commonType(left: IntType, right: IntType): IntType {
  const [low, high] = RANKS[left.name] <= RANKS[right.name] ? [left, right] : [right, left];
  if (low.signed === high.signed || RANKS[low.name] === RANKS[high.name])
    return low.signed ? high : unsignedOne(low, high);
  if (!high.signed || high.bits > low.bits) return high;
  return unsignedOf(high);
}

/** Of two types of one signedness the higher; of two of one rank the unsigned one. */
function unsignedOne(low: IntType, high: IntType): IntType {
  return RANKS[low.name] === RANKS[high.name] ? low : high;
}

export function unsignedOf(type: IntType): IntType {
  return type.signed ? intType(UNSIGNED[type.name] ?? type.name) : type;
}

export function signedOf(type: IntType): IntType {
  const name = Object.entries(UNSIGNED).find(([, unsigned]) => unsigned === type.name && !type.signed)?.[0];
  return name === undefined ? type : intType(name as IntName);
}

const UNSIGNED: Readonly<Partial<Record<IntName, IntName>>> = {
  'signed char': 'unsigned char',
  char: 'unsigned char',
  short: 'unsigned short',
  int: 'unsigned int',
  long: 'unsigned long',
  'long long': 'unsigned long long',
  __int128: 'unsigned __int128',
};

/** A number as an integer, bool or pointer type holds it. */
export function wrapTo(type: CType, value: bigint): bigint {
  const inner = bare(type);
  if (inner.kind === 'bool') return value === 0n ? 0n : 1n;
  const stored = storedAs(inner);
  if (stored === null) return BigInt.asUintN(64, value);
  return stored.signed ? BigInt.asIntN(stored.bits, value) : BigInt.asUintN(stored.bits, value);
}

/** What a parameter or value of this type is passed as: arrays and functions as pointers (C11 6.3.2.1). */
export function decayed(type: CType): CType {
  const inner = bare(type);
  if (inner.kind === 'array') return pointerTo(qualifiedAs(inner.of, type));
  return inner.kind === 'function' ? pointerTo(type) : type;
}

/** The element type with qualifiers that stand around the array. */
function qualifiedAs(element: CType, array: CType): CType {
  const outer = qualifiersOf(array);
  const own = qualifiersOf(element);
  if (outer.const === own.const && outer.volatile === own.volatile && outer.addressSpace === own.addressSpace)
    return element;
  return { ...PLAIN, const: outer.const, volatile: outer.volatile, addressSpace: outer.addressSpace, type: element };
}

const PLAIN = { kind: 'qualified', restrict: false, typeTags: [], alignBytes: null } as const;

/** Adds qualifiers; the same object when it has them already. */
export function withQualifiers(type: CType, added: Partial<Qualifiers>): CType {
  const own = qualifiersOf(type);
  const more = {
    const: own.const || added.const === true,
    volatile: own.volatile || added.volatile === true,
    restrict: own.restrict || added.restrict === true,
    addressSpace: own.addressSpace === 0 ? (added.addressSpace ?? 0) : own.addressSpace,
  };
  const same =
    more.const === own.const &&
    more.volatile === own.volatile &&
    more.restrict === own.restrict &&
    more.addressSpace === own.addressSpace;
  if (same) return type;
  const element = bare(type);
  if (element.kind === 'array') return { ...element, of: withQualifiers(element.of, added) };
  if (type.kind === 'qualified') return { ...type, ...more };
  return { ...PLAIN, ...more, type };
}
