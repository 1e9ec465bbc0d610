import { toHex } from '../../server/src/base/bytes.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';

/** A program as a loader hands it to the kernel. Map numbers count the maps in the order of their first use. */
export interface KernelView {
  readonly insns: string;
  readonly maps: readonly MapView[];
  /** Slot and BTF id of each function. */
  readonly funcs: readonly (readonly [number, number])[];
}

export interface MapView {
  readonly name: string;
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags: number;
  readonly frozen: boolean;
  readonly data: string | null;
  readonly inner: MapView | null;
}

export function kernelView(program: Program): KernelView {
  const used: number[] = [];
  const insns = program.insns.map((insn) => {
    if (insn.kind !== 'loadMap' || insn.map === -1) return insn;
    if (!used.includes(insn.map)) used.push(insn.map);
    return { ...insn, map: used.indexOf(insn.map) };
  });
  const maps = used.map((map) => mapView(program.maps[map] ?? missing(map)));
  const funcs = program.subprogs
    .filter((subprog) => subprog.typeId !== 0)
    .map(({ start, typeId }) => [start, typeId] as const);
  return { insns: toHex(encode(insns)), maps, funcs };
}

function missing(map: number): never {
  throw new Error(`the program uses map ${map}, which it does not have`);
}

function mapView(map: MapSpec): MapView {
  return {
    name: map.name.slice(0, 15),
    type: MAP_TYPES.indexOf(map.type),
    key: map.keySize,
    value: map.valueSize,
    entries: map.maxEntries,
    flags: map.flags,
    frozen: map.frozen,
    data: map.frozen && map.initial !== null ? toHex(map.initial) : null,
    inner: map.inner === null ? null : mapView(map.inner),
  };
}

/** One line of `kverify obj --capture`: what libbpf gave to the kernel. */
export interface Captured {
  readonly id: string;
  readonly insns: string;
  readonly maps?: readonly CapturedMap[];
  readonly func_info?: readonly (readonly [number, number])[];
}

interface CapturedMap {
  readonly name: string;
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags?: number;
  readonly frozen?: boolean;
  readonly data?: string;
  readonly inner?: CapturedMap;
}

export function capturedView(captured: Captured): KernelView {
  return {
    insns: captured.insns,
    maps: (captured.maps ?? []).map((map) => capturedMap(map)),
    funcs: captured.func_info ?? [],
  };
}

function capturedMap({ name, type, key, value, entries, flags, frozen, data, inner }: CapturedMap): MapView {
  return {
    name,
    type,
    key,
    value,
    entries,
    flags: flags ?? 0,
    frozen: frozen ?? false,
    data: data ?? null,
    inner: inner ? capturedMap(inner) : null,
  };
}
