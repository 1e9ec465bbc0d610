import { assert } from '../base/assert.ts';
import { LAYOUT, type Region, type RegionKind } from './machine.ts';
import { PAGE_SHIFT } from './memory.ts';

/** A run of equal slots: the values of a map. Only the first `slotBytes` of every `stride` bytes are open. */
export interface Segment {
  readonly kind: RegionKind;
  /** "value of map counts". */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly stride: number;
  readonly slotBytes: number;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Where slots are of many sizes (slotBytes is 0): the one that holds an address. */
  readonly inside?: (address: number) => { readonly start: number; readonly bytes: number } | null;
}

const STACK_END = LAYOUT.stack + LAYOUT.maxFrames * LAYOUT.frameStride;

/** Which addresses a program may touch at this moment. Plain numbers, because every load and store asks. */
export class RegionTable {
  /** Call frames in use; a program under the JIT may reach all of them. */
  depth: number = LAYOUT.maxFrames;
  ctxBytes = 0;
  /** Bytes at the context's beginning that the program may not touch. */
  ctxHidden = 0;
  /** Per byte of the context: 1 when programs may write it; null when all of it is writable. */
  ctxWritable: Uint8Array | null = null;
  /** The packet is [packetStart, packetEnd), what stands in front of it is [packetMeta, packetStart). */
  packetMeta: number = LAYOUT.packet;
  packetStart: number = LAYOUT.packet;
  packetEnd: number = LAYOUT.packet;
  packetWritable = true;
  /** Sockets and the like, and ring-buffer records being built; few. */
  objects: Region[] = [];
  private readonly segments: Segment[] = [];
  /** Index into `segments` plus one, per page. */
  private readonly owners: Uint16Array;

  constructor(memoryBytes: number) {
    this.owners = new Uint16Array((memoryBytes >>> PAGE_SHIFT) + 1);
  }

  addSegment(segment: Segment): void {
    assert(segment.start % (1 << PAGE_SHIFT) === 0 && segment.stride > 0, 'a segment must begin on a page');
    this.segments.push(segment);
    assert(this.segments.length < 0x1_0000, 'too many segments');
    const last = (Math.max(segment.end, segment.start + 1) - 1) >>> PAGE_SHIFT;
    this.owners.fill(this.segments.length, segment.start >>> PAGE_SHIFT, last + 1);
  }

  /** Whether a program may read or write all of [address, address + size). */
  allows(address: number, size: number, write: boolean): boolean {
    if (address < STACK_END) {
      const offset = address - LAYOUT.stack;
      if (offset < 0) return false;
      return (offset & (LAYOUT.frameStride - 1)) + size <= LAYOUT.frameBytes && offset >> 10 < this.depth;
    }
    if (address >= LAYOUT.maps) return this.allowsSlot(address, size, write);
    if (address >= LAYOUT.packet) return this.allowsPacket(address, size, write);
    if (address < LAYOUT.objects) return this.allowsContext(address - LAYOUT.ctx, size, write);
    return this.allowsObject(address, size, write);
  }

  private allowsPacket(address: number, size: number, write: boolean): boolean {
    const end = address + size;
    if (end > this.packetEnd || address < this.packetMeta || (write && !this.packetWritable)) return false;
    return address >= this.packetStart || end <= this.packetStart;
  }

  private allowsContext(offset: number, size: number, write: boolean): boolean {
    if (offset < this.ctxHidden || offset + size > this.ctxBytes) return false;
    if (!write || this.ctxWritable === null) return true;
    for (let i = 0; i < size; i++) if (this.ctxWritable[offset + i] !== 1) return false;
    return true;
  }

  private allowsSlot(address: number, size: number, write: boolean): boolean {
    const owner = this.owners[address >>> PAGE_SHIFT];
    const segment = owner === undefined ? undefined : this.segments[owner - 1];
    // In a batch, packets lie behind the maps.
    if (segment === undefined) return this.allowsPacket(address, size, write);
    if (segment.slotBytes === 0) return this.allowsInside(segment, address, size, write);
    if (address + size > segment.end || !(write ? segment.writable : segment.readable)) return false;
    return ((address - segment.start) % segment.stride) + size <= segment.slotBytes;
  }

  private allowsInside({ inside }: Segment, address: number, size: number, write: boolean): boolean {
    if (inside === undefined) return this.allowsObject(address, size, write);
    const slot = inside(address);
    return slot !== null && address + size <= slot.start + slot.bytes;
  }

  private allowsObject(address: number, size: number, write: boolean): boolean {
    for (const object of this.objects)
      if (address >= object.start && address + size <= object.end) return object.writable || !write;
    return false;
  }

  /** The region that holds `address`, or null. */
  regionAt(address: number): Region | null {
    for (const region of this.fixedRegions()) if (address >= region.start && address < region.end) return region;
    return this.slotAt(address);
  }

  private slotAt(address: number): Region | null {
    const segment = this.segments[(this.owners[address >>> PAGE_SHIFT] ?? 0) - 1];
    if (segment?.inside !== undefined) return slotInside(segment, segment.inside(address));
    if (segment === undefined || segment.slotBytes === 0 || address >= segment.end || address < segment.start)
      return null;
    const start = address - ((address - segment.start) % segment.stride);
    const { kind, name, writable } = segment;
    return { kind, name, writable, start, end: start + segment.slotBytes };
  }

  /** Everything mapped now, maps' values excepted. */
  fixedRegions(): Region[] {
    const regions: Region[] = [];
    const add = (kind: RegionKind, name: string, start: number, end: number, writable: boolean): void => {
      if (end > start) regions.push({ kind, name, start, end, writable });
    };
    for (let frame = 0; frame < this.depth; frame++) {
      const start = LAYOUT.stack + frame * LAYOUT.frameStride;
      add('stack', `stack frame ${frame}`, start, start + LAYOUT.frameBytes, true);
    }
    add(
      'ctx',
      'context',
      LAYOUT.ctx + this.ctxHidden,
      LAYOUT.ctx + this.ctxBytes,
      this.ctxWritable?.includes(1) ?? true,
    );
    add('packetMeta', 'packet metadata', this.packetMeta, this.packetStart, this.packetWritable);
    add('packet', 'packet', this.packetStart, this.packetEnd, this.packetWritable);
    regions.push(...this.objects);
    return regions;
  }

  /** The region `address` most likely was meant for: the nearest one at most 64 KiB away. */
  nearest(address: number): Region | null {
    const slot = this.slotAt(address) ?? this.slotAt(address - 64);
    let best: Region | null = slot;
    let distance = slot === null ? 0x1_0000 : distanceTo(slot, address);
    for (const region of this.fixedRegions()) {
      const gap = distanceTo(region, address);
      if (gap < distance) {
        best = region;
        distance = gap;
      }
    }
    return best;
  }
}

function distanceTo(region: Region, address: number): number {
  if (address < region.start) return region.start - address;
  return address < region.end ? 0 : address - region.end + 1;
}

function slotInside(
  { kind, name, writable }: Segment,
  slot: { readonly start: number; readonly bytes: number } | null,
): Region | null {
  return slot === null ? null : { kind, name, writable, start: slot.start, end: slot.start + slot.bytes };
}
