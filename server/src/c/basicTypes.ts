/** The types that every program has, each once, with the widths of the bpf target (clang's BPFTargetInfo, v19). */
import type { BoolType, CType, FloatType, IntName, IntType, PointerType, VoidType } from './types.ts';

export const VOID: VoidType = { kind: 'void' };
export const BOOL: BoolType = { kind: 'bool' };

const INTS: readonly (readonly [name: IntName, bits: IntType['bits'], signed: boolean])[] = [
  ['char', 8, true],
  ['signed char', 8, true],
  ['unsigned char', 8, false],
  ['short', 16, true],
  ['unsigned short', 16, false],
  ['int', 32, true],
  ['unsigned int', 32, false],
  ['long', 64, true],
  ['unsigned long', 64, false],
  ['long long', 64, true],
  ['unsigned long long', 64, false],
  ['__int128', 128, true],
  ['unsigned __int128', 128, false],
];

const byName = new Map<IntName, IntType>(
  INTS.map(([name, bits, signed]) => [name, { kind: 'int', name, bits, signed }]),
);

export function intType(name: IntName): IntType {
  const type = byName.get(name);
  if (type === undefined) throw new Error(`no integer type is called ${name}`);
  return type;
}

export const CHAR = intType('char');
export const SIGNED_CHAR = intType('signed char');
export const UNSIGNED_CHAR = intType('unsigned char');
export const SHORT = intType('short');
export const UNSIGNED_SHORT = intType('unsigned short');
export const INT = intType('int');
export const UNSIGNED_INT = intType('unsigned int');
export const LONG = intType('long');
export const UNSIGNED_LONG = intType('unsigned long');
export const LONG_LONG = intType('long long');
export const UNSIGNED_LONG_LONG = intType('unsigned long long');

export const DOUBLE: FloatType = { kind: 'float', name: 'double', bytes: 8 };

export function pointerTo(to: CType): PointerType {
  return { kind: 'pointer', to };
}
