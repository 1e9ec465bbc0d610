import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { readU32, u32Bytes } from './baseMap.ts';
import { UPDATE, type MapKind } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';
import { planSlots, SlotMap } from './slots.ts';

/** Maps of sockets. A socket is named by its place in the list of the world's sockets, plus one. */
export const sockmapKind: MapKind = {
  plan: planSlots,
  create: (world, spec, index, base) => new SocketArray(world, spec, index, base),
};

export const reuseportSockarrayKind: MapKind = {
  plan: planSlots,
  create: (world, spec, index, base) => new ReuseportArray(world, spec, index, base),
};

export const sockhashKind: MapKind = {
  plan: (spec) => planHash(asNumbers(spec), 1, spec.maxEntries + 1),
  create: (world, spec, index, base) => new SocketHash(world, asNumbers(spec), index, base, false, spec.maxEntries + 1),
};

function asNumbers(spec: MapSpec): MapSpec {
  return { ...spec, valueSize: 4 };
}

/** Maps that hold sockets. */
export interface SocketMap {
  /** The socket under a key: its number plus one; 0 for none. */
  socket(key: Uint8Array, at: number): number;
}

/** Mirrors `sock_map_update_common` and `sock_map_delete_elem` of net/core/sock_map.c, v6.18. */
export class SocketArray extends SlotMap implements SocketMap {
  socket(key: Uint8Array, at: number): number {
    return this.slot(readU32(key, at));
  }

  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const position = readU32(key, keyAt);
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    const taken = this.slot(position) !== 0;
    if (taken && flags === UPDATE.noexist) return -ERRNO.EEXIST;
    if (!taken && flags === UPDATE.exist) return -ERRNO.ENOENT;
    this.setSlot(position, readU32(value, valueAt));
    return 0;
  }

  override delete(bytes: Uint8Array, at: number): number {
    const position = readU32(bytes, at);
    if (this.slot(position) === 0) return -ERRNO.EINVAL;
    this.setSlot(position, 0);
    return 0;
  }
}

/** Mirrors `bpf_fd_reuseport_array_update_elem` and its neighbours of kernel/bpf/reuseport_array.c, v6.18. */
export class ReuseportArray extends SocketArray {
  override delete(bytes: Uint8Array, at: number): number {
    const position = readU32(bytes, at);
    if (position >= this.spec.maxEntries) return -ERRNO.E2BIG;
    return super.delete(bytes, at) === 0 ? 0 : -ERRNO.ENOENT;
  }
}

/** Mirrors `sock_hash_update_common` of net/core/sock_map.c, v6.18. */
export class SocketHash extends HashMap implements SocketMap {
  socket(key: Uint8Array, at: number): number {
    const value = this.find(key, at, 0);
    return value === 0 ? 0 : this.world.memory.u32[value >> 2]!;
  }

  /** Programs get a socket, which `find` does not yield. */
  override lookup(): number {
    return 0;
  }

  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    return super.update(key, keyAt, u32Bytes(readU32(value, valueAt)), 0, flags, cpu);
  }
}
