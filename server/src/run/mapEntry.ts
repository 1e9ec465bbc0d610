import { fromHex } from '../base/bytes.ts';
import type { JsonNode, JsonValue } from '../base/json.ts';
import type { Btf } from '../btf/btf.ts';
import { readTyped } from '../btf/readTyped.ts';
import type { MapSpec } from '../program/program.ts';
import type { MapsContext } from './initialMaps.ts';
import type { Problem } from './jsonKinds.ts';
import { HOLDS, holdOf, isHolder } from './mapHolds.ts';

export interface InitialEntry {
  /** Offset in the text, and the entry's path: "rules.entries[3]". */
  readonly at: number;
  readonly where: string;
  readonly key: Uint8Array;
  /** One value, or one per CPU. Maps of things have none. */
  readonly values: readonly Uint8Array[];
  /** The thing that a slot holds: a name, or its number. */
  readonly holds: string | number | null;
  /** Entries of an inner map that is made for the slot. */
  readonly contents: JsonNode | null;
}

export interface EntryContext extends MapsContext {
  readonly spec: MapSpec;
  readonly btf: Btf | null;
  readonly problems: Problem[];
}

const NONE = new Uint8Array();

/** `{"key": …, "value": …}`: texts are hex, everything else is read by the type. null when it does not fit. */
export function readEntry(context: EntryContext, node: JsonNode, where: string): InitialEntry | null {
  const { spec, problems } = context;
  const before = problems.length;
  if (node.value.kind !== 'object') {
    problems.push({ at: node.at, message: `${where}: expected {"key": "…", "value": "…"}` });
    return null;
  }
  const { members } = node.value;
  for (const [name, { keyAt }] of members)
    if (!allowed(spec).includes(name))
      problems.push({
        at: keyAt,
        message: `${where}.${name}: there is no such member; there are ${allowed(spec).join(', ')}`,
      });
  const common = { at: node.at, where, key: readKey(context, node, where) };
  const entry =
    isHolder(spec.type) && !members.has('value')
      ? { ...common, values: [], ...holdOf(context, node, where) }
      : { ...common, values: readValues(context, node, where), holds: null, contents: null };
  return problems.length > before ? null : entry;
}

/** Queues and the like have no keys; an empty one may stand there. */
function allowed({ type, keySize }: MapSpec): string[] {
  return [...(keySize === 0 ? ['key'] : ['key', 'keyTyped']), 'value', 'valueTyped', ...(HOLDS[type] ?? [])];
}

function member(node: JsonNode, name: string): JsonNode | undefined {
  return node.value.kind === 'object' ? node.value.members.get(name)?.node : undefined;
}

function readKey(context: EntryContext, node: JsonNode, where: string): Uint8Array {
  const { spec } = context;
  const hex = member(node, 'key');
  const typed = member(node, 'keyTyped');
  if (spec.keySize === 0) return hex === undefined ? NONE : readPart(context, hex, `${where}.key`, 0, 0, true);
  // Variables and the value of a control group have one place.
  if (hex === undefined && typed === undefined && (spec.initial !== null || spec.type.endsWith('cgroup_storage')))
    return new Uint8Array(spec.keySize);
  if (hex !== undefined) return readPart(context, hex, `${where}.key`, spec.keySize, spec.keyTypeId, true);
  if (typed !== undefined) return readPart(context, typed, `${where}.keyTyped`, spec.keySize, spec.keyTypeId, false);
  context.problems.push({ at: node.at, message: `${where}: "key" is missing` });
  return NONE;
}

/** One value, or a list of one for each CPU. */
function readValues(context: EntryContext, node: JsonNode, where: string): Uint8Array[] {
  const { spec } = context;
  const hex = member(node, 'value');
  const given = hex ?? member(node, 'valueTyped');
  if (given === undefined) {
    context.problems.push({ at: node.at, message: `${where}: "value" is missing` });
    return [];
  }
  const place = `${where}.${hex === undefined ? 'valueTyped' : 'value'}`;
  const perCpu = spec.type.includes('percpu') && given.value.kind === 'array';
  if (perCpu && given.value.kind === 'array' && given.value.items.length === 0)
    context.problems.push({ at: given.at, message: `${place}: expected a value, or one for each CPU` });
  const nodes = perCpu && given.value.kind === 'array' ? given.value.items : [given];
  const size = spec.type === 'user_ringbuf' ? null : spec.valueSize;
  return nodes.map((one, i) =>
    readPart(context, one, perCpu ? `${place}[${i}]` : place, size, spec.valueTypeId, hex !== undefined),
  );
}

/** A key or value of `size` bytes (null: of any size). A text is hex where `text` says so. */
function readPart(
  context: EntryContext,
  node: JsonNode,
  where: string,
  size: number | null,
  typeId: number,
  text: boolean,
): Uint8Array {
  const { btf, problems } = context;
  if (text && node.value.kind === 'string') return readHex(context, node, node.value.text, where, size);
  if (btf !== null && typeId !== 0) return readTyped(btf, typeId, node, where, problems, context.spec.initial) ?? NONE;
  const number = size === null || size > 8 ? null : wholeNumber(node.value, size);
  if (number !== null) return number;
  const bytes = size === null ? 'bytes in hex' : `${size} bytes in hex`;
  const types = size !== null && size <= 8 ? ' or a whole number that fits' : '';
  problems.push({ at: node.at, message: `${where}: expected ${bytes}${types}; the object has no type for it` });
  return NONE;
}

function readHex(context: EntryContext, node: JsonNode, text: string, where: string, size: number | null): Uint8Array {
  const bytes = fromHex(text);
  const what = size === null ? 'bytes in hex' : `${size} bytes in hex`;
  if (bytes !== null && (size === null || bytes.length === size)) return bytes;
  const found = bytes === null ? '' : `, not ${bytes.length}`;
  context.problems.push({ at: node.at, message: `${where}: expected ${what}${found}` });
  return NONE;
}

/** Without a type, a number in the machine's byte order. */
function wholeNumber(value: JsonValue, size: number): Uint8Array | null {
  if (value.kind !== 'number' && value.kind !== 'string') return null;
  if (!/^-?(0x[0-9a-fA-F]{1,16}|\d{1,20})$/.test(value.text)) return null;
  const negative = value.text.startsWith('-');
  const number = negative ? -BigInt(value.text.slice(1)) : BigInt(value.text);
  const bits = BigInt(8 * size);
  if (number >= 1n << bits || number < -(1n << (bits - 1n))) return null;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, number), true);
  return bytes.subarray(0, size);
}
