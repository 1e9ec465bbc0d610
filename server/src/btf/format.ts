import { littleEndian, toHex } from '../base/bytes.ts';
import type { Btf, BtfMember, BtfType } from './btf.ts';
import { resolve, sizeOf } from './query.ts';
import { typeName } from './printType.ts';
import { isCharacter } from './typedJson.ts';

/** A value's bytes taken apart by its type: plain data that can be sent as JSON and shown as a tree. */
export type FormattedValue =
  | { readonly kind: 'scalar'; readonly type: string; readonly text: string }
  | { readonly kind: 'struct'; readonly type: string; readonly fields: readonly FormattedField[] }
  | {
      readonly kind: 'array';
      readonly type: string;
      readonly items: readonly FormattedValue[];
      readonly omitted: number;
    };

export interface FormattedField {
  /** Empty for an unnamed struct or union inside another. */
  readonly name: string;
  readonly value: FormattedValue;
}

/** How much of a value is shown; the rest is counted, not shown. */
const MAX_LEAVES = 2000;
const MAX_ITEMS = 256;
const MAX_DEPTH = 24;

interface Budget {
  leaves: number;
}

/** Takes `bytes` apart as a value of the type. Bytes that the type does not cover or that are missing are shown as hex. */
export function formatValue(btf: Btf, id: number, bytes: Uint8Array): FormattedValue {
  return format(btf, id, bytes, { leaves: MAX_LEAVES }, 0);
}

/** One line: `{src = 0xa, ports = [80, 443], name = "eth0"}`. */
export function valueText(value: FormattedValue): string {
  if (value.kind === 'scalar') return value.text;
  if (value.kind === 'struct')
    return `{${value.fields.map((field) => (field.name === '' ? '' : `${field.name} = `) + valueText(field.value)).join(', ')}}`;
  const items = value.items.map((item) => valueText(item));
  if (value.omitted > 0) items.push(`… ${value.omitted} more`);
  return `[${items.join(', ')}]`;
}

function format(btf: Btf, id: number, bytes: Uint8Array, budget: Budget, depth: number): FormattedValue {
  const type = resolve(btf, id);
  const name = typeName(btf, id);
  const size = sizeOf(btf, id);
  budget.leaves--;
  if (size === null || size > bytes.length || depth > MAX_DEPTH || budget.leaves < 0) return hexOf(name, bytes, size);
  const own = bytes.subarray(0, size);
  if (type.kind === 'struct' || type.kind === 'union')
    return { kind: 'struct', type: name, fields: fieldsOf(btf, type.members, own, budget, depth) };
  if (type.kind === 'array') return formatArray(btf, name, type, own, budget, depth);
  if (type.kind === 'var') return format(btf, type.type, bytes, budget, depth + 1);
  return { kind: 'scalar', type: name, text: scalarText(type, own) };
}

function hexOf(type: string, bytes: Uint8Array, size: number | null): FormattedValue {
  const shown = bytes.subarray(0, Math.min(bytes.length, size ?? bytes.length, 64));
  return { kind: 'scalar', type, text: `hex ${toHex(shown)}${shown.length < bytes.length ? '…' : ''}` };
}

function fieldsOf(
  btf: Btf,
  members: readonly BtfMember[],
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): FormattedField[] {
  const fields: FormattedField[] = [];
  for (const member of members) {
    if (budget.leaves <= 0) break;
    fields.push({ name: member.name, value: formatMember(btf, member, bytes, budget, depth) });
  }
  return fields;
}

function formatMember(btf: Btf, member: BtfMember, bytes: Uint8Array, budget: Budget, depth: number): FormattedValue {
  if (member.bitSize === 0) return format(btf, member.type, bytes.subarray(member.offsetBits >>> 3), budget, depth + 1);
  budget.leaves--;
  const type = resolve(btf, member.type);
  const bits = bitField(bytes, member.offsetBits, member.bitSize);
  const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
  const value = signed ? BigInt.asIntN(member.bitSize, bits) : bits;
  return { kind: 'scalar', type: typeName(btf, member.type), text: numberText(type, value) };
}

/** Bit 0 is the lowest bit of the first byte, as on every little-endian machine. */
function bitField(bytes: Uint8Array, offsetBits: number, bitSize: number): bigint {
  const first = offsetBits >>> 3;
  const last = (offsetBits + bitSize + 7) >>> 3;
  return BigInt.asUintN(bitSize, littleEndian(bytes.subarray(first, last)) >> BigInt(offsetBits & 7));
}

function formatArray(
  btf: Btf,
  name: string,
  type: Extract<BtfType, { kind: 'array' }>,
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): FormattedValue {
  const element = resolve(btf, type.type);
  const text = isCharacter(element) ? stringText(bytes) : null;
  if (text !== null) return { kind: 'scalar', type: name, text };
  const size = sizeOf(btf, type.type) ?? 0;
  const shown = size === 0 ? 0 : Math.min(type.length, MAX_ITEMS);
  const items: FormattedValue[] = [];
  for (let index = 0; index < shown && budget.leaves > 0; index++)
    items.push(format(btf, type.type, bytes.subarray(index * size), budget, depth + 1));
  return { kind: 'array', type: name, items, omitted: type.length - items.length };
}

/** Printable text, ends of lines included, that is followed by zeros only; null when the bytes are something else. */
function stringText(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const used = bytes.subarray(0, end === -1 ? bytes.length : end);
  if (used.some((byte) => !LINE_CONTROLS.has(byte) && (byte < 0x20 || byte > 0x7e))) return null;
  if (end !== -1 && bytes.subarray(end).some((byte) => byte !== 0)) return null;
  return JSON.stringify(new TextDecoder().decode(used));
}

/** Tab, line feed, carriage return. */
const LINE_CONTROLS: ReadonlySet<number> = new Set([9, 10, 13]);

function scalarText(type: BtfType, bytes: Uint8Array): string {
  const bits = littleEndian(bytes.subarray(0, 16));
  if (type.kind === 'int' || type.kind === 'enum')
    return numberText(type, type.signed ? BigInt.asIntN(type.size * 8, bits) : bits);
  if (type.kind === 'float') return floatText(bytes);
  if (type.kind === 'ptr') return bits === 0n ? 'NULL' : `0x${bits.toString(16)}`;
  return `hex ${toHex(bytes.subarray(0, 64))}`;
}

function numberText(type: BtfType, value: bigint): string {
  if (type.kind === 'enum') {
    const known = type.values.find((entry) => entry.value === value);
    return known ? `${known.name} (${value})` : `${value}`;
  }
  if (type.kind === 'int' && type.bool) return value === 0n ? 'false' : value === 1n ? 'true' : `${value}`;
  return `${value}`;
}

function floatText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return `${view.getFloat32(0, true)}`;
  return bytes.length === 8 ? `${view.getFloat64(0, true)}` : `hex ${toHex(bytes.subarray(0, 64))}`;
}
