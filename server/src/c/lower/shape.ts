/** What lowering asks about types: sizes, and how values are held. Source: C11 6.2.5; clang's BPFTargetInfo (v19). */
import type { Constant } from '../ir/ir.ts';
import type { CType, QualifiedType, RecordType, TypedefType } from '../types.ts';

export type PlainType = Exclude<CType, TypedefType | QualifiedType>;

/** The type under names and qualifiers. */
export function plain(type: CType): PlainType {
  let inner = type;
  while (inner.kind === 'typedef' || inner.kind === 'qualified') inner = inner.type;
  return inner;
}

/** 0 for incomplete types; 1 for void and functions, as GNU C counts with pointers to them. */
export function sizeOf(type: CType): number {
  const inner = plain(type);
  switch (inner.kind) {
    case 'void':
    case 'function':
    case 'bool':
      return 1;
    case 'int':
      return inner.bits / 8;
    case 'float':
      return inner.bytes;
    case 'pointer':
      return 8;
    case 'enum':
      return inner.underlying.bits / 8;
    case 'record':
      return inner.layout?.sizeBytes ?? 0;
    case 'array':
      return (inner.length ?? 0) * sizeOf(inner.of);
  }
}

/** `aligned` on typedefs and declarations counts. */
export function alignOf(type: CType): number {
  if (type.kind === 'qualified') return type.alignBytes ?? alignOf(type.type);
  if (type.kind === 'typedef') return alignOf(type.type);
  if (type.kind === 'array') return alignOf(type.of);
  if (type.kind === 'record') return type.layout?.alignBytes ?? 1;
  return type.kind === 'function' ? 1 : sizeOf(type);
}

export interface Integer {
  readonly bits: number;
  readonly signed: boolean;
}

/** How an integer is stored; null for other types. A bool is an unsigned byte, an enum its underlying type. */
export function integerOf(type: CType): Integer | null {
  const inner = plain(type);
  if (inner.kind === 'int') return inner;
  if (inner.kind === 'enum') return inner.underlying;
  return inner.kind === 'bool' ? BOOL : null;
}

const BOOL: Integer = { bits: 8, signed: false };

export function isSigned(type: CType): boolean {
  return integerOf(type)?.signed ?? false;
}

export function isBool(type: CType): boolean {
  return plain(type).kind === 'bool';
}

export function isVoid(type: CType): boolean {
  return plain(type).kind === 'void';
}

export function recordOf(type: CType): RecordType | null {
  const inner = plain(type);
  return inner.kind === 'record' ? inner : null;
}

export function pointeeOf(type: CType): CType | null {
  const inner = plain(type);
  return inner.kind === 'pointer' ? inner.to : null;
}

/** Numbers of up to 32 bits are held in 32, extended by their signedness. Null for what is no scalar. */
export function heldIn(type: CType): Constant['type'] | null {
  const inner = plain(type);
  if (inner.kind === 'pointer') return 'ptr';
  const integer = integerOf(inner);
  if (!integer || integer.bits > 64) return null;
  return integer.bits > 32 ? 'i64' : 'i32';
}

/** Of any layer around the type; arrays are as their elements are (C11 6.7.3p9). */
export function isQualified(type: CType, name: 'volatile' | 'const'): boolean {
  for (let inner = type; ;) {
    if (inner.kind === 'qualified') {
      if (inner[name]) return true;
      inner = inner.type;
    } else if (inner.kind === 'typedef') inner = inner.type;
    else if (inner.kind === 'array') inner = inner.of;
    else return false;
  }
}

/** `address_space(n)` of what a pointer points to. */
export function addressSpaceOf(pointer: CType): number {
  const to = pointeeOf(pointer);
  return to ? spaceOf(to) : 0;
}

/** `address_space(n)` of an object. */
export function spaceOf(type: CType): number {
  for (let inner = type; ;) {
    if (inner.kind === 'qualified' && inner.addressSpace !== 0) return inner.addressSpace;
    if (inner.kind === 'qualified' || inner.kind === 'typedef') inner = inner.type;
    else if (inner.kind === 'array') inner = inner.of;
    else return 0;
  }
}
