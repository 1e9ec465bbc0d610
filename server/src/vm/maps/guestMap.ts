import type { MapSpec } from '../../program/program.ts';
import type { GuestMemory } from '../memory.ts';
import type { RegionTable } from '../regions.ts';
import type { GuardedField } from './guardedFields.ts';

/** Flags of update: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. */
export const UPDATE = { any: 0, noexist: 1, exist: 2, lock: 4 } as const;

/** Flags of a map's declaration that change what programs may do. */
export const MAP_FLAG = {
  noPrealloc: 1, noCommonLru: 2, zeroSeed: 1 << 6, rdonlyProg: 1 << 7, wronlyProg: 1 << 8,
} as const; // prettier-ignore

/** What a map needs from its machine. */
export interface MapWorld {
  readonly memory: GuestMemory;
  readonly regions: RegionTable;
  readonly cpus: number;
  /** The CPU whose values a program sees. */
  cpu(): number;
  /** Locks, timers and the like in the map's values, as far as the object's BTF says. */
  guarded(spec: MapSpec): readonly GuardedField[];
  /** Gives back what a guarded field holds, before it is cleared. */
  release(field: string, address: number): void;
  /** Index of a program by name, for prog_array slots; -1 for none. */
  programIndex(name: string): number;
  /** Index of a map by name, for slots of maps of maps; -1 for none. */
  mapIndex(name: string): number;
}

/**
 * A map of a machine. Everything that changes lies in the linear memory, so undo covers it and the JIT can read it.
 * Keys and values come as (bytes, offset): the linear memory and a guest address, or anybody's own array. Results are
 * guest addresses (0 for none) or 0 / a negated errno.
 */
export interface GuestMap {
  readonly spec: MapSpec;
  readonly index: number;
  /** What `loadMap` by 'fd' yields. */
  readonly handle: number;
  /** Values exist once per CPU. */
  readonly perCpu: boolean;
  /** Only values with a bpf_spin_lock take BPF_F_LOCK. */
  readonly hasLock: boolean;
  /** Arrays: address of value 0 of CPU 0; value i lies at values + i * stride (per-CPU: + cpu * cpuStride). */
  readonly values: number | null;
  readonly stride: number;
  readonly cpuStride: number;
  /** Address of the key's value for one CPU, without any side effect; 0 when absent. */
  find(bytes: Uint8Array, at: number, cpu: number): number;
  /** A value as user space reads it: zeros in place of locks, timers and pointers. */
  userCopy(value: number): Uint8Array;
  /** What bpf_map_lookup_elem returns. */
  lookup(bytes: Uint8Array, at: number): number;
  /** What bpf_map_lookup_percpu_elem returns. */
  lookupOn(bytes: Uint8Array, at: number, cpu: number): number;
  /**
   * What bpf_map_update_elem returns. `cpu` null is user space, which gives per-CPU maps one value for each CPU, each on
   * a boundary of eight bytes.
   */
  update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number, cpu: number | null): number;
  delete(bytes: Uint8Array, at: number): number;
  /** Keys in the order of the map's storage, at most `limit`. Each a copy. */
  keys(limit: number): Uint8Array[];
  /** The element at a position for bpf_for_each_map_elem: addresses of key and value, or null at the end; 0 begins. */
  element(position: number): { readonly key: number; readonly value: number; readonly next: number } | null;
  /** The entry whose value holds this byte: addresses of its key and of the value; null where there is none. */
  entryAt(address: number): { readonly key: number; readonly value: number } | null;
  /** Queues and stacks. */
  push(value: Uint8Array, at: number, flags: number): number;
  /** Address of the value that pop or peek yields, 0 when empty. */
  pop(remove: boolean): number;
}

/** How one map type is made: first how many bytes it needs, then the map at an address. */
export interface MapKind {
  /** Bytes of linear memory, or in plain words why there can be no such map. */
  plan(spec: MapSpec, cpus: number): number | string;
  create(world: MapWorld, spec: MapSpec, index: number, base: number): GuestMap;
}

export function round8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Storage is laid out in pages, so that no two maps share one. */
export function roundPage(bytes: number): number {
  return Math.ceil(bytes / 1024) * 1024;
}
