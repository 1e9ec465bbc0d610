import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import type { MapKind, MapWorld } from './guestMap.ts';
import { ringbufKind } from './ringbuf.ts';

export const userRingbufKind: MapKind = {
  plan: (spec, cpus) => ringbufKind.plan(spec, cpus),
  create: (world, spec, index, base) => new UserRingbufMap(world, spec, index, base),
};

const HEADER_BYTES = 8;

/** Samples that user space wrote before the run, in the order in which bpf_user_ringbuf_drain hands them out. */
export class UserRingbufMap extends BaseMap {
  private readonly consumer: number;
  private readonly producer: number;
  private readonly data: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index);
    this.consumer = base;
    this.producer = base + 4;
    this.data = base + 1024;
    const range = { start: this.data, end: this.data + 2 * spec.maxEntries, stride: 1, slotBytes: 0 };
    const name = `ring buffer ${spec.name}`;
    world.regions.addSegment({ kind: 'ringbuf', name, readable: true, writable: true, ...range });
  }

  private read(address: number): number {
    return this.world.memory.u32[address >> 2]!;
  }
  private record(position: number): number {
    return this.data + (position & (this.spec.maxEntries - 1));
  }

  /** Adds a sample behind the others; E2BIG when it does not fit. Samples may have any length, unlike values. */
  add(sample: Uint8Array): number {
    const { memory } = this.world;
    const whole = wholeBytes(sample.length);
    const producer = this.read(this.producer);
    if (((producer - this.read(this.consumer)) >>> 0) + whole > this.spec.maxEntries) return -ERRNO.E2BIG;
    memory.set64(this.record(producer), sample.length, 0);
    memory.copyIn(this.record(producer) + HEADER_BYTES, sample);
    memory.set32(this.producer, (producer + whole) | 0);
    return 0;
  }

  /** The next sample; null when there is none. */
  peek(): { readonly start: number; readonly size: number } | null {
    const consumer = this.read(this.consumer);
    if (consumer === this.read(this.producer)) return null;
    const header = this.record(consumer);
    return { start: header + HEADER_BYTES, size: this.read(header) };
  }

  /** Takes the next sample out. */
  release(): void {
    const next = this.peek();
    if (next === null) return;
    this.world.memory.set32(this.consumer, (this.read(this.consumer) + wholeBytes(next.size)) | 0);
  }

  /** The samples that nobody has taken yet. */
  samples(limit: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    const producer = this.read(this.producer);
    let position = this.read(this.consumer);
    while (position !== producer && found.length < limit) {
      const header = this.record(position);
      const size = this.read(header);
      found.push(this.world.memory.u8.slice(header + HEADER_BYTES, header + HEADER_BYTES + size));
      position = (position + wholeBytes(size)) >>> 0;
    }
    return found;
  }
}

function wholeBytes(size: number): number {
  return Math.ceil((size + HEADER_BYTES) / 8) * 8;
}
