import type { Program } from '../program/program.ts';
import type { GuestMemory } from './memory.ts';
import type { RegionTable } from './regions.ts';

/** Objects that programs may have at once take at most this much, with what rounding up wastes. */
const HEAP_BYTES = 0x20_0000;

/** Objects of one size lie together in slabs, so that an address tells where its object begins. */
const SLAB_BYTES = 8192;
const SLABS = HEAP_BYTES / SLAB_BYTES;

/** In front of each object: its size in bytes (0 while nobody has it), then what kind of object it is. */
const HEADER_BYTES = 8;
const SMALLEST_SHIFT = 5;
const CLASSES = 9;

/** Kernel functions that hand out objects; programs without them have no heap. */
const ALLOCATES = /^bpf_(obj_new|percpu_obj_new|cpumask_create|iter_bits_new)/;

/** How much memory the objects of these programs need. */
export function heapBytes(programs: readonly Program[]): number {
  const allocates = programs.some(({ kfuncs }) => [...(kfuncs?.values() ?? [])].some((name) => ALLOCATES.test(name)));
  return allocates ? TABLES_BYTES + HEAP_BYTES : 0;
}

/** Free lists by class, one byte per slab with its class plus one, and how many slabs are in use. */
const TABLES_BYTES = 1024;
const SLAB_CLASSES = 64;
const SLABS_USED = 60;

/** An object that a program has. */
export interface HeapObject {
  readonly start: number;
  readonly bytes: number;
  /** Whatever `allocate` was told. */
  readonly kind: number;
}

/** Memory for objects that programs ask for. All of it lies in the linear memory, so that undo covers it. */
export class GuestHeap {
  private readonly memory: GuestMemory;
  private readonly base: number;
  private readonly slabs: number;

  constructor(memory: GuestMemory, regions: RegionTable, base: number) {
    this.memory = memory;
    this.base = base;
    this.slabs = base + TABLES_BYTES;
    regions.addSegment({
      kind: 'object',
      name: 'allocated object',
      start: this.slabs,
      end: this.slabs + HEAP_BYTES,
      stride: 1,
      slotBytes: 0,
      readable: true,
      writable: true,
      inside: (address) => this.objectAt(address),
    });
  }

  /** Address of `bytes` zeros; 0 when there is no room. */
  allocate(bytes: number, kind: number): number {
    const size = classOf(bytes);
    if (size >= CLASSES) return 0;
    const { memory } = this;
    const at = this.read(this.base + 4 * size) || this.newSlab(size);
    if (at === 0) return 0;
    memory.set32(this.base + 4 * size, this.read(at + HEADER_BYTES));
    memory.set64(at, Math.max(bytes, 1), kind);
    memory.fill(at + HEADER_BYTES, (1 << (size + SMALLEST_SHIFT)) - HEADER_BYTES);
    return at + HEADER_BYTES;
  }

  /** Takes an object back; false when there is none that begins at `start`. */
  free(start: number): boolean {
    const object = this.objectAt(start);
    if (object === null || object.start !== start) return false;
    const size = this.classAt(start);
    const at = start - HEADER_BYTES;
    this.memory.set64(at, 0, 0);
    this.memory.set32(start, this.read(this.base + 4 * size));
    this.memory.set32(this.base + 4 * size, at);
    return true;
  }

  /** The object that holds this byte, or null. */
  objectAt(address: number): HeapObject | null {
    const size = this.classAt(address);
    if (size < 0) return null;
    const offset = (address - this.slabs) % SLAB_BYTES;
    const at = address - (offset & ((1 << (size + SMALLEST_SHIFT)) - 1));
    const bytes = this.read(at);
    const start = at + HEADER_BYTES;
    return address >= start && address < start + bytes ? { start, bytes, kind: this.read(at + 4) } : null;
  }

  /** Class of the slab that holds this byte, -1 when none does. */
  private classAt(address: number): number {
    const slab = Math.floor((address - this.slabs) / SLAB_BYTES);
    return slab >= 0 && slab < SLABS ? this.memory.u8[this.base + SLAB_CLASSES + slab]! - 1 : -1;
  }

  /** Opens a slab for a class and chains its slots into a free list; address of the first. */
  private newSlab(size: number): number {
    const { memory, base } = this;
    const slab = this.read(base + SLABS_USED);
    if (slab >= SLABS) return 0;
    memory.set32(base + SLABS_USED, slab + 1);
    memory.touch(base + SLAB_CLASSES + slab, 1);
    memory.u8[base + SLAB_CLASSES + slab] = size + 1;
    const first = this.slabs + slab * SLAB_BYTES;
    const stride = 1 << (size + SMALLEST_SHIFT);
    for (let at = first; at < first + SLAB_BYTES; at += stride)
      memory.set64(at + HEADER_BYTES, at + stride < first + SLAB_BYTES ? at + stride : 0, 0);
    return first;
  }

  private read(address: number): number {
    return this.memory.u32[address >> 2]!;
  }
}

function classOf(bytes: number): number {
  return Math.max(0, 32 - Math.clz32(bytes + HEADER_BYTES - 1) - SMALLEST_SHIFT);
}
