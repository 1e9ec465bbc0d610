import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import { round8, roundPage, type MapKind, type MapWorld } from './guestMap.ts';

export const cgroupStorageKind = kindOf(false);
export const percpuCgroupStorageKind = kindOf(true);

function kindOf(perCpu: boolean): MapKind {
  return {
    plan: (spec, cpus) => {
      if (spec.keySize !== 8 && spec.keySize !== 16) return `the key is 8 or 16 bytes, not ${spec.keySize}`;
      return roundPage(round8(spec.valueSize)) * (perCpu ? cpus : 1);
    },
    create: (world, spec, index, base) => new CgroupStorage(world, spec, index, base, perCpu),
  };
}

/** The value of the control group that the program is attached to: there is one, and it is always there. */
export class CgroupStorage extends BaseMap {
  override readonly perCpu: boolean;
  override readonly cpuStride: number;
  private readonly base: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, perCpu: boolean) {
    super(world, spec, index);
    this.perCpu = perCpu;
    this.base = base;
    this.cpuStride = roundPage(this.stride);
    for (let cpu = 0; cpu < (perCpu ? world.cpus : 1); cpu++) this.openValues(base + cpu * this.cpuStride, 1);
  }

  /** Address of the value for one CPU. */
  own(cpu: number): number {
    return this.base + (this.perCpu ? cpu * this.cpuStride : 0);
  }

  override find(_bytes: Uint8Array, _at: number, cpu: number): number {
    return this.own(cpu);
  }

  override lookup(): number {
    return 0;
  }

  /** The key says which group and attach type; there is only one here. */
  override update(
    _key: Uint8Array,
    _keyAt: number,
    value: Uint8Array,
    valueAt: number,
    _flags: number,
    cpu: number | null,
  ): number {
    for (let each = 0; each < (this.perCpu ? this.world.cpus : 1); each++)
      if (cpu === null || cpu === each || !this.perCpu)
        this.copyValue(this.own(each), value, valueAt + (cpu === null ? each * this.stride : 0));
    return 0;
  }

  override delete(): number {
    return -ERRNO.EINVAL;
  }

  override keys(): Uint8Array[] {
    return [new Uint8Array(this.spec.keySize)];
  }
}
