/** C's types with the layout of the bpf target (LP64, little endian). Source: C11 6.2.5; clang's BPFTargetInfo (v19). */
import type { Range } from './places.ts';

export type CType =
  | VoidType
  | BoolType
  | IntType
  | FloatType
  | PointerType
  | ArrayType
  | FunctionType
  | RecordType
  | EnumType
  | TypedefType
  | QualifiedType;

export interface VoidType {
  readonly kind: 'void';
}

/** `_Bool`: one byte, 0 or 1. */
export interface BoolType {
  readonly kind: 'bool';
}

/** Integer types by their C name, so that `long` and `long long` stay different types of the same size. */
export interface IntType {
  readonly kind: 'int';
  readonly name: IntName;
  readonly bits: 8 | 16 | 32 | 64 | 128;
  readonly signed: boolean;
}

export type IntName =
  | 'char' | 'signed char' | 'unsigned char' | 'short' | 'unsigned short' | 'int' | 'unsigned int' | 'long'
  | 'unsigned long' | 'long long' | 'unsigned long long' | '__int128' | 'unsigned __int128'; // prettier-ignore

/** Declared only; no value of it can be computed. */
export interface FloatType {
  readonly kind: 'float';
  readonly name: string;
  readonly bytes: number;
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly to: CType;
}

/** `length` null for `[]`. A flexible or zero-length array at the end of a record has length null or 0. */
export interface ArrayType {
  readonly kind: 'array';
  readonly of: CType;
  readonly length: number | null;
  /** Its length is known, but by no constant expression of C. */
  readonly folded?: boolean;
}

export interface FunctionType {
  readonly kind: 'function';
  readonly returns: CType;
  readonly params: readonly { readonly name: string; readonly type: CType }[];
  readonly variadic: boolean;
  /** False for `f()`. */
  readonly prototype: boolean;
}

/** A struct or union; two are the same type only when they are the same object. */
export interface RecordType {
  readonly kind: 'record';
  readonly union: boolean;
  /** Empty for an anonymous one. */
  readonly tag: string;
  /** Null until it is defined. Set once. */
  layout: RecordLayout | null;
  /** `preserve_access_index`: accesses are relocated to the running kernel's layout (CO-RE). */
  preserveAccessIndex: boolean;
  /** `may_alias`: its members may be objects of any other type. */
  mayAlias: boolean;
  /** `btf_decl_tag`s on the type. */
  declTags: readonly string[];
  /** Of the tag where it was first named. */
  readonly declaredAt?: Range | null;
  readonly definedAt: Range | null;
  /** Of one without a tag, the first typedef: what it is called by. */
  alias?: string;
}

export interface RecordLayout {
  readonly members: readonly Member[];
  readonly sizeBytes: number;
  readonly alignBytes: number;
  /** By its attribute. */
  readonly packed?: boolean;
}

export interface Member {
  /** Empty for an anonymous struct or union and for an unnamed bit-field. */
  readonly name: string;
  readonly type: CType;
  /** From the beginning of the record; for a bit-field of its lowest bit (little endian). */
  readonly offsetBits: number;
  /** Null for an ordinary member. */
  readonly bits: number | null;
  /** Number of the member in its record, unnamed bit-fields not counted: the index in BTF and in CO-RE access strings. */
  readonly index: number;
  readonly declTags: readonly string[];
  readonly declaredAt: Range | null;
  /** By an attribute of its own. */
  readonly packed?: boolean;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly tag: string;
  /** Null until it is defined. */
  values: readonly Enumerator[] | null;
  /** What its objects are stored as: unsigned int unless a value is negative, 64 bits where one needs it. */
  underlying: IntType;
  readonly definedAt: Range | null;
  /** As of a record. */
  alias?: string;
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
  readonly declaredAt: Range | null;
}

export interface TypedefType {
  readonly kind: 'typedef';
  readonly name: string;
  readonly type: CType;
  /** `may_alias`: what is accessed as this may be an object of any type. */
  readonly mayAlias?: boolean;
  readonly declaredAt: Range | null;
}

/** Qualifiers and BPF's annotations around a type that has none itself (typedefs may lie between). */
export interface QualifiedType {
  readonly kind: 'qualified';
  readonly type: CType;
  readonly const: boolean;
  readonly volatile: boolean;
  readonly restrict: boolean;
  /** `btf_type_tag`s, first written first. Only on what a pointer points to. */
  readonly typeTags: readonly string[];
  /** `address_space(n)`; 0 is the ordinary one, 1 the arena. */
  readonly addressSpace: number;
  /** `aligned` on a typedef or declaration; null when none. */
  readonly alignBytes: number | null;
}
