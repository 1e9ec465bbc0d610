import { littleEndian, toHex } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import { entryText, keyText, variableRows } from './mapRows.ts';
import type { MapSnapshot } from './result.ts';

/** A map as a table for people. */
export interface MapTable {
  readonly name: string;
  readonly type: string;
  /** Keys and values in hex (a variable goes by its name), and what they say. */
  readonly entries: readonly { readonly key: string; readonly values: readonly string[]; readonly readable: string }[];
  readonly truncated: boolean;
}

/** Entries by their types where the object has some; global variables one by one. Zeros of arrays are left out. */
export function listMap(machine: Machine, { btf }: Program, map: MapSnapshot): MapTable {
  const spec = machine.maps.find((one) => one?.spec.name === map.name)?.spec ?? null;
  const { name, type, entries, truncated } = map;
  const variables = variableRows(map, spec, btf);
  if (variables !== null)
    return {
      name,
      type: 'global variables',
      truncated,
      entries: variables.map((one) => ({ key: one.name, values: [one.hex], readable: one.text })),
    };
  const isArray = type === 'array' || type === 'percpu_array';
  const shown = isArray ? entries.filter(({ values }) => values.some(notZero)) : entries;
  return {
    name,
    type,
    truncated,
    entries: shown.map((entry) => ({
      key: toHex(entry.key),
      values: entry.values.map(toHex),
      readable: readable(map, spec, btf, entry),
    })),
  };
}

function readable(
  map: MapSnapshot,
  spec: MapSpec | null,
  btf: Btf | null,
  entry: MapSnapshot['entries'][number],
): string {
  const isTyped = btf !== null && spec !== null && spec.valueTypeId !== 0;
  if (!isTyped && entry.holds === undefined) return asNumbers(entry.key, entry.values);
  const values = entryText(spec, btf, entry).join(' │ ');
  return entry.key.length === 0 ? values : `${keyText(map, spec, btf, entry.key)} → ${values}`;
}

function notZero(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0);
}

/** `3 → 120`: short keys and values as the numbers they usually are. */
function asNumbers(key: Uint8Array, values: readonly Uint8Array[]): string {
  const numbers = values.map(asNumber);
  const first = asNumber(key);
  if (first === null || numbers.includes(null)) return '';
  const sum = values.length > 1 ? ` (sum ${numbers.reduce((total: bigint, one) => total + (one ?? 0n), 0n)})` : '';
  return `${first} → ${numbers.join(', ')}${sum}`;
}

function asNumber(bytes: Uint8Array): bigint | null {
  return [1, 2, 4, 8].includes(bytes.length) ? littleEndian(bytes) : null;
}
