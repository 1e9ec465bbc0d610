import { littleEndian, toHex } from '../base/bytes.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { bytesVariable } from './hexDump.ts';
import { formatValue } from './values.ts';
import { leaf, type Pages, type Variable } from './variables.ts';

/** Arrays up to this size leave out what is zero; larger ones are shown as they are, page by page. */
const SMALL_ARRAY = 1000;

/** Entries of one map that can be looked at. */
const MOST_ENTRIES = 100_000;

export function mapVariables(machine: Machine): Variable[] {
  return machine.maps.flatMap((map) => (map === null ? [] : [mapVariable(machine, map)]));
}

export function mapVariable(machine: Machine, map: GuestMap): Variable {
  const { name, type, keySize, valueSize, maxEntries } = map.spec;
  const value = `${type}, ${keySize} → ${valueSize} bytes, ${maxEntries} at most`;
  const isArray = type === 'array' || type === 'percpu_array';
  const common = { name, type, evaluateName: name };
  if (isArray && maxEntries > SMALL_ARRAY)
    return { ...common, value, children: null, indexed: arrayPages(machine, map) };
  const keys = map.keys(MOST_ENTRIES + 1);
  const cut = keys.length > MOST_ENTRIES ? `; the first ${MOST_ENTRIES} entries are shown` : '';
  return { ...common, value: value + cut, ...entriesOf(machine, map, keys, isArray) };
}

function entriesOf(
  machine: Machine,
  map: GuestMap,
  keys: readonly Uint8Array[],
  isArray: boolean,
): Pick<Variable, 'children' | 'indexed'> {
  if (keys.length <= SMALL_ARRAY) return { children: () => fewEntries(machine, map, keys, isArray) };
  const count = Math.min(MOST_ENTRIES, keys.length);
  const page: Pages['page'] = (start, most) =>
    keys.slice(start, Math.min(count, start + most)).map((key) => entry(machine, map, key));
  return { children: null, indexed: { count, page } };
}

function fewEntries(machine: Machine, map: GuestMap, keys: readonly Uint8Array[], isArray: boolean): Variable[] {
  const shown = isArray ? keys.filter((key) => !isZero(machine, map, key)) : keys;
  if (shown.length === 0) return [leaf('(empty)', isArray ? 'all values are zero' : 'no entries')];
  return shown.map((key) => entry(machine, map, key));
}

function arrayPages(machine: Machine, map: GuestMap): Pages {
  const count = map.spec.maxEntries;
  const page: Pages['page'] = (start, most) =>
    Array.from({ length: Math.max(0, Math.min(most, count - start)) }, (_, index) =>
      entry(machine, map, new Uint8Array(Uint32Array.of(start + index).buffer)),
    );
  return { count, page };
}

function entry(machine: Machine, map: GuestMap, key: Uint8Array): Variable {
  const name = `[${keyText(key)}]`;
  if (!map.perCpu) return valueVariable(name, valueBytes(machine, map, key, 0));
  const cpus = Array.from({ length: machine.cpus }, (_, cpu) => cpu);
  const values = (): Variable[] => cpus.map((cpu) => valueVariable(`cpu ${cpu}`, valueBytes(machine, map, key, cpu)));
  return { name, value: `${machine.cpus} CPUs`, type: '', evaluateName: null, children: values };
}

/** Short keys read as a number in the machine's byte order, others as bytes. */
function keyText(key: Uint8Array): string {
  return key.length === 4 || key.length === 8 || key.length <= 2 ? String(littleEndian(key)) : toHex(key);
}

function valueVariable(name: string, bytes: Uint8Array | null): Variable {
  if (bytes === null) return leaf(name, 'gone');
  return bytes.length <= 8
    ? leaf(name, formatValue(littleEndian(bytes), null))
    : bytesVariable(name, bytes, `${bytes.length} bytes`);
}

/** A view: the program does not run while it is looked at. */
function valueBytes(machine: Machine, map: GuestMap, key: Uint8Array, cpu: number): Uint8Array | null {
  const address = map.find(key, 0, cpu);
  return address === 0 ? null : machine.memory.u8.subarray(address, address + map.spec.valueSize);
}

function isZero(machine: Machine, map: GuestMap, key: Uint8Array): boolean {
  const cpus = map.perCpu ? machine.cpus : 1;
  for (let cpu = 0; cpu < cpus; cpu++) if (valueBytes(machine, map, key, cpu)?.some((byte) => byte !== 0)) return false;
  return true;
}
