import { errorAt } from '../base/diagnostic.ts';
import type { BtfMember, BtfType } from './btf.ts';
import type { Findings } from './findings.ts';
import type { BtfStrings } from './strings.ts';

/** What reading one record needs: the bytes, how many types there are, and where names and findings go. */
export interface TypeSource {
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Number of types with void; a valid id is less. */
  readonly count: number;
  readonly strings: BtfStrings;
  readonly findings: Findings;
}

/** One record's header, taken apart. `extra` is where the bytes after the header begin. */
interface RawType {
  readonly id: number;
  readonly start: number;
  readonly extra: number;
  readonly kind: number;
  readonly vlen: number;
  readonly kindFlag: boolean;
  readonly name: string;
  readonly sizeOrType: number;
}

/** By BTF_KIND_*: bytes after the 12-byte header, fixed and per element. Source: include/uapi/linux/btf.h, v6.18. */
const TRAILING: readonly (readonly [fixed: number, each: number] | null)[] = [
  null, [4, 0], [0, 0], [12, 0], [0, 12], [0, 12], [0, 8], [0, 0], [0, 0], [0, 0],
  [0, 0], [0, 0], [0, 0], [0, 8], [4, 0], [0, 12], [0, 0], [4, 0], [0, 0], [0, 12],
]; // prettier-ignore

/** Bytes after a record's header, or null when the kind is unknown. */
export function trailingBytes(kind: number, vlen: number): number | null {
  const sizes = TRAILING[kind];
  return sizes ? sizes[0] + sizes[1] * vlen : null;
}

/** Reads the record at `start`, which the caller has checked to lie inside the data. */
export function readType(source: TypeSource, start: number, id: number): BtfType {
  const info = word(source, start + 4);
  const raw: RawType = {
    id,
    start,
    extra: start + 12,
    kind: (info >>> 24) & 0x1f,
    vlen: info & 0xffff,
    kindFlag: info >>> 31 === 1,
    name: nameAt(source, start, id),
    sizeOrType: word(source, start + 8),
  };
  return raw.kind <= 10 ? readDataType(source, raw) : readOther(source, raw);
}

function readDataType(source: TypeSource, raw: RawType): BtfType {
  const { name } = raw;
  switch (raw.kind) {
    case 1:
      return readInt(source, raw);
    case 3:
      return readArray(source, raw);
    case 4:
      return { kind: 'struct', name, size: raw.sizeOrType, members: readMembers(source, raw) };
    case 5:
      return { kind: 'union', name, size: raw.sizeOrType, members: readMembers(source, raw) };
    case 6:
      return readEnum(source, raw);
    case 7:
      return { kind: 'fwd', name, union: raw.kindFlag };
    case 8:
      return { kind: 'typedef', name, type: ref(source, raw, raw.sizeOrType) };
    case 9:
      return { kind: 'volatile', type: ref(source, raw, raw.sizeOrType) };
    case 10:
      return { kind: 'const', type: ref(source, raw, raw.sizeOrType) };
    default:
      return { kind: 'ptr', type: ref(source, raw, raw.sizeOrType) };
  }
}

function readOther(source: TypeSource, raw: RawType): BtfType {
  const { name } = raw;
  const type = raw.kind === 15 || raw.kind === 16 || raw.kind === 19 ? 0 : ref(source, raw, raw.sizeOrType);
  switch (raw.kind) {
    case 11:
      return { kind: 'restrict', type };
    case 12:
      return { kind: 'func', name, type, linkage: linkage(source, raw, raw.vlen) };
    case 13:
      return readFuncProto(source, raw);
    case 14:
      return { kind: 'var', name, type, linkage: linkage(source, raw, word(source, raw.extra)) };
    case 15:
      return { kind: 'datasec', name, size: raw.sizeOrType, vars: readVars(source, raw) };
    case 16:
      return { kind: 'float', name, size: raw.sizeOrType };
    case 17:
      return { kind: 'declTag', name, type, component: word(source, raw.extra) | 0 };
    case 18:
      return { kind: 'typeTag', name, type };
    default:
      return readEnum64(source, raw);
  }
}

function readInt(source: TypeSource, raw: RawType): BtfType {
  const value = word(source, raw.extra);
  const encoding = (value >>> 24) & 0xf;
  const bits = value & 0xff;
  if (bits > raw.sizeOrType * 8)
    fault(source, raw, `the integer ${raw.name} has ${bits} bits in ${raw.sizeOrType} bytes`);
  return {
    kind: 'int',
    name: raw.name,
    size: raw.sizeOrType,
    bits,
    offsetBits: (value >>> 16) & 0xff,
    signed: (encoding & 1) !== 0,
    char: (encoding & 2) !== 0,
    bool: (encoding & 4) !== 0,
  };
}

function readArray(source: TypeSource, raw: RawType): BtfType {
  return {
    kind: 'array',
    type: ref(source, raw, word(source, raw.extra)),
    indexType: ref(source, raw, word(source, raw.extra + 4)),
    length: word(source, raw.extra + 8),
  };
}

/** With kind_flag an offset holds the bit field's width in its upper byte. */
function readMembers(source: TypeSource, raw: RawType): BtfMember[] {
  const members: BtfMember[] = [];
  for (let i = 0, at = raw.extra; i < raw.vlen; i++, at += 12) {
    const position = word(source, at + 8);
    const offsetBits = raw.kindFlag ? position & 0xff_ffff : position;
    const bitSize = raw.kindFlag ? position >>> 24 : 0;
    if (offsetBits + bitSize > raw.sizeOrType * 8)
      fault(source, raw, `a member of ${raw.name || 'an unnamed struct'} lies beyond its ${raw.sizeOrType} bytes`);
    members.push({
      name: nameAt(source, at, raw.id),
      type: ref(source, raw, word(source, at + 4)),
      offsetBits,
      bitSize,
    });
  }
  return members;
}

function readEnum(source: TypeSource, raw: RawType): BtfType {
  const values = [];
  for (let i = 0, at = raw.extra; i < raw.vlen; i++, at += 8) {
    const bits = word(source, at + 4);
    values.push({ name: nameAt(source, at, raw.id), value: BigInt(raw.kindFlag ? bits | 0 : bits) });
  }
  return { kind: 'enum', name: raw.name, size: raw.sizeOrType, signed: raw.kindFlag, values };
}

function readEnum64(source: TypeSource, raw: RawType): BtfType {
  const values = [];
  for (let i = 0, at = raw.extra; i < raw.vlen; i++, at += 12) {
    const bits = (BigInt(word(source, at + 8)) << 32n) | BigInt(word(source, at + 4));
    values.push({ name: nameAt(source, at, raw.id), value: raw.kindFlag ? BigInt.asIntN(64, bits) : bits });
  }
  return { kind: 'enum', name: raw.name, size: raw.sizeOrType, signed: raw.kindFlag, values };
}

/** A last parameter without name and type stands for `...`. */
function readFuncProto(source: TypeSource, raw: RawType): BtfType {
  const params = [];
  let variadic = false;
  for (let i = 0, at = raw.extra; i < raw.vlen; i++, at += 8) {
    const type = ref(source, raw, word(source, at + 4));
    if (i === raw.vlen - 1 && type === 0 && word(source, at) === 0) variadic = true;
    else params.push({ name: nameAt(source, at, raw.id), type });
  }
  return { kind: 'funcProto', returns: ref(source, raw, raw.sizeOrType), params, variadic };
}

function readVars(source: TypeSource, raw: RawType): { type: number; offset: number; size: number }[] {
  const vars = [];
  for (let i = 0, at = raw.extra; i < raw.vlen; i++, at += 12)
    vars.push({
      type: ref(source, raw, word(source, at)),
      offset: word(source, at + 4),
      size: word(source, at + 8),
    });
  return vars;
}

function linkage(source: TypeSource, raw: RawType, value: number): 'static' | 'global' | 'extern' {
  if (value > 2) fault(source, raw, `${raw.name} has the unknown linkage ${value}`);
  return value === 0 ? 'static' : value === 2 ? 'extern' : 'global';
}

/** A type id that a record refers to; void when there is no such type. */
function ref(source: TypeSource, raw: RawType, id: number): number {
  if (id < source.count) return id;
  fault(
    source,
    raw,
    `type ${raw.id} (${raw.name || 'unnamed'}) refers to type ${id}, but the last one is ${source.count - 1}`,
  );
  return 0;
}

function nameAt(source: TypeSource, at: number, id: number): string {
  const offset = word(source, at);
  if (offset === 0) return '';
  const name = source.strings(offset);
  if (name !== null) return name;
  const span = { start: at, end: at + 4 };
  source.findings.add(errorAt('btf-string-invalid', span, `BTF type ${id} has a name outside of the string section`));
  return '';
}

function fault(source: TypeSource, raw: RawType, message: string): void {
  source.findings.add(errorAt('btf-type-invalid', { start: raw.start, end: raw.extra }, message));
}

function word(source: TypeSource, at: number): number {
  return source.view.getUint32(at, source.littleEndian);
}
