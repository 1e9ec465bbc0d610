import { toHex } from '../base/bytes.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { formatValue } from './values.ts';
import { leaf, type Variable } from './variables.ts';

/** Entries shown of one map; more would only hide what people look for. */
const MAX_ENTRIES = 1000;

export function mapVariables(machine: Machine): Variable[] {
  return machine.maps.flatMap((map) => (map === null ? [] : [mapVariable(machine, map)]));
}

export function mapVariable(machine: Machine, map: GuestMap): Variable {
  const { name, type, keySize, valueSize, maxEntries } = map.spec;
  return {
    name,
    value: `${type}, ${keySize} → ${valueSize} bytes, ${maxEntries} at most`,
    type,
    evaluateName: name,
    children: () => entries(machine, map),
  };
}

function entries(machine: Machine, map: GuestMap): Variable[] {
  const keys = map.keys(MAX_ENTRIES + 1).filter((key) => map.spec.type !== 'array' || !isZero(machine, map, key));
  const shown = keys.slice(0, MAX_ENTRIES).map((key) => entry(machine, map, key));
  if (keys.length > MAX_ENTRIES) shown.push(leaf('…', `only the first ${MAX_ENTRIES} entries are shown`));
  if (shown.length === 0) shown.push(leaf('(empty)', map.spec.type === 'array' ? 'all values are zero' : 'no entries'));
  return shown;
}

function entry(machine: Machine, map: GuestMap, key: Uint8Array): Variable {
  const name = `[${keyText(key)}]`;
  if (!map.perCpu) return leaf(name, valueText(machine, map, key, 0));
  const cpus = Array.from({ length: machine.cpus }, (_, cpu) => leaf(`cpu ${cpu}`, valueText(machine, map, key, cpu)));
  return { name, value: `${machine.cpus} CPUs`, type: '', evaluateName: null, children: () => cpus };
}

/** Short keys read as a number in the machine's byte order, others as bytes. */
function keyText(key: Uint8Array): string {
  return key.length === 4 || key.length === 8 || key.length <= 2 ? String(littleEndian(key)) : toHex(key);
}

function valueText(machine: Machine, map: GuestMap, key: Uint8Array, cpu: number): string {
  const bytes = valueBytes(machine, map, key, cpu);
  if (bytes === null) return 'gone';
  return bytes.length <= 8 ? formatValue(littleEndian(bytes), null) : toHex(bytes).replaceAll(/(.{16})(?=.)/g, '$1 ');
}

function valueBytes(machine: Machine, map: GuestMap, key: Uint8Array, cpu: number): Uint8Array | null {
  const address = map.find(key, 0, cpu);
  return address === 0 ? null : machine.memory.u8.subarray(address, address + map.spec.valueSize);
}

function isZero(machine: Machine, map: GuestMap, key: Uint8Array): boolean {
  const cpus = map.perCpu ? machine.cpus : 1;
  for (let cpu = 0; cpu < cpus; cpu++) if (valueBytes(machine, map, key, cpu)?.some((byte) => byte !== 0)) return false;
  return true;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
