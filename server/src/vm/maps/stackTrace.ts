import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap, readU32, u32Bytes } from './baseMap.ts';
import { round8, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { jenkinsHash } from './hashFunctions.ts';

export const stackTraceKind: MapKind = {
  plan(spec) {
    if (spec.keySize !== 4) return `the key is 4 bytes, not ${spec.keySize}`;
    if (spec.valueSize < 8 || spec.valueSize % 8 !== 0 || spec.maxEntries < 1)
      return 'needs values of whole addresses and at least one entry';
    return roundPage(HEADER_BYTES * bucketsOf(spec)) + roundPage(round8(spec.valueSize) * bucketsOf(spec));
  },
  create: (world, spec, index, base) => new StackTraceMap(world, spec, index, base),
};

/** BPF_F_FAST_STACK_CMP and BPF_F_REUSE_STACKID. */
const FAST_COMPARE = 1 << 9;
const REUSE_ID = 1 << 10;

/** Per bucket: hash, number of addresses (0 is an empty bucket). */
const HEADER_BYTES = 8;
const ADDRESS_BYTES = 8;

function bucketsOf(spec: MapSpec): number {
  return 2 ** Math.ceil(Math.log2(spec.maxEntries));
}

/** Stacks by the hash of their addresses. Mirrors `__bpf_get_stackid` of kernel/bpf/stackmap.c, v6.18. */
export class StackTraceMap extends BaseMap {
  private readonly headers: number;
  private readonly stacks: number;
  private readonly buckets: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index);
    this.buckets = bucketsOf(spec);
    this.headers = base;
    this.stacks = base + roundPage(HEADER_BYTES * this.buckets);
  }

  private get used(): number {
    let used = 0;
    for (let id = 0; id < this.buckets; id++) if (this.length(id) > 0) used++;
    return used;
  }

  private length(id: number): number {
    return this.world.memory.u32[(this.headers + HEADER_BYTES * id + 4) >> 2]!;
  }

  private hashAt(id: number): number {
    return this.world.memory.u32[(this.headers + HEADER_BYTES * id) >> 2]!;
  }

  /** Keeps a stack, innermost address first, 8 bytes each. Answers its id or a negated errno. */
  put(addresses: Uint8Array, flags: number): number {
    const bytes = Math.min(addresses.length, this.spec.valueSize);
    if (bytes < ADDRESS_BYTES) return -ERRNO.EFAULT;
    const hash = jenkinsHash(addresses, 0, bytes);
    const id = hash & (this.buckets - 1);
    const isHash = this.length(id) > 0 && this.hashAt(id) === hash;
    if (isHash && (flags & FAST_COMPARE) !== 0) return id;
    if (isHash && this.isSame(id, addresses, bytes)) return id;
    if (this.length(id) > 0 && (flags & REUSE_ID) === 0) return -ERRNO.EEXIST;
    // A new stack is written before the old one is given up.
    if (this.used >= this.spec.maxEntries) return -ERRNO.ENOMEM;
    this.write(id, hash, addresses, bytes);
    return id;
  }

  private isSame(id: number, addresses: Uint8Array, bytes: number): boolean {
    const at = this.stacks + id * this.stride;
    if (this.length(id) * ADDRESS_BYTES !== bytes) return false;
    for (let i = 0; i < bytes; i++) if (this.world.memory.u8[at + i] !== addresses[i]) return false;
    return true;
  }

  private write(id: number, hash: number, addresses: Uint8Array, bytes: number): void {
    const { memory } = this.world;
    const at = this.stacks + id * this.stride;
    memory.set64(this.headers + HEADER_BYTES * id, hash, Math.floor(bytes / ADDRESS_BYTES));
    memory.fill(at, this.stride);
    memory.copyIn(at, addresses.subarray(0, bytes));
  }

  /** User space reads stacks by their ids. */
  override find(bytes: Uint8Array, at: number, _cpu: number): number {
    const id = readU32(bytes, at);
    return id < this.buckets && this.length(id) > 0 ? this.stacks + id * this.stride : 0;
  }

  override lookup(): number {
    return 0;
  }

  /** Only contents from before a run are put in by id; a kernel takes none. */
  override update(key: Uint8Array, keyAt: number, value: Uint8Array, valueAt: number, flags: number): number {
    const id = readU32(key, keyAt);
    if (flags !== UPDATE.any || id >= this.buckets) return -ERRNO.EINVAL;
    const bytes = value.subarray(valueAt, valueAt + this.spec.valueSize);
    let length = bytes.length;
    while (length > ADDRESS_BYTES && bytes.subarray(length - ADDRESS_BYTES, length).every((byte) => byte === 0))
      length -= ADDRESS_BYTES;
    this.write(id, jenkinsHash(bytes, 0, length), bytes, length);
    return 0;
  }

  override delete(bytes: Uint8Array, at: number): number {
    const id = readU32(bytes, at);
    if (id >= this.buckets) return -ERRNO.E2BIG;
    if (this.length(id) === 0) return -ERRNO.ENOENT;
    this.world.memory.fill(this.headers + HEADER_BYTES * id, HEADER_BYTES);
    return 0;
  }

  override keys(limit: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    for (let id = 0; id < this.buckets && keys.length < limit; id++) if (this.length(id) > 0) keys.push(u32Bytes(id));
    return keys;
  }
}
