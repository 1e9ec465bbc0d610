/** Global variables as bytes in sections. Source: C11 6.6p7, 6.7.9; LLVM's getKindForGlobal (TargetLoweringObjectFile.cpp, v19). */
import type { IrData, IrSymbol } from '../ir/ir.ts';
import type { Expr, GlobalVariable, Initializer, InitEntry } from '../typed.ts';
import type { CType } from '../types.ts';
import { dataAlignment } from './alignment.ts';
import { isQualified, plain, sizeOf, spaceOf } from './shape.ts';
import type { UnitState } from './state.ts';
import { literalSymbol, symbolOf } from './symbol.ts';

export function lowerData(unit: UnitState, variable: GlobalVariable): IrData {
  const image = newImage(unit, variable);
  if (variable.init) putInitializer(image, 0, variable.type, variable.init);
  const { attributes, type, declaredAt } = variable;
  return {
    symbol: symbolOf(unit, variable),
    section: attributes.section ?? (variable.external ? null : sectionOf(variable, image)),
    bytes: image.bytes,
    alignBytes: dataAlignment(variable),
    relocations: image.relocations,
    type,
    foldable: isFoldable(variable),
    hidden: attributes.hidden,
    declTags: attributes.declTags,
    place: declaredAt.start,
  };
}

/** The bytes of an initialiser of a local variable, when it has only numbers in it. */
export function constantBytes(unit: UnitState, type: CType, init: Initializer): Uint8Array | null {
  if (!hasOnlyNumbers(init)) return null;
  const image: Image = { unit, bytes: new Uint8Array(Math.min(sizeOf(type), LARGEST)), relocations: [] };
  putInitializer(image, 0, type, init);
  return image.bytes;
}

function hasOnlyNumbers(init: Initializer): boolean {
  const values = init.kind === 'value' ? [init.value] : init.entries.map(({ value }) => value);
  return values.every(isNumber);
}

function isNumber(expr: Expr): boolean {
  return expr.kind === 'convert' ? isNumber(expr.operand) : expr.kind === 'constant' || expr.kind === 'string';
}

interface Image {
  readonly unit: UnitState;
  readonly bytes: Uint8Array;
  readonly relocations: { offset: number; symbol: IrSymbol; addend: number }[];
}

/** More than the kernel takes as one map (KMALLOC_MAX_SIZE does not matter; memory here does). */
const LARGEST = 512 << 20;

function newImage(unit: UnitState, variable: GlobalVariable): Image {
  const size = variable.external ? 0 : imageSize(variable);
  if (size > LARGEST)
    unit.fail(variable.declaredAt, `'${variable.name}' is larger than 512 MiB, which is not supported`);
  return { unit, bytes: new Uint8Array(Math.min(size, LARGEST)), relocations: [] };
}

/** A flexible array at the end takes what its initialiser fills (`values` of maps in maps). */
function imageSize({ type, init }: GlobalVariable): number {
  let size = sizeOf(type);
  if (init?.kind === 'entries')
    for (const entry of init.entries)
      size = Math.max(size, entry.offsetBytes + (entry.bitField ? 0 : sizeOf(entry.type)));
  return size;
}

/** Constants with addresses in them are apart, as a loader would have to write there. */
function sectionOf({ type, init }: GlobalVariable, { bytes, relocations }: Image): string {
  const space = spaceOf(type);
  if (space !== 0) return `.addr_space.${space}`;
  if (isQualified(type, 'const')) return relocations.length > 0 ? '.data.rel.ro' : '.rodata';
  if (init === null) return '.bss';
  return relocations.length === 0 && bytes.every((byte) => byte === 0) ? '.bss' : '.data';
}

/** A weak one may be replaced by another. Sections with a meaning of their own are the loader's to fill. */
export function isFoldable({ type, external, linkage, attributes }: GlobalVariable): boolean {
  if (external || linkage === 'weak' || isQualified(type, 'volatile') || !isQualified(type, 'const')) return false;
  return attributes.section === null || attributes.section.startsWith('.rodata');
}

function putInitializer(image: Image, at: number, type: CType, init: Initializer): void {
  if (init.kind === 'value') return putEntry(image, at, { offsetBytes: 0, bitField: null, type, value: init.value });
  for (const entry of init.entries) putEntry(image, at, entry);
}

function putEntry(image: Image, base: number, { offsetBytes, bitField, type, value }: InitEntry): void {
  const at = base + offsetBytes;
  if (value.kind === 'string') return putBytes(image, at, value.literal.bytes, sizeOf(type));
  if (value.kind === 'load' && value.object.kind === 'compoundLiteral')
    return putInitializer(image, at, value.type, value.object.init);
  const constant = constantOf(image.unit, value);
  if (!constant) return image.unit.fail(value, 'initializer element is not a compile-time constant');
  if (bitField) return putBits(image, at, bitField, constant.addend);
  putNumber(image, at, sizeOf(type), constant.addend);
  if (!constant.symbol) return;
  image.relocations.push({ offset: at, symbol: constant.symbol, addend: Number(constant.addend) });
}

function putBytes({ bytes }: Image, at: number, source: Uint8Array, size: number): void {
  const length = Math.min(source.length, size, Math.max(bytes.length - at, 0));
  bytes.fill(0, at, at + size);
  bytes.set(source.subarray(0, length), at);
}

function putNumber({ bytes, relocations }: Image, at: number, size: number, value: bigint): void {
  const stale = relocations.findIndex(({ offset }) => offset === at);
  if (stale !== -1) relocations.splice(stale, 1);
  for (let n = 0; n < size && at + n < bytes.length; n++) bytes[at + n] = Number((value >> BigInt(n * 8)) & 0xffn);
}

function putBits({ bytes }: Image, at: number, field: NonNullable<InitEntry['bitField']>, value: bigint): void {
  for (let n = 0; n < field.bits; n++) {
    const bit = field.offsetBits + n;
    const byte = at + (bit >> 3);
    const old = bytes[byte] ?? 0;
    const mask = 1 << (bit & 7);
    if (byte < bytes.length) bytes[byte] = (value >> BigInt(n)) & 1n ? old | mask : old & ~mask;
  }
}

/** A number, or an address and a distance from it. */
interface AddressConstant {
  readonly symbol: IrSymbol | null;
  readonly addend: bigint;
}

function constantOf(unit: UnitState, expr: Expr): AddressConstant | null {
  switch (expr.kind) {
    case 'constant':
      return { symbol: null, addend: expr.value };
    case 'function':
      return { symbol: symbolOf(unit, expr.symbol), addend: 0n };
    case 'addressOf':
      return expr.object.kind === 'function' ? constantOf(unit, expr.object) : objectConstant(unit, expr.object);
    case 'decay':
      return objectConstant(unit, expr.array);
    case 'convert':
      return convertConstant(unit, expr);
    case 'pointerAdd': {
      const pointer = constantOf(unit, expr.pointer);
      const index = constantOf(unit, expr.index);
      if (!pointer || !index || index.symbol) return null;
      const bytes = BigInt.asIntN(64, index.addend) * BigInt(expr.scaleBytes);
      return { ...pointer, addend: pointer.addend + (expr.subtract ? -bytes : bytes) };
    }
    case 'builtin':
      return expr.name === 'expect' && expr.args[0] ? constantOf(unit, expr.args[0]) : null;
    default:
      return null;
  }
}

function convertConstant(unit: UnitState, expr: Extract<Expr, { kind: 'convert' }>): AddressConstant | null {
  const inner = constantOf(unit, expr.operand);
  if (!inner || (inner.symbol && sizeOf(expr.type) !== 8)) return null;
  const target = plain(expr.type);
  if (expr.how === 'boolean') return inner.symbol ? null : { symbol: null, addend: inner.addend === 0n ? 0n : 1n };
  if (inner.symbol || target.kind !== 'int') return inner;
  const cut = target.signed ? BigInt.asIntN(target.bits, inner.addend) : BigInt.asUintN(target.bits, inner.addend);
  return { symbol: null, addend: cut };
}

function objectConstant(unit: UnitState, object: Expr): AddressConstant | null {
  switch (object.kind) {
    case 'string':
      return { symbol: literalSymbol(unit, object.literal.bytes), addend: 0n };
    case 'variable':
    case 'compoundLiteral':
      return object.variable.kind === 'global' ? { symbol: symbolOf(unit, object.variable), addend: 0n } : null;
    case 'deref':
      return constantOf(unit, object.pointer);
    case 'member': {
      const record = objectConstant(unit, object.record);
      return record && { ...record, addend: record.addend + BigInt(Math.floor(object.member.offsetBits / 8)) };
    }
    case 'element': {
      const array = objectConstant(unit, object.array);
      const index = constantOf(unit, object.index);
      if (!array || !index || index.symbol) return null;
      return { ...array, addend: array.addend + BigInt.asIntN(64, index.addend) * BigInt(sizeOf(object.type)) };
    }
    default:
      return null;
  }
}
