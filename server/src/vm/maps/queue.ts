import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import { round8, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';

export const queueKind: MapKind = {
  plan: planQueue,
  create: (world, spec, index, base) => new QueueMap(world, spec, index, base, false),
};

export const stackKind: MapKind = {
  plan: planQueue,
  create: (world, spec, index, base) => new QueueMap(world, spec, index, base, true),
};

function planQueue(spec: MapSpec): number | string {
  if (spec.keySize !== 0) return `has no key, so the key size is 0, not ${spec.keySize}`;
  if (spec.valueSize < 1 || spec.maxEntries < 1) return 'needs values of at least one byte and at least one entry';
  return 1024 + roundPage(round8(spec.valueSize) * (spec.maxEntries + 1));
}

/** A ring with one unused slot, as in kernel/bpf/queue_stack_maps.c. A stack takes from the end where it puts. */
export class QueueMap extends BaseMap {
  private readonly head: number;
  private readonly tail: number;
  private readonly first: number;
  private readonly last: boolean;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, last: boolean) {
    super(world, spec, index);
    this.head = base;
    this.tail = base + 4;
    this.first = base + 1024;
    this.last = last;
  }

  private read(address: number): number {
    return this.world.memory.u32[address >> 2]!;
  }
  private after(position: number): number {
    return position >= this.spec.maxEntries ? 0 : position + 1;
  }
  private before(position: number): number {
    return position === 0 ? this.spec.maxEntries : position - 1;
  }
  private address(position: number): number {
    return this.first + position * this.stride;
  }

  override push(value: Uint8Array, at: number, flags: number): number {
    if (flags !== UPDATE.any && flags !== UPDATE.exist) return -ERRNO.EINVAL;
    const { memory } = this.world;
    const head = this.read(this.head);
    const next = this.after(head);
    if (next === this.read(this.tail)) {
      if (flags !== UPDATE.exist) return -ERRNO.E2BIG;
      memory.set32(this.tail, this.after(next));
    }
    memory.copyIn(this.address(head), value.slice(at, at + this.spec.valueSize));
    memory.set32(this.head, next);
    return 0;
  }

  override pop(remove: boolean): number {
    const head = this.read(this.head);
    const tail = this.read(this.tail);
    if (head === tail) return 0;
    const position = this.last ? this.before(head) : tail;
    if (remove && this.last) this.world.memory.set32(this.head, position);
    else if (remove) this.world.memory.set32(this.tail, this.after(tail));
    return this.address(position);
  }

  /** Addresses of the values in the order in which they would be taken. */
  contents(limit: number): number[] {
    const head = this.read(this.head);
    const tail = this.read(this.tail);
    const addresses: number[] = [];
    for (let at = tail; at !== head; at = this.after(at)) addresses.push(this.address(at));
    return (this.last ? addresses.toReversed() : addresses).slice(0, limit);
  }
}
