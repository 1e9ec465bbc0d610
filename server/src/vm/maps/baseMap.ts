import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { LAYOUT } from '../machine.ts';
import type { GuardedField } from './guardedFields.ts';
import { MAP_FLAG, round8, type GuestMap, type MapWorld } from './guestMap.ts';

/** What all maps share; operations that a kind does not have answer as the kernel does. */
export abstract class BaseMap implements GuestMap {
  readonly spec: MapSpec;
  readonly index: number;
  readonly handle: number;
  readonly perCpu: boolean = false;
  readonly values: number | null = null;
  readonly stride: number;
  readonly cpuStride: number = 0;
  protected readonly world: MapWorld;
  /** Parts of a value that updates leave alone. */
  protected readonly guarded: readonly GuardedField[];
  readonly hasLock: boolean;
  private readonly plain: readonly { readonly offset: number; readonly size: number }[];

  constructor(world: MapWorld, spec: MapSpec, index: number) {
    this.world = world;
    this.spec = spec;
    this.index = index;
    this.handle = LAYOUT.mapHandle + index * LAYOUT.mapHandleStride;
    this.stride = round8(spec.valueSize);
    this.guarded = world.guarded(spec).filter(({ offset, size }) => offset + size <= spec.valueSize);
    this.hasLock = this.guarded.some(({ name }) => name === 'bpf_spin_lock');
    this.plain = between(this.guarded, spec.valueSize);
  }

  /** Whether values hold locks, timers and the like. */
  get hasGuardedFields(): boolean {
    return this.guarded.length > 0;
  }

  /** Copies a value but for its guarded fields. Mirrors `copy_map_value` of include/linux/bpf.h, v6.18. */
  protected copyValue(to: number, bytes: Uint8Array, at: number): void {
    for (const { offset, size } of this.plain)
      this.world.memory.copyIn(to + offset, bytes.subarray(at + offset, at + offset + size));
  }

  entryAt(_address: number): { key: number; value: number } | null {
    return null;
  }

  userCopy(value: number): Uint8Array {
    const { valueSize } = this.spec;
    const bytes = this.world.memory.u8.slice(value, value + valueSize);
    for (const { offset, size } of this.guarded) bytes.fill(0, offset, offset + size);
    return bytes;
  }

  /**
   * What happens to timers, pointers and lists of an array's value that is written over; locks stay. Mirrors
   * `bpf_obj_free_fields` of kernel/bpf/syscall.c, v6.18.
   */
  protected freeGuarded(value: number): void {
    for (const field of this.guarded) if (!field.name.endsWith('spin_lock')) this.clearField(field, value);
  }

  protected clearGuarded(value: number): void {
    for (const field of this.guarded) this.clearField(field, value);
  }

  private clearField({ name, offset, size }: GuardedField, value: number): void {
    this.world.release(name, value + offset);
    this.world.memory.fill(value + offset, size);
  }

  /** Opens a run of values to programs. */
  protected openValues(start: number, count: number, writable = true): void {
    const { flags, name, frozen, valueSize } = this.spec;
    this.world.regions.addSegment({
      kind: frozen ? 'rodata' : 'mapValue',
      name: `value of map ${name}`,
      start,
      end: start + count * this.stride,
      stride: this.stride,
      slotBytes: valueSize,
      readable: (flags & MAP_FLAG.wronlyProg) === 0,
      writable: writable && !frozen && (flags & MAP_FLAG.rdonlyProg) === 0,
    });
  }

  /** Opens a run of keys to callbacks, which may read them. */
  protected openKeys(start: number, end: number, stride: number): void {
    this.world.regions.addSegment({
      kind: 'mapValue',
      name: `key of map ${this.spec.name}`,
      start,
      end,
      stride,
      slotBytes: this.spec.keySize,
      readable: true,
      writable: false,
    });
  }

  find(_bytes: Uint8Array, _at: number, _cpu: number): number {
    return 0;
  }
  lookup(bytes: Uint8Array, at: number): number {
    return this.find(bytes, at, this.world.cpu());
  }
  lookupOn(bytes: Uint8Array, at: number, cpu: number): number {
    return this.find(bytes, at, cpu);
  }
  update(
    _key: Uint8Array,
    _keyAt: number,
    _value: Uint8Array,
    _valueAt: number,
    _flags: number,
    _cpu: number | null,
  ): number {
    return -ERRNO.EOPNOTSUPP;
  }
  delete(_bytes: Uint8Array, _at: number): number {
    return -ERRNO.EOPNOTSUPP;
  }
  keys(_limit: number): Uint8Array[] {
    return [];
  }
  element(_position: number): { readonly key: number; readonly value: number; readonly next: number } | null {
    return null;
  }
  push(_value: Uint8Array, _at: number, _flags: number): number {
    return -ERRNO.EOPNOTSUPP;
  }
  pop(_remove: boolean): number {
    return 0;
  }
}

/** What lies between the guarded fields of a value. */
function between(guarded: readonly GuardedField[], valueSize: number): { offset: number; size: number }[] {
  const runs: { offset: number; size: number }[] = [];
  let at = 0;
  for (const { offset, size } of [...guarded].sort((a, b) => a.offset - b.offset)) {
    if (offset > at) runs.push({ offset: at, size: offset - at });
    at = Math.max(at, offset + size);
  }
  if (at < valueSize) runs.push({ offset: at, size: valueSize - at });
  return runs;
}

/** Little-endian 32-bit key at any alignment. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function u32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}
