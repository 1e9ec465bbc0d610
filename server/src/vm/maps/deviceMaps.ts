import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { readU32, u32Bytes } from './baseMap.ts';
import { MAP_FLAG, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';
import { planSlots, SLOT_BYTES, SlotMap } from './slots.ts';

/** Maps of devices, processors and AF_XDP sockets: bpf_redirect_map takes them, and some show their values. */
export const devmapKind: MapKind = {
  plan: planSlots,
  create: (world, spec, index, base) => new DeviceArray(world, readOnly(spec), index, base),
};

export const devmapHashKind: MapKind = {
  plan: (spec) =>
    spec.keySize === 4 ? planHash(spec, 1, spec.maxEntries + 1) : `the key is 4 bytes, not ${spec.keySize}`,
  create: (world, spec, index, base) => new DeviceHash(world, readOnly(spec), index, base, false, spec.maxEntries + 1),
};

export const cpumapKind: MapKind = {
  plan: planSlots,
  create: (world, spec, index, base) => new CpuMap(world, spec, index, base),
};

export const xskmapKind: MapKind = {
  plan: planSlots,
  create: (world, spec, index, base) => new XskMap(world, { ...readOnly(spec), valueSize: 4 }, index, base),
};

/** Mirrors `dev_map_alloc_check` and `xsk_map_alloc`: programs may only read what a lookup shows. */
function readOnly(spec: MapSpec): MapSpec {
  return { ...spec, flags: spec.flags | MAP_FLAG.rdonlyProg };
}

/** Slots that bpf_redirect_map takes: deleting from an empty one is no error. */
class TargetSlots extends SlotMap {
  override delete(bytes: Uint8Array, at: number): number {
    const position = readU32(bytes, at);
    if (position >= this.spec.maxEntries) return -ERRNO.EINVAL;
    this.setSlot(position, 0);
    return 0;
  }
}

/** Those whose values a program may read. */
class ShownSlots extends TargetSlots {
  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index, base);
    this.openValues(base, spec.maxEntries);
  }

  override lookup(bytes: Uint8Array, at: number): number {
    return this.find(bytes, at, 0);
  }
}

/** A value is a device's number and, with 8 bytes, the number of a program. Mirrors `__dev_map_update_elem`, v6.18. */
class DeviceArray extends ShownSlots {
  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const position = readU32(key, keyAt);
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if (flags === UPDATE.noexist) return -ERRNO.EEXIST;
    const program = this.spec.valueSize === SLOT_BYTES ? readU32(value, valueAt + 4) : 0;
    const device = readU32(value, valueAt);
    if (device === 0 && program > 0) return -ERRNO.EINVAL;
    this.setSlot(position, device, program);
    return 0;
  }
}

/** Mirrors `__dev_map_hash_update_elem` of kernel/bpf/devmap.c, v6.18, which does not ask for BPF_EXIST. */
class DeviceHash extends HashMap {
  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    if (flags > UPDATE.exist || readU32(value, valueAt) === 0) return -ERRNO.EINVAL;
    return super.update(key, keyAt, value, valueAt, flags === UPDATE.noexist ? flags : UPDATE.any, cpu);
  }
}

/** A value is the length of a processor's queue and, with 8 bytes, a program. Mirrors `cpu_map_update_elem`, v6.18. */
class CpuMap extends TargetSlots {
  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const cpu = readU32(key, keyAt);
    const queue = readU32(value, valueAt);
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    if (cpu >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if (flags === UPDATE.noexist) return -ERRNO.EEXIST;
    if (queue > LONGEST_QUEUE) return -ERRNO.EOVERFLOW;
    if (cpu >= this.world.cpus) return -ERRNO.ENODEV;
    this.setSlot(cpu, queue, this.spec.valueSize === SLOT_BYTES ? readU32(value, valueAt + 4) : 0);
    return 0;
  }
}

const LONGEST_QUEUE = 16_384;

/** A slot is the queue of a socket (struct bpf_xdp_sock) and 1. Mirrors `xsk_map_update_elem`, v6.18. */
class XskMap extends ShownSlots {
  private isSet(position: number): boolean {
    const { memory } = this.world;
    return position < this.spec.maxEntries && memory.u32[(this.base >> 2) + 2 * position + 1] !== 0;
  }

  override find(bytes: Uint8Array, at: number, _cpu: number): number {
    const position = readU32(bytes, at);
    return this.isSet(position) ? this.base + SLOT_BYTES * position : 0;
  }

  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const position = readU32(key, keyAt);
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if (this.isSet(position) && flags === UPDATE.noexist) return -ERRNO.EEXIST;
    if (!this.isSet(position) && flags === UPDATE.exist) return -ERRNO.ENOENT;
    this.setSlot(position, readU32(value, valueAt), 1);
    return 0;
  }

  override keys(limit: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    for (let i = 0; i < this.spec.maxEntries && keys.length < limit; i++) if (this.isSet(i)) keys.push(u32Bytes(i));
    return keys;
  }
}
