import type { Btf, BtfMember, BtfType } from '../../btf/btf.ts';
import { AT, ATE, OP, TAG } from './constants.ts';
import { byteSource, Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';

/** The types of a file's debug information in the form of BTF, each read when it is asked for. */
export interface DwarfTypes {
  readonly btf: Btf;
  /** Id of the type of a variable or member; void where it has none. */
  readonly typeOf: (entry: Entry) => number;
}

/** A type to be read: an entry, and of an array of several dimensions how many of them are taken away. */
interface Wanted {
  readonly start: number;
  readonly dimension: number;
}

interface State {
  readonly entryAt: (start: number) => Entry | null;
  /** By id. */
  readonly wanted: Wanted[];
  readonly ids: Map<string, number>;
  readonly read: Map<number, BtfType>;
}

/** More members, values or parameters than any type has. */
const MOST_PARTS = 100_000;

export function dwarfTypes(entryAt: (start: number) => Entry | null): DwarfTypes {
  const state: State = { entryAt, wanted: [{ start: -1, dimension: 0 }], ids: new Map(), read: new Map() };
  const lazy: NonNullable<Btf['lazy']> = {
    get count() {
      return state.wanted.length;
    },
    at: (id) => typeAt(state, id),
    // These types are only reached from variables, never by their names.
    named: () => [],
    flavours: () => [],
    declared: () => [],
    enumerationOf: () => null,
    tagsOn: () => [],
  };
  return { btf: { types: [], lazy }, typeOf: (entry) => typeOf(state, entry) };
}

function typeOf(state: State, entry: Entry): number {
  const start = entry.reference(AT.type);
  return start === null ? 0 : idOf(state, start, 0);
}

function idOf(state: State, start: number, dimension: number): number {
  const key = `${start} ${dimension}`;
  const id = state.ids.get(key) ?? state.wanted.push({ start, dimension }) - 1;
  state.ids.set(key, id);
  return id;
}

function typeAt(state: State, id: number): BtfType | undefined {
  const known = state.read.get(id);
  const wanted = state.wanted[id];
  if (known !== undefined || wanted === undefined) return known;
  const entry = wanted.start < 0 ? null : state.entryAt(wanted.start);
  const type = entry === null ? VOID : (readType(state, entry, wanted) ?? VOID);
  state.read.set(id, type);
  return type;
}

const VOID: BtfType = { kind: 'void' };

function readType(state: State, entry: Entry, { start, dimension }: Wanted): BtfType | null {
  const name = entry.text(AT.name);
  switch (entry.tag) {
    case TAG.baseType:
      return baseType(entry, name);
    case TAG.pointerType:
      return { kind: 'ptr', type: typeOf(state, entry) };
    case TAG.constType:
      return { kind: 'const', type: typeOf(state, entry) };
    case TAG.volatileType:
    case TAG.atomicType:
      return { kind: 'volatile', type: typeOf(state, entry) };
    case TAG.restrictType:
      return { kind: 'restrict', type: typeOf(state, entry) };
    case TAG.typedef:
      return { kind: 'typedef', name, type: typeOf(state, entry) };
    case TAG.structureType:
    case TAG.unionType:
      return recordType(state, entry, name);
    case TAG.enumerationType:
      return enumType(state, entry, name);
    case TAG.arrayType:
      return arrayType(state, entry, start, dimension);
    case TAG.subroutineType:
      return functionType(state, entry);
    default:
      return null;
  }
}

function baseType(entry: Entry, name: string): BtfType {
  const size = entry.number(AT.byteSize) ?? 0;
  const encoding = entry.number(AT.encoding) ?? 0;
  if (encoding === ATE.float || encoding === ATE.complexFloat) return { kind: 'float', name, size };
  const signed = encoding === ATE.signed || encoding === ATE.signedChar;
  const bool = encoding === ATE.boolean;
  return { kind: 'int', name, size, bits: bool ? 8 : size * 8, offsetBits: 0, signed, char: false, bool };
}

function partsOf(entry: Entry, ...tags: readonly number[]): Entry[] {
  const parts: Entry[] = [];
  for (const part of entry.children()) {
    if (tags.includes(part.tag)) parts.push(part);
    if (parts.length === MOST_PARTS) break;
  }
  return parts;
}

function recordType(state: State, entry: Entry, name: string): BtfType {
  const union = entry.tag === TAG.unionType;
  if (entry.flag(AT.declaration)) return { kind: 'fwd', name, union };
  const members = partsOf(entry, TAG.member).map((part) => memberOf(state, part));
  return { kind: union ? 'union' : 'struct', name, size: entry.number(AT.byteSize) ?? 0, members };
}

function memberOf(state: State, part: Entry): BtfMember {
  const bitSize = part.number(AT.bitSize) ?? 0;
  const offsetBits = part.number(AT.dataBitOffset) ?? memberBytes(part) * 8 + oldBitOffset(part, bitSize);
  return { name: part.text(AT.name), type: typeOf(state, part), offsetBits, bitSize };
}

/** A number, or before DWARF 4 an expression that adds it. */
function memberBytes(part: Entry): number {
  const block = part.block(AT.dataMemberLocation);
  if (block === null) return part.number(AT.dataMemberLocation) ?? 0;
  const cursor = new Cursor(byteSource(block, part.unit.info.littleEndian));
  return cursor.u8() === OP.plusUconst ? cursor.uleb() : 0;
}

/** DWARF 3 counted from the highest bit of the storage. */
function oldBitOffset(part: Entry, bitSize: number): number {
  const offset = part.number(AT.bitOffset);
  const storage = part.number(AT.byteSize) ?? 0;
  if (offset === null) return 0;
  return part.unit.info.littleEndian ? Math.max(0, storage * 8 - offset - bitSize) : offset;
}

function enumType(state: State, entry: Entry, name: string): BtfType {
  const size = entry.number(AT.byteSize) ?? 4;
  const parts = partsOf(entry, TAG.enumerator).map((part) => ({ name: part.text(AT.name), ...valueOf(part) }));
  const base = typeAt(state, typeOf(state, entry));
  const signed = base?.kind === 'int' ? base.signed : parts.some(({ value }) => value < 0n);
  const bits = Math.min(Math.max(size, 1), 8) * 8;
  const values = parts.map((part) => ({
    name: part.name,
    value: signed ? BigInt.asIntN(bits, part.value) : BigInt.asUintN(bits, part.value),
  }));
  return { kind: 'enum', name, size, signed, values };
}

function valueOf(part: Entry): { value: bigint } {
  return { value: part.constant(AT.constValue) ?? 0n };
}

/** The type of an array's elements is, while there are dimensions left, an array itself. */
function arrayType(state: State, entry: Entry, start: number, dimension: number): BtfType {
  const dimensions = partsOf(entry, TAG.subrangeType);
  const own = dimensions[dimension];
  const element = dimension + 1 < dimensions.length ? idOf(state, start, dimension + 1) : typeOf(state, entry);
  return { kind: 'array', type: element, indexType: 0, length: own === undefined ? 0 : lengthOf(own) };
}

/** 0 for an array that does not say. */
function lengthOf(dimension: Entry): number {
  const count = dimension.number(AT.count);
  const last = dimension.number(AT.upperBound);
  return count ?? (last === null ? 0 : last + 1);
}

function functionType(state: State, entry: Entry): BtfType {
  const parts = partsOf(entry, TAG.formalParameter, TAG.unspecifiedParameters);
  const params = parts
    .filter(({ tag }) => tag === TAG.formalParameter)
    .map((part) => ({ name: part.text(AT.name), type: typeOf(state, part) }));
  return { kind: 'funcProto', returns: typeOf(state, entry), params, variadic: params.length < parts.length };
}
