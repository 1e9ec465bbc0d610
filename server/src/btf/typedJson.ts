import { littleEndian, toHex } from '../base/bytes.ts';
import type { Btf, BtfMember, BtfType } from './btf.ts';
import { resolve, sizeOf } from './query.ts';

/** A value as JSON: numbers beyond 2^53 and pointers as text, structs as objects, enums by name, characters as text. */
export type TypedJson =
  number | string | boolean | null | readonly TypedJson[] | { readonly [name: string]: TypedJson };

/** How much of a value is taken apart; what goes beyond is shown as `{"hex": …}`. */
const MAX_LEAVES = 4096;
const MAX_DEPTH = 24;

interface Budget {
  leaves: number;
}

/** `bytes` as a value of the type. What its type cannot say is `{"hex": "…"}`. */
export function typedJson(btf: Btf, id: number, bytes: Uint8Array): TypedJson {
  return write(btf, id, bytes, { leaves: MAX_LEAVES }, 0);
}

function write(btf: Btf, id: number, bytes: Uint8Array, budget: Budget, depth: number): TypedJson {
  const type = resolve(btf, id);
  const size = type.kind === 'datasec' ? type.size : sizeOf(btf, id);
  budget.leaves--;
  if (size === null || size > bytes.length || depth > MAX_DEPTH || budget.leaves < 0) return { hex: toHex(bytes.subarray(0, size ?? bytes.length)) }; // prettier-ignore
  const own = bytes.subarray(0, size);
  switch (type.kind) {
    case 'struct':
      return Object.fromEntries(membersOf(btf, type.members, own, budget, depth));
    case 'union':
      return Object.fromEntries(membersOf(btf, chosen(btf, type.members), own, budget, depth));
    case 'array':
      return writeArray(btf, type, own, budget, depth);
    case 'var':
      return write(btf, type.type, own, budget, depth + 1);
    case 'datasec':
      return writeSection(btf, type, own, budget, depth);
    default:
      return scalar(type, own);
  }
}

/** Members of unnamed structs and unions count as the outer one's, as in C. */
function membersOf(
  btf: Btf,
  members: readonly BtfMember[],
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): [string, TypedJson][] {
  return members.flatMap((member): [string, TypedJson][] => {
    if (member.bitSize > 0) return member.name === '' ? [] : [[member.name, bitField(btf, member, bytes)]];
    const part = bytes.subarray(member.offsetBits >>> 3);
    const inner = resolve(btf, member.type);
    if (member.name !== '') return [[member.name, write(btf, member.type, part, budget, depth + 1)]];
    if (depth > MAX_DEPTH || budget.leaves < 0) return [];
    if (inner.kind === 'struct') return membersOf(btf, inner.members, part, budget, depth + 1);
    return inner.kind === 'union' ? membersOf(btf, chosen(btf, inner.members), part, budget, depth + 1) : [];
  });
}

/** Of a union the first of its largest members. */
function chosen(btf: Btf, members: readonly BtfMember[]): BtfMember[] {
  const sizes = members.map((member) => (member.bitSize > 0 ? member.bitSize / 8 : (sizeOf(btf, member.type) ?? 0)));
  const largest = members[sizes.indexOf(Math.max(...sizes))];
  return largest === undefined ? [] : [largest];
}

function bitField(btf: Btf, { type: id, offsetBits, bitSize }: BtfMember, bytes: Uint8Array): TypedJson {
  const first = offsetBits >>> 3;
  const last = (offsetBits + bitSize + 7) >>> 3;
  const bits = BigInt.asUintN(bitSize, littleEndian(bytes.subarray(first, last)) >> BigInt(offsetBits & 7));
  return whole(resolve(btf, id), bits, bitSize);
}

function writeArray(
  btf: Btf,
  type: Extract<BtfType, { kind: 'array' }>,
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): TypedJson {
  const element = resolve(btf, type.type);
  const text = isCharacter(element) ? textOf(bytes) : null;
  if (text !== null) return text;
  const size = sizeOf(btf, type.type) ?? 0;
  if (size === 0 || type.length > budget.leaves) return { hex: toHex(bytes) };
  return Array.from({ length: type.length }, (_, i) =>
    write(btf, type.type, bytes.subarray(i * size), budget, depth + 1),
  );
}

function writeSection(
  btf: Btf,
  section: Extract<BtfType, { kind: 'datasec' }>,
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): TypedJson {
  const variables = section.vars.flatMap(({ type, offset }) => {
    const variable = btf.types[type];
    if (variable?.kind !== 'var') return [];
    return [[variable.name, write(btf, variable.type, bytes.subarray(offset), budget, depth + 1)]];
  });
  return Object.fromEntries(variables) as TypedJson;
}

export function isCharacter(type: BtfType): boolean {
  return type.kind === 'int' && type.size === 1 && (type.char || type.name === 'char');
}

/** Text up to the first zero, when nothing but zeros follows and reading it gives the same bytes; null otherwise. */
function textOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const length = end < 0 ? bytes.length : end;
  if (bytes.subarray(length).some((byte) => byte !== 0)) return null;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length));
  const again = new TextEncoder().encode(text);
  return again.length === length && again.every((byte, i) => byte === bytes[i]) ? text : null;
}

function scalar(type: BtfType, bytes: Uint8Array): TypedJson {
  if (type.kind === 'ptr') return `0x${littleEndian(bytes).toString(16)}`;
  if (type.kind === 'float') return float(bytes);
  if (type.kind === 'int' || type.kind === 'enum') return whole(type, littleEndian(bytes), bytes.length * 8);
  return { hex: toHex(bytes) };
}

function whole(type: BtfType, bits: bigint, size: number): TypedJson {
  const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
  const value = signed ? BigInt.asIntN(size, bits) : bits;
  if (type.kind === 'int' && type.bool && value <= 1n) return value === 1n;
  const name = type.kind === 'enum' ? type.values.find((one) => one.value === value)?.name : undefined;
  if (name !== undefined) return name;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Numbers that JSON has no words for are shown as bytes. */
function float(bytes: Uint8Array): TypedJson {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = bytes.length === 4 ? view.getFloat32(0, true) : bytes.length === 8 ? view.getFloat64(0, true) : NaN;
  return Number.isFinite(value) && !Object.is(value, -0) ? value : { hex: toHex(bytes) };
}
