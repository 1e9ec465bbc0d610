import type { Btf, BtfMember, BtfType } from '../btf/btf.ts';
import { resolve, sizeOf, typeAt } from '../btf/query.ts';
import { MAP_TYPES, type MapType } from '../kernel/mapTypes.ts';
import type { MapSpec } from '../program/program.ts';

/** A map definition's fields as far as they are read. */
interface Draft {
  name: string;
  type: MapType;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  extra: number;
  keyTypeId: number;
  valueTypeId: number;
  inner: MapSpec | null;
  /** Bytes from the map's beginning to its list of programs or inner maps; null when it has none. */
  valuesOffset: number | null;
}

export interface MapReading {
  /** Null when the definition contradicts itself. */
  readonly spec: MapSpec | null;
  readonly valuesOffset: number | null;
  readonly errors: readonly string[];
  /** What is understood, but has no effect here. */
  readonly notes: readonly string[];
}

/**
 * Reads a map declared as `struct { __uint(type, …); __type(key, …); … } name SEC(".maps")`: the numbers are lengths of
 * arrays, the types those of pointers. Mirrors `parse_btf_map_def` of libbpf.
 */
export function readMapDefinition(btf: Btf, type: number, name: string, isInner: boolean): MapReading {
  const errors: string[] = [];
  const notes: string[] = [];
  const draft: Draft = {
    name, type: 'unspec', keySize: 0, valueSize: 0, maxEntries: 0, flags: 0, extra: 0, keyTypeId: 0, valueTypeId: 0,
    inner: null, valuesOffset: null,
  }; // prettier-ignore
  const struct = resolve(btf, type);
  if (struct.kind !== 'struct')
    return { spec: null, valuesOffset: null, errors: ['it is not declared as a struct'], notes };
  if (struct.members.length > MAX_FIELDS) errors.push(`it has ${struct.members.length} fields`);
  for (const member of struct.members.slice(0, MAX_FIELDS)) {
    const reader = FIELDS[member.name];
    if (reader === undefined) errors.push(`its field "${member.name}" is unknown`);
    else reader({ btf, member, draft, errors, notes, isInner });
  }
  if (draft.type === 'unspec' && errors.length === 0) errors.push('it has no type: add __uint(type, BPF_MAP_TYPE_…)');
  if (isMapInMap(draft.type) && draft.inner === null)
    notes.push('it names no inner map, so its inner maps are unknown');
  return { spec: errors.length === 0 ? finished(draft) : null, valuesOffset: draft.valuesOffset, errors, notes };
}

/** More fields than there are to set. */
const MAX_FIELDS = 64;

export function isMapInMap(type: MapType): boolean {
  return type === 'array_of_maps' || type === 'hash_of_maps';
}

function finished(draft: Draft): MapSpec {
  const { valuesOffset: _, extra, ...fields } = draft;
  const maxEntries = isRing(draft.type) ? ringBytes(draft.maxEntries) : draft.maxEntries;
  const common = { initial: null, frozen: false, slots: [], span: null, ...(extra === 0 ? {} : { extra }) };
  return { ...fields, maxEntries, ...common };
}

function isRing(type: MapType): boolean {
  return type === 'ringbuf' || type === 'user_ringbuf';
}

/**
 * The kernel takes a ring of a power of two of whole pages only, and libbpf rounds up to that. Mirrors
 * `adjust_ringbuf_sz` of libbpf, with pages of 4 KiB.
 */
export function ringBytes(asked: number): number {
  if (asked === 0) return 0;
  for (let bytes = 4096; bytes < 0x8000_0000; bytes *= 2) if (bytes >= asked) return bytes;
  return asked;
}

interface Field {
  readonly btf: Btf;
  readonly member: BtfMember;
  readonly draft: Draft;
  readonly errors: string[];
  readonly notes: string[];
  readonly isInner: boolean;
}

const FIELDS: Readonly<Record<string, (field: Field) => void>> = {
  type: readType,
  max_entries: (field) => assign(field, 'maxEntries'),
  map_flags: (field) => assign(field, 'flags'),
  numa_node: (field) => field.notes.push('its numa_node is left out'),
  pinning: readPinning,
  map_extra: readExtra,
  key_size: (field) => readSize(field, 'keySize', uintOf(field)),
  value_size: (field) => readSize(field, 'valueSize', uintOf(field)),
  key: (field) => readTyped(field, 'keySize', 'keyTypeId'),
  value: (field) => readTyped(field, 'valueSize', 'valueTypeId'),
  values: readValues,
};

function readType(field: Field): void {
  const number = uintOf(field);
  if (number === null) return;
  const type = MAP_TYPES[number];
  if (type === undefined || number === 0) field.errors.push(`its type ${number} is no map type of Linux 6.18`);
  else field.draft.type = type;
}

function assign(field: Field, to: 'maxEntries' | 'flags'): void {
  const number = uintOf(field);
  if (number !== null) field.draft[to] = number;
}

function readPinning(field: Field): void {
  if (uintOf(field) !== 0) field.notes.push('its pinning is left out: nothing is pinned here');
}

function readExtra(field: Field): void {
  const number = ulongOf(field);
  if (number === null || number === 0n) return;
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) field.notes.push(`its map_extra (${number}) is left out`);
  else field.draft.extra = Number(number);
}

function readSize(field: Field, to: 'keySize' | 'valueSize', bytes: number | null): void {
  if (bytes === null) return;
  const before = field.draft[to];
  if (before !== 0 && before !== bytes)
    field.errors.push(
      `its "${field.member.name}" of ${bytes} bytes contradicts the size of ${before} bytes given before`,
    );
  else field.draft[to] = bytes;
}

function readTyped(field: Field, size: 'keySize' | 'valueSize', id: 'keyTypeId' | 'valueTypeId'): void {
  const pointer = typeAt(field.btf, field.member.type);
  const bytes = pointer.kind === 'ptr' ? sizeOf(field.btf, pointer.type) : null;
  if (pointer.kind !== 'ptr' || bytes === null) {
    field.errors.push(`its field "${field.member.name}" has no type of a known size`);
    return;
  }
  readSize(field, size, bytes);
  field.draft[id] = pointer.type;
}

/** The list of programs of a prog_array, or of inner maps. Its elements are filled by relocations. */
function readValues(field: Field): void {
  const { btf, member, draft, errors } = field;
  const array = typeAt(btf, member.type);
  const pointer = array.kind === 'array' ? resolve(btf, array.type) : null;
  const isPrograms = draft.type === 'prog_array';
  if (!isPrograms && !isMapInMap(draft.type))
    errors.push('only a prog_array or a map of maps has "values"; its type must stand before them');
  else if (field.isInner) errors.push('its inner map has inner maps of its own, which no kernel takes');
  else if (array.kind !== 'array' || array.length !== 0 || pointer?.kind !== 'ptr')
    errors.push('its "values" must be declared with __array');
  else readElement(field, pointer.type, isPrograms);
}

function readElement(field: Field, target: number, isPrograms: boolean): void {
  const { btf, member, draft, errors, notes } = field;
  const element = resolve(btf, target);
  readSize(field, 'valueSize', 4);
  draft.valuesOffset = member.offsetBits / 8;
  if (isPrograms) {
    if (element.kind !== 'funcProto') errors.push('its "values" are no functions');
    return;
  }
  const inner = readMapDefinition(btf, target, `${draft.name}.inner`, true);
  draft.inner = inner.spec;
  errors.push(...inner.errors.map((text) => `inner map: ${text}`));
  notes.push(...inner.notes.map((text) => `inner map: ${text}`));
}

/** `__uint(name, value)`: a pointer to an array of that many elements. */
function uintOf(field: Field): number | null {
  const pointer = resolve(field.btf, field.member.type);
  const array: BtfType = pointer.kind === 'ptr' ? typeAt(field.btf, pointer.type) : { kind: 'void' };
  if (array.kind === 'array') return array.length;
  field.errors.push(`its field "${field.member.name}" is not declared with __uint`);
  return null;
}

/** `__ulong(name, value)`: the only value of an enum; numbers that fit are also declared with __uint. */
function ulongOf(field: Field): bigint | null {
  const type = resolve(field.btf, field.member.type);
  if (type.kind === 'enum') return type.values[0]?.value ?? null;
  const number = uintOf(field);
  return number === null ? null : BigInt(number);
}
