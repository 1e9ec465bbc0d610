import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { LAYOUT } from '../machine.ts';
import { BaseMap, readU32, u32Bytes } from './baseMap.ts';
import { roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';

/** Maps whose values are no memory of the program: programs, maps, control groups, perf events. */
export const progArrayKind = kindOf((world, name) => world.programIndex(name) + 1);
export const arrayOfMapsKind = kindOf((world, name) => world.mapIndex(name) + 1);
export const cgroupArrayKind = kindOf(() => 0);
export const perfEventArrayKind: MapKind = {
  plan: (spec, cpus) => planSlots({ ...spec, maxEntries: spec.maxEntries || cpus }),
  create: (world, spec, index, base) => {
    const map = new SlotMap(world, { ...spec, maxEntries: spec.maxEntries || world.cpus }, index, base);
    // Whoever reads the map has opened one event per CPU.
    for (let cpu = 0; cpu < Math.min(world.cpus, map.spec.maxEntries); cpu++) map.setSlot(cpu, cpu + 1);
    return map;
  },
};

export const hashOfMapsKind: MapKind = {
  plan: (spec) => planHash({ ...spec, valueSize: 4 }, 1, spec.maxEntries + 1),
  create: (world, spec, index, base) => {
    const map = new HashOfMaps(world, { ...spec, valueSize: 4 }, index, base, false, spec.maxEntries + 1);
    for (const slot of spec.slots)
      map.update(keyOf(spec, slot.index), 0, u32Bytes(world.mapIndex(slot.name) + 1), 0, 0, null);
    return map;
  },
};

function kindOf(resolve: (world: MapWorld, name: string) => number): MapKind {
  return {
    plan: planSlots,
    create: (world, spec, index, base) => {
      const map = new SlotMap(world, spec, index, base);
      for (const slot of spec.slots) map.setSlot(slot.index, resolve(world, slot.name));
      return map;
    },
  };
}

export function planSlots(spec: MapSpec): number | string {
  if (spec.keySize !== 4) return `the key is 4 bytes, not ${spec.keySize}`;
  if (spec.maxEntries < 1) return 'needs at least one entry';
  return roundPage(spec.maxEntries * SLOT_BYTES);
}

function keyOf(spec: MapSpec, value: number): Uint8Array {
  const key = new Uint8Array(spec.keySize);
  key.set(u32Bytes(value).subarray(0, spec.keySize));
  return key;
}

export const SLOT_BYTES = 8;

/** An array of 8-byte slots: a number (0 is empty) and one more word that the type gives a meaning. */
export class SlotMap extends BaseMap {
  protected readonly base: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index);
    this.base = base;
  }

  /** What stands in a slot; 0 when it is empty or there is no such slot. */
  slot(position: number): number {
    return position < this.spec.maxEntries ? this.world.memory.u32[(this.base >> 2) + 2 * position]! : 0;
  }

  setSlot(position: number, value: number, more = 0): void {
    if (position < this.spec.maxEntries) this.world.memory.set64(this.base + SLOT_BYTES * position, value, more);
  }

  override find(bytes: Uint8Array, at: number, _cpu: number): number {
    const position = readU32(bytes, at);
    return this.slot(position) === 0 ? 0 : this.base + SLOT_BYTES * position;
  }

  /** Programs see what a slot names only where that is a map. */
  override lookup(bytes: Uint8Array, at: number): number {
    return this.spec.type === 'array_of_maps' ? mapHandle(this.slot(readU32(bytes, at))) : 0;
  }

  /** User space names the thing; here it is its number plus one. Mirrors `bpf_fd_array_map_update_elem`, v6.18. */
  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const position = readU32(key, keyAt);
    if (flags !== UPDATE.any) return -ERRNO.EINVAL;
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    this.setSlot(position, readU32(value, valueAt));
    return 0;
  }

  override delete(bytes: Uint8Array, at: number): number {
    const position = readU32(bytes, at);
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if (this.slot(position) === 0) return -ERRNO.ENOENT;
    this.setSlot(position, 0);
    return 0;
  }

  override keys(limit: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    for (let i = 0; i < this.spec.maxEntries && keys.length < limit; i++)
      if (this.slot(i) !== 0) keys.push(u32Bytes(i));
    return keys;
  }
}

/** A value is the number of a map plus one. */
class HashOfMaps extends HashMap {
  override lookup(bytes: Uint8Array, at: number): number {
    const value = this.find(bytes, at, 0);
    return value === 0 ? 0 : mapHandle(this.world.memory.u32[value >> 2]!);
  }
}

/** Handle of the map number `slot` - 1; 0 for an empty slot. */
function mapHandle(slot: number): number {
  return slot === 0 ? 0 : LAYOUT.mapHandle + (slot - 1) * LAYOUT.mapHandleStride;
}
