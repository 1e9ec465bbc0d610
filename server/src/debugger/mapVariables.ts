import { littleEndian, toHex } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import { formatValue, valueText } from '../btf/format.ts';
import { isHolder } from '../run/mapHolds.ts';
import { thingInSlot } from '../run/mapThings.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { QueueMap } from '../vm/maps/queue.ts';
import { UserRingbufMap } from '../vm/maps/userRingbuf.ts';
import type { CValue } from './cValue.ts';
import { bytesVariable } from './hexDump.ts';
import { typedVariable } from './typedVariable.ts';
import { formatValue as plainValue } from './values.ts';
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
  const globals = globalVariables(machine, map);
  if (globals !== null) return { name, value: 'global variables', type, evaluateName: name, children: () => globals };
  const value = `${type}, ${keySize} → ${valueSize} bytes, ${maxEntries} at most`;
  const isArray = type === 'array' || type === 'percpu_array';
  const common = { name, type, evaluateName: name };
  if (isArray && maxEntries > SMALL_ARRAY)
    return { ...common, value, children: null, indexed: arrayPages(machine, map) };
  if (NOT_LISTED.has(type))
    return { ...common, value, children: () => [leaf('(not listed)', NOT_LISTED.get(type) ?? '')] };
  if (map instanceof QueueMap || map instanceof UserRingbufMap)
    return { ...common, value, children: () => waiting(machine, map) };
  const keys = map.keys(MOST_ENTRIES + 1);
  const cut = keys.length > MOST_ENTRIES ? `; the first ${MOST_ENTRIES} entries are shown` : '';
  return { ...common, value: value + cut, ...entriesOf(machine, map, keys, isArray) };
}

/** Maps whose contents are nowhere to be read. */
const NOT_LISTED: ReadonlyMap<string, string> = new Map([
  ['ringbuf', 'records are part of the output'],
  ['perf_event_array', 'records are part of the output'],
  ['bloom_filter', 'a filter does not know its values'],
  ['arena', 'arenas are only declared'],
  ['struct_ops', 'the operations of a kernel are only declared'],
]);

/** The variables of a data section, those of one's own program by name; null for other maps. */
function globalVariables(machine: Machine, map: GuestMap): Variable[] | null {
  const btf = btfOf(machine);
  const globals = globalsIn(machine, map);
  if (btf === null || globals === null) return null;
  return globals.map(({ name, typeId, bytes }) => ({
    ...typedVariable(name, btf, typeId, bytes),
    evaluateName: name,
  }));
}

function globalsIn(machine: Machine, map: GuestMap): { name: string; typeId: number; bytes: Uint8Array }[] | null {
  const btf = btfOf(machine);
  const section = btf?.types[map.spec.valueTypeId];
  if (btf === null || section?.kind !== 'datasec' || map.values === null) return null;
  const { values } = map;
  return section.vars.flatMap(({ type, offset, size }) => {
    const variable = btf.types[type];
    if (variable?.kind !== 'var') return [];
    const bytes = machine.memory.u8.subarray(values + offset, values + offset + size);
    return [{ name: variable.name, typeId: variable.type, bytes }];
  });
}

/** A global variable of the programs by its name; null when there is none. */
export function globalValue(machine: Machine, frame: Frame, name: string): CValue | null {
  const btf = btfOf(machine);
  if (btf === null) return null;
  for (const map of machine.maps) {
    const found = map && globalsIn(machine, map)?.find((one) => one.name === name);
    if (found) return { machine, frame, btf, typeId: found.typeId, bytes: found.bytes };
  }
  return null;
}

function btfOf(machine: Machine): Btf | null {
  return machine.programs[0]?.btf ?? null;
}

/** What is taken next stands first. */
function waiting(machine: Machine, map: QueueMap | UserRingbufMap): Variable[] {
  const { u8 } = machine.memory;
  const { valueSize } = map.spec;
  const values =
    map instanceof QueueMap
      ? map.contents(SMALL_ARRAY).map((at) => u8.slice(at, at + valueSize))
      : map.samples(SMALL_ARRAY);
  if (values.length === 0) return [leaf('(empty)', 'no entries')];
  return values.map((bytes, index) => valueVariable(machine, map, `[${index}]`, bytes));
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
  const name = `[${keyText(machine, map, key)}]`;
  if (isHolder(map.spec.type)) return slot(machine, map, name, key);
  if (!map.perCpu) return valueVariable(machine, map, name, valueBytes(machine, map, key, 0));
  const cpus = Array.from({ length: machine.cpus }, (_, cpu) => cpu);
  const values = (): Variable[] =>
    cpus.map((cpu) => valueVariable(machine, map, `cpu ${cpu}`, valueBytes(machine, map, key, cpu)));
  return { name, value: `${machine.cpus} CPUs`, type: '', evaluateName: null, children: values };
}

/** The thing that a slot holds, as the maps file names it. */
function slot(machine: Machine, map: GuestMap, name: string, key: Uint8Array): Variable {
  const address = map.find(key, 0, 0);
  if (address === 0) return leaf(name, 'gone');
  const { what, name: thing } = thingInSlot(machine, map, machine.memory.u32[address >> 2]!);
  return leaf(name, `${what} ${thing}`);
}

/** By its type; without one, short keys read as a number in the machine's byte order, others as bytes. */
function keyText(machine: Machine, { spec }: GuestMap, key: Uint8Array): string {
  const btf = btfOf(machine);
  if (btf !== null && spec.keyTypeId !== 0 && !spec.type.includes('array'))
    return valueText(formatValue(btf, spec.keyTypeId, key));
  return key.length === 4 || key.length === 8 || key.length <= 2 ? String(littleEndian(key)) : toHex(key);
}

function valueVariable(machine: Machine, { spec }: GuestMap, name: string, bytes: Uint8Array | null): Variable {
  if (bytes === null) return leaf(name, 'gone');
  const btf = btfOf(machine);
  if (btf !== null && spec.valueTypeId !== 0) return typedVariable(name, btf, spec.valueTypeId, bytes);
  return bytes.length <= 8
    ? leaf(name, plainValue(littleEndian(bytes), null))
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
