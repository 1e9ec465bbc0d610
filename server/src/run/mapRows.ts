import { toHex } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import { formatValue, valueText } from '../btf/format.ts';
import type { MapSpec } from '../program/program.ts';
import type { MapSnapshot } from './result.ts';

type Entry = MapSnapshot['entries'][number];

/** The variables of a data section with their values; null for other maps, and where the object has no types. */
export function variableRows(
  { entries }: MapSnapshot,
  spec: MapSpec | null,
  btf: Btf | null,
): { readonly name: string; readonly hex: string; readonly text: string }[] | null {
  const section = btf?.types[spec?.valueTypeId ?? 0];
  const bytes = entries[0]?.values[0];
  if (btf === null || section?.kind !== 'datasec' || bytes === undefined) return null;
  return section.vars.flatMap(({ type, offset, size }) => {
    const variable = btf.types[type];
    if (variable?.kind !== 'var') return [];
    const own = bytes.subarray(offset, offset + size);
    return [{ name: variable.name, hex: toHex(own), text: text(btf, variable.type, own) }];
  });
}

/** Positions in arrays have no type worth showing. */
export function keyText(map: MapSnapshot, spec: MapSpec | null, btf: Btf | null, key: Uint8Array): string {
  return text(btf, map.type.includes('array') ? 0 : (spec?.keyTypeId ?? 0), key);
}

/** Its values, one for each CPU, or the thing that stands in a slot. */
export function entryText(spec: MapSpec | null, btf: Btf | null, { values, holds }: Entry): string[] {
  if (holds !== undefined) return [`${holds.what} ${holds.name}`];
  return values.map((value) => text(btf, spec?.valueTypeId ?? 0, value));
}

function text(btf: Btf | null, id: number, bytes: Uint8Array): string {
  return btf === null || id === 0 ? plain(bytes) : valueText(formatValue(btf, id, bytes));
}

/** Bytes without a type: numbers where they have a number's size, hex otherwise. */
function plain(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 1) return String(view.getUint8(0));
  if (bytes.length === 2) return String(view.getUint16(0, true));
  if (bytes.length === 4) return String(view.getUint32(0, true));
  if (bytes.length === 8) return String(view.getBigUint64(0, true));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
