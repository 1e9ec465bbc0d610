/** Questions about C types, and types made from others. */
import type {
  ArrayType,
  CType,
  EnumType,
  FunctionType,
  IntName,
  IntType,
  PointerType,
  QualifiedType,
  RecordType,
  VoidType,
} from '../types.ts';

/** Sizes of the bpf target (LP64). Source: clang's BPFTargetInfo; plain `char` is signed. */
const INT_SIZES: Record<IntName, readonly [bits: IntType['bits'], signed: boolean]> = {
  char: [8, true],
  'signed char': [8, true],
  'unsigned char': [8, false],
  short: [16, true],
  'unsigned short': [16, false],
  int: [32, true],
  'unsigned int': [32, false],
  long: [64, true],
  'unsigned long': [64, false],
  'long long': [64, true],
  'unsigned long long': [64, false],
  __int128: [128, true],
  'unsigned __int128': [128, false],
};

const INTS = Object.fromEntries(
  Object.entries(INT_SIZES).map(([name, [bits, signed]]) => [name, { kind: 'int', name, bits, signed }]),
) as Record<IntName, IntType>;

/** The integer type of that name; always the same object. */
export function intType(name: IntName): IntType {
  return INTS[name];
}

export const VOID: VoidType = { kind: 'void' };
export const BOOL: CType = { kind: 'bool' };
export const INT = INTS.int;
export const UNSIGNED_INT = INTS['unsigned int'];
export const LONG = INTS.long;
export const UNSIGNED_LONG = INTS['unsigned long'];
export const CHAR = INTS.char;

export function pointerTo(to: CType): PointerType {
  return { kind: 'pointer', to };
}

export function arrayOf(of: CType, length: number | null): ArrayType {
  return { kind: 'array', of, length };
}

/** What `qualify` may add. */
export type Qualifiers = Partial<Omit<QualifiedType, 'kind' | 'type'>>;

/** The type with more qualifiers; the qualifiers of an array are those of its elements (C11 6.7.3p9). */
export function qualify(type: CType, more: Qualifiers): CType {
  if (addsNothing(more)) return type;
  const plain = stripTypedefs(type);
  if (plain.kind === 'array' && (more.const || more.volatile || more.restrict))
    return qualify(
      { ...plain, of: qualify(plain.of, { ...more, alignBytes: null }) },
      {
        alignBytes: more.alignBytes ?? null,
      },
    );
  const old = type.kind === 'qualified' ? type : null;
  return {
    kind: 'qualified',
    type: old?.type ?? type,
    const: (old?.const ?? false) || (more.const ?? false),
    volatile: (old?.volatile ?? false) || (more.volatile ?? false),
    restrict: (old?.restrict ?? false) || (more.restrict ?? false),
    typeTags: [...(old?.typeTags ?? []), ...(more.typeTags ?? [])],
    addressSpace: more.addressSpace || (old?.addressSpace ?? 0),
    alignBytes: Math.max(old?.alignBytes ?? 0, more.alignBytes ?? 0) || null,
  };
}

function addsNothing(more: Qualifiers): boolean {
  return (
    !more.const &&
    !more.volatile &&
    !more.restrict &&
    !more.addressSpace &&
    (more.typeTags?.length ?? 0) === 0 &&
    (more.alignBytes ?? null) === null
  );
}

/** Without typedefs around it; qualifiers that stand outside of them stay. For its shape use `plainType`. */
export function stripTypedefs(type: CType): CType {
  let result = type;
  while (result.kind === 'typedef') result = result.type;
  return result;
}

/** What the type is once typedefs and qualifiers around it are taken off: what a value of it has. */
export type PlainType = Exclude<CType, { readonly kind: 'typedef' | 'qualified' }>;

export function plainType(type: CType): PlainType {
  let result = type;
  while (result.kind === 'typedef' || result.kind === 'qualified') result = result.type;
  return result;
}

/** All qualifiers that hold for an object of this type, through typedefs; of an array, those of its elements, too. */
export function qualifiersOf(type: CType): Omit<QualifiedType, 'kind' | 'type'> {
  const found = { const: false, volatile: false, restrict: false, typeTags: [] as string[], addressSpace: 0 };
  let alignBytes: number | null = null;
  let at = type;
  for (;;) {
    if (at.kind === 'qualified') {
      found.const ||= at.const;
      found.volatile ||= at.volatile;
      found.restrict ||= at.restrict;
      found.typeTags = [...at.typeTags, ...found.typeTags];
      found.addressSpace ||= at.addressSpace;
      alignBytes = Math.max(alignBytes ?? 0, at.alignBytes ?? 0) || null;
      at = at.type;
    } else if (at.kind === 'typedef') at = at.type;
    else if (at.kind === 'array') at = at.of;
    else return { ...found, alignBytes };
  }
}

export function isConst(type: CType): boolean {
  return qualifiersOf(type).const;
}

export function isVolatile(type: CType): boolean {
  return qualifiersOf(type).volatile;
}

export function isVoid(type: CType): boolean {
  return plainType(type).kind === 'void';
}

/** Integers, bool and enums (C11 6.2.5p17). */
export function isInteger(type: CType): boolean {
  const { kind } = plainType(type);
  return kind === 'int' || kind === 'bool' || kind === 'enum';
}

export function isArithmetic(type: CType): boolean {
  return isInteger(type) || plainType(type).kind === 'float';
}

export function isPointer(type: CType): boolean {
  return plainType(type).kind === 'pointer';
}

export function isScalar(type: CType): boolean {
  return isArithmetic(type) || isPointer(type);
}

export function asPointer(type: CType): PointerType | null {
  const plain = plainType(type);
  return plain.kind === 'pointer' ? plain : null;
}

export function asArray(type: CType): ArrayType | null {
  const plain = plainType(type);
  return plain.kind === 'array' ? plain : null;
}

export function asFunction(type: CType): FunctionType | null {
  const plain = plainType(type);
  return plain.kind === 'function' ? plain : null;
}

export function asRecord(type: CType): RecordType | null {
  const plain = plainType(type);
  return plain.kind === 'record' ? plain : null;
}

export function asEnum(type: CType): EnumType | null {
  const plain = plainType(type);
  return plain.kind === 'enum' ? plain : null;
}

/** The integer type behind an integer, bool (as `unsigned char` of 8 bits) or enum; null for others. */
export function integerOf(type: CType): IntType | null {
  const plain = plainType(type);
  if (plain.kind === 'int') return plain;
  if (plain.kind === 'enum') return plain.underlying;
  return plain.kind === 'bool' ? INTS['unsigned char'] : null;
}

/** No object of it can exist here: void, an array of unknown length, a record or enum that is not defined. */
export function isIncomplete(type: CType): boolean {
  const plain = plainType(type);
  if (plain.kind === 'array') return plain.length === null || isIncomplete(plain.of);
  if (plain.kind === 'record') return plain.layout === null;
  return plain.kind === 'void';
}

/** What stands for a type that is not known, which was reported: it computes like int, and its uses are no errors. */
export const UNKNOWN_TYPE: CType = { ...INTS.int };

/** A type made of one that is not known. */
export function isUnknown(type: CType): boolean {
  let at = type;
  for (;;) {
    if (at === UNKNOWN_TYPE) return true;
    if (at.kind === 'pointer') at = at.to;
    else if (at.kind === 'array') at = at.of;
    else if (at.kind === 'qualified' || at.kind === 'typedef') at = at.type;
    else if (at.kind === 'function') at = at.returns;
    else return false;
  }
}
