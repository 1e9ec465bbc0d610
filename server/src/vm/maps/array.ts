import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap, readU32, u32Bytes } from './baseMap.ts';
import { round8, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';

export const arrayKind: MapKind = {
  plan: (spec) => planArray(spec, 1),
  create: (world, spec, index, base) => new ArrayMap(world, spec, index, base, false),
};

export const percpuArrayKind: MapKind = {
  plan: planArray,
  create: (world, spec, index, base) => new ArrayMap(world, spec, index, base, true),
};

/** A page behind the values for the key that for_each callbacks see. */
const KEY_BYTES = 1024;

function planArray(spec: MapSpec, cpus: number): number | string {
  if (spec.keySize !== 4) return `an array's key is 4 bytes, not ${spec.keySize}`;
  if (spec.valueSize < 1 || spec.maxEntries < 1) return 'an array needs values of at least one byte and one entry';
  return roundPage(round8(spec.valueSize) * spec.maxEntries) * cpus + KEY_BYTES;
}

/** BPF_MAP_TYPE_ARRAY and its per-CPU form: all elements exist from the start. */
class ArrayMap extends BaseMap {
  override readonly perCpu: boolean;
  override readonly values: number;
  override readonly cpuStride: number;
  private readonly count: number;
  private readonly keyCopy: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, perCpu: boolean) {
    super(world, spec, index);
    this.perCpu = perCpu;
    this.values = base;
    this.count = spec.maxEntries;
    this.cpuStride = roundPage(this.stride * spec.maxEntries);
    for (let cpu = 0; cpu < (perCpu ? world.cpus : 1); cpu++) this.openValues(base + cpu * this.cpuStride, this.count);
    this.keyCopy = base + this.cpuStride * (perCpu ? world.cpus : 1);
    this.openKeys(this.keyCopy, this.keyCopy + 4, 8);
    if (spec.initial !== null) world.memory.copyIn(base, spec.initial.subarray(0, spec.valueSize));
  }

  private address(position: number, cpu: number): number {
    return this.values + position * this.stride + (this.perCpu ? cpu * this.cpuStride : 0);
  }

  override find(bytes: Uint8Array, at: number, cpu: number): number {
    const { memory } = this.world;
    const position = bytes === memory.u8 && at % 4 === 0 ? memory.u32[at >> 2]! : readU32(bytes, at);
    return position < this.count ? this.address(position, cpu) : 0;
  }

  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    if ((flags & ~UPDATE.lock) > UPDATE.exist) return -ERRNO.EINVAL;
    const position = readU32(key, keyAt);
    if (position >= this.count) return -ERRNO.E2BIG;
    if ((flags & UPDATE.noexist) !== 0) return -ERRNO.EEXIST;
    if ((flags & UPDATE.lock) !== 0 && !this.hasLock) return -ERRNO.EINVAL;
    if (!this.perCpu) {
      this.copyValue(this.address(position, 0), value, valueAt);
      this.freeGuarded(this.address(position, 0));
    } else if (cpu !== null) this.copyValue(this.address(position, cpu), value, valueAt);
    else
      for (let each = 0; each < this.world.cpus; each++)
        this.copyValue(this.address(position, each), value, valueAt + each * this.stride);
    return 0;
  }

  override delete(): number {
    return -ERRNO.EINVAL;
  }

  override keys(limit: number): Uint8Array[] {
    return Array.from({ length: Math.min(limit, this.count) }, (_, position) => u32Bytes(position));
  }

  override entryAt(address: number): { key: number; value: number } | null {
    const position = Math.floor((address - this.values) / this.stride);
    if (position < 0 || position >= this.count) return null;
    this.world.memory.set32(this.keyCopy, position);
    return { key: this.keyCopy, value: this.values + position * this.stride };
  }

  override element(position: number): { key: number; value: number; next: number } | null {
    if (position >= this.count) return null;
    this.world.memory.set32(this.keyCopy, position);
    return { key: this.keyCopy, value: this.address(position, this.world.cpu()), next: position + 1 };
  }
}
