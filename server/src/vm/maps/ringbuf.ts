import type { MapSpec } from '../../program/program.ts';
import type { Region } from '../machine.ts';
import { BaseMap } from './baseMap.ts';
import type { MapKind, MapWorld } from './guestMap.ts';

/** Bytes of the record header (BPF_RINGBUF_HDR_SZ). */
const HEADER_BYTES = 8;

export const ringbufKind: MapKind = {
  plan(spec) {
    if (spec.keySize !== 0 || spec.valueSize !== 0) return 'a ring buffer has neither keys nor values';
    const size = spec.maxEntries;
    if (size < 4096 || (size & (size - 1)) !== 0 || size > 2 ** 30)
      return `a ring buffer's max_entries is a power of two from 4096 bytes on, not ${size}`;
    // Twice the size: a record that begins before the end simply goes on behind it.
    return 1024 + 2 * size;
  },
  create: (world, spec, index, base) => new RingbufMap(world, spec, index, base),
};

const STATE = { busy: 1, ready: 2, discarded: 3 } as const;

/**
 * A ring buffer whose reader empties it between two runs. Positions are u32 words in memory: reader, writer, and how
 * far committed records have been handed out. A record's header holds its length and a state.
 */
export class RingbufMap extends BaseMap {
  private readonly consumer: number;
  private readonly producer: number;
  private readonly handedOut: number;
  private readonly data: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index);
    this.consumer = base;
    this.producer = base + 4;
    this.handedOut = base + 8;
    this.data = base + 1024;
    const range = { start: this.data, end: this.data + 2 * spec.maxEntries, stride: 1, slotBytes: 0 };
    world.regions.addSegment({
      kind: 'ringbuf',
      name: `ring buffer ${spec.name}`,
      readable: true,
      writable: true,
      ...range,
    });
  }

  private read(address: number): number {
    return this.world.memory.u32[address >> 2]!;
  }

  private record(position: number): number {
    return this.data + (position & (this.spec.maxEntries - 1));
  }

  /** Address of `size` bytes for a record, 0 when there is no room. */
  reserve(size: number): number {
    const { memory, regions } = this.world;
    const whole = Math.ceil((size + HEADER_BYTES) / 8) * 8;
    if (whole > this.spec.maxEntries) return 0;
    const producer = this.read(this.producer);
    if ((producer + whole - this.read(this.consumer)) >>> 0 > this.spec.maxEntries - 1) return 0;
    const header = this.record(producer);
    memory.set64(header, size, STATE.busy);
    memory.set32(this.producer, (producer + whole) | 0);
    const start = header + HEADER_BYTES;
    const region: Region = {
      kind: 'ringbuf',
      name: `record of ring buffer ${this.spec.name}`,
      start,
      end: start + size,
      writable: true,
    };
    regions.objects = [...regions.objects, region];
    return start;
  }

  /** Whether a record that begins here is being built. */
  isReserved(start: number): boolean {
    if (start < this.data + HEADER_BYTES || start >= this.data + 2 * this.spec.maxEntries || start % 8 !== 0)
      return false;
    return this.world.regions.objects.some((region) => region.kind === 'ringbuf' && region.start === start);
  }

  /** Ends a reservation; `each` gets every record that is complete now, in the order of the ring. */
  commit(start: number, discard: boolean, each: (bytes: Uint8Array) => void): void {
    const { memory, regions } = this.world;
    memory.set32(start - 4, discard ? STATE.discarded : STATE.ready);
    regions.objects = regions.objects.filter((region) => region.start !== start);
    const producer = this.read(this.producer);
    let position = this.read(this.handedOut);
    while (position !== producer) {
      const header = this.record(position);
      const size = this.read(header);
      const state = this.read(header + 4);
      if (state === STATE.busy) break;
      if (state === STATE.ready) each(memory.u8.slice(header + HEADER_BYTES, header + HEADER_BYTES + size));
      position = (position + Math.ceil((size + HEADER_BYTES) / 8) * 8) >>> 0;
    }
    memory.set32(this.handedOut, position | 0);
  }

  /** The reader has taken everything that was handed out. */
  drain(): void {
    this.world.memory.set32(this.consumer, this.read(this.handedOut) | 0);
  }

  /** bpf_ringbuf_query: data waiting, size, reader's and writer's position. null for an unknown question. */
  query(what: number): number | null {
    const consumer = this.read(this.consumer);
    const producer = this.read(this.producer);
    const answers = [(producer - consumer) >>> 0, this.spec.maxEntries, consumer, producer];
    return answers[what] ?? null;
  }
}
