import { unreachable } from '../base/assert.ts';
import type { BtfType } from './btf.ts';
import { stringTable, type StringTable } from '../base/stringTable.ts';

/**
 * The bytes of a `.BTF` section, little-endian; the inverse of `readBtf`. `types[0]` is void. With `strings` the section
 * also holds what was put in there before, as `.BTF.ext` needs it.
 */
export function writeBtf(types: readonly BtfType[], strings: StringTable = stringTable()): Uint8Array {
  const words: number[] = [];
  for (const type of types) for (const word of recordOf(type, strings)) words.push(word);
  const texts = strings.bytes();
  const typeBytes = words.length * 4;
  const bytes = new Uint8Array(HEADER_BYTES + typeBytes + texts.length);
  const view = new DataView(bytes.buffer);
  writeMark(view, HEADER_BYTES);
  for (const [i, word] of [0, typeBytes, typeBytes, texts.length].entries()) view.setUint32(8 + i * 4, word, true);
  for (const [i, word] of words.entries()) view.setUint32(HEADER_BYTES + i * 4, word, true);
  bytes.set(texts, HEADER_BYTES + typeBytes);
  return bytes;
}

/** What `.BTF` and `.BTF.ext` begin with: the mark, the version and the length of the header. */
export function writeMark(view: DataView, headerBytes: number): void {
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  view.setUint32(4, headerBytes, true);
}

const HEADER_BYTES = 24;

/** BTF_KIND_*. Source: include/uapi/linux/btf.h, v6.18. */
const KIND = {
  int: 1, ptr: 2, array: 3, struct: 4, union: 5, enum: 6, fwd: 7, typedef: 8, volatile: 9, const: 10, restrict: 11,
  func: 12, funcProto: 13, var: 14, datasec: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19,
} as const; // prettier-ignore

const LINKAGE = { static: 0, global: 1, extern: 2 } as const;

/** The words of one record. */
function recordOf(type: BtfType, strings: StringTable): number[] {
  switch (type.kind) {
    case 'void':
      return [];
    case 'int':
      return [...header(strings, type.name, KIND.int, 0, type.size), intWord(type)];
    case 'ptr':
    case 'const':
    case 'volatile':
    case 'restrict':
      return header(strings, '', KIND[type.kind], 0, type.type);
    case 'typedef':
    case 'typeTag':
      return header(strings, type.name, KIND[type.kind], 0, type.type);
    case 'fwd':
      return header(strings, type.name, KIND.fwd, 0, 0, type.union);
    case 'float':
      return header(strings, type.name, KIND.float, 0, type.size);
    case 'declTag':
      return [...header(strings, type.name, KIND.declTag, 0, type.type), type.component];
    case 'array':
      return [...header(strings, '', KIND.array, 0, 0), type.type, type.indexType, type.length];
    case 'struct':
    case 'union':
    case 'enum':
      return aggregate(type, strings);
    case 'func':
    case 'funcProto':
    case 'var':
    case 'datasec':
      return declared(type, strings);
    default:
      return unreachable(type);
  }
}

function header(
  strings: StringTable,
  name: string,
  kind: number,
  vlen: number,
  sizeOrType: number,
  flag = false,
): number[] {
  return [strings.offsetOf(name), ((kind << 24) | vlen | (flag ? 0x8000_0000 : 0)) >>> 0, sizeOrType];
}

function intWord(type: Extract<BtfType, { kind: 'int' }>): number {
  const encoding = (type.signed ? 1 : 0) | (type.char ? 2 : 0) | (type.bool ? 4 : 0);
  return (encoding << 24) | (type.offsetBits << 16) | type.bits;
}

function aggregate(type: Extract<BtfType, { kind: 'struct' | 'union' | 'enum' }>, strings: StringTable): number[] {
  if (type.kind === 'enum') return type.size === 8 ? enum64(type, strings) : enum32(type, strings);
  // With the flag the upper byte of a member's offset is the width of a bit field.
  const flag = type.members.some(({ bitSize }) => bitSize !== 0);
  const words = header(strings, type.name, KIND[type.kind], type.members.length, type.size, flag);
  for (const { name, type: of, offsetBits, bitSize } of type.members)
    words.push(strings.offsetOf(name), of, flag ? ((bitSize << 24) | offsetBits) >>> 0 : offsetBits);
  return words;
}

type Enum = Extract<BtfType, { kind: 'enum' }>;

function enum32(type: Enum, strings: StringTable): number[] {
  const words = header(strings, type.name, KIND.enum, type.values.length, type.size, type.signed);
  for (const { name, value } of type.values) words.push(strings.offsetOf(name), Number(BigInt.asUintN(32, value)));
  return words;
}

function enum64(type: Enum, strings: StringTable): number[] {
  const words = header(strings, type.name, KIND.enum64, type.values.length, type.size, type.signed);
  for (const { name, value } of type.values)
    words.push(strings.offsetOf(name), Number(value & 0xffff_ffffn), Number(BigInt.asUintN(64, value) >> 32n));
  return words;
}

type Declared = Extract<BtfType, { kind: 'func' | 'funcProto' | 'var' | 'datasec' }>;

function declared(type: Declared, strings: StringTable): number[] {
  switch (type.kind) {
    case 'func':
      return header(strings, type.name, KIND.func, LINKAGE[type.linkage], type.type);
    case 'var':
      return [...header(strings, type.name, KIND.var, 0, type.type), LINKAGE[type.linkage]];
    case 'funcProto':
      return prototype(type, strings);
    case 'datasec':
      return [
        ...header(strings, type.name, KIND.datasec, type.vars.length, type.size),
        ...type.vars.flatMap((one) => [one.type, one.offset, one.size]),
      ];
    default:
      return unreachable(type);
  }
}

/** `...` is a last parameter without name and type. */
function prototype(type: Extract<BtfType, { kind: 'funcProto' }>, strings: StringTable): number[] {
  const params = type.params.flatMap((param) => [strings.offsetOf(param.name), param.type]);
  const count = type.params.length + (type.variadic ? 1 : 0);
  return [...header(strings, '', KIND.funcProto, count, type.returns), ...params, ...(type.variadic ? [0, 0] : [])];
}
