import type { MapSpec } from '../../program/program.ts';
import { UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';

/** Values that hang on sockets, inodes, tasks and control groups. */
export const objectStorageKind: MapKind = {
  plan: (spec) =>
    spec.keySize === 4 ? planHash(asHash(spec), 1, ownersOf(spec) + 1) : `the key is 4 bytes, not ${spec.keySize}`,
  create: (world, spec, index, base) => new ObjectStorage(world, spec, index, base),
};

/** A kernel has no limit but its memory; here there is room for so many bytes and owners. */
const MOST_BYTES = 1 << 22;
const MOST_OWNERS = 1024;
const OWNER_BYTES = 8;

function ownersOf(spec: MapSpec): number {
  return Math.max(16, Math.min(MOST_OWNERS, Math.floor(MOST_BYTES / Math.max(1, spec.valueSize))));
}

/** The owner is known by a number of 64 bits: an address, a cookie or an id. */
function asHash(spec: MapSpec): MapSpec {
  return { ...spec, keySize: OWNER_BYTES, keyTypeId: 0, maxEntries: ownersOf(spec) };
}

export class ObjectStorage extends HashMap {
  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, asHash(spec), index, base, false, ownersOf(spec) + 1);
  }

  /**
   * Address of the owner's value; with `create` a missing one is made of the bytes given, or of zeros. 0 when there is
   * none, or no room.
   */
  get(owner: bigint, create: boolean, initial: Uint8Array | null): number {
    const key = ownerKey(owner);
    const found = this.find(key, 0, 0);
    if (found !== 0 || !create) return found;
    const value = initial ?? new Uint8Array(this.spec.valueSize);
    return this.update(key, 0, value, 0, UPDATE.noexist, null) === 0 ? this.find(key, 0, 0) : 0;
  }

  remove(owner: bigint): number {
    return this.delete(ownerKey(owner), 0);
  }
}

function ownerKey(owner: bigint): Uint8Array {
  const key = new Uint8Array(OWNER_BYTES);
  new DataView(key.buffer).setBigUint64(0, owner, true);
  return key;
}
