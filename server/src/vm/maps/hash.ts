import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import { MAP_FLAG, round8, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { hashBytes, jenkinsHash } from './hashFunctions.ts';

export const hashKind = kindOf(false);
export const percpuHashKind = kindOf(true);

function kindOf(perCpu: boolean): MapKind {
  return {
    plan: (spec, cpus) => planHash(spec, perCpu ? cpus : 1, spec.maxEntries + 1),
    create: (world, spec, index, base) => new HashMap(world, spec, index, base, perCpu, spec.maxEntries + 1),
  };
}

export function planHash(spec: MapSpec, cpus: number, entries: number): number | string {
  if (spec.keySize < 1) return 'needs keys of at least one byte';
  if (spec.valueSize < 1 || spec.maxEntries < 1) return 'needs values of at least one byte and at least one entry';
  return layOut(spec, 0, cpus, entries).end;
}

/** Addresses of the parts. Tables hold u32; an entry is named by its number plus one, so that 0 is none. */
export interface HashLayout {
  /** See HASH_HEADER. */
  readonly header: number;
  readonly buckets: number;
  readonly bucketMask: number;
  /** Per entry, see HASH_LINK. */
  readonly links: number;
  readonly keys: number;
  readonly keyStride: number;
  readonly values: number;
  readonly end: number;
}

/** Entries in use, first free one, number of entries that were ever used, the spare one. */
export const HASH_HEADER = { count: 0, free: 4, fresh: 8, spare: 12 } as const;

/**
 * Next in its bucket, hash, 1 when in use, next free one, 1 when looked up (LRU). A deleted entry still says what came
 * after it, as in the kernel: a for_each that stands there goes on from it.
 */
export const HASH_LINK = { next: 0, hash: 4, used: 8, free: 12, looked: 16 } as const;

export const LINK_BYTES = 20;

function layOut(spec: MapSpec, base: number, cpus: number, entries: number): HashLayout {
  const bucketCount = 2 ** Math.ceil(Math.log2(spec.maxEntries));
  const buckets = base + 64;
  const links = buckets + 4 * bucketCount;
  const keys = base + roundPage(links - base + LINK_BYTES * entries);
  const keyStride = round8(spec.keySize);
  const values = keys + roundPage(keyStride * entries);
  const end = values + roundPage(round8(spec.valueSize) * entries) * cpus;
  return { header: base, buckets, bucketMask: bucketCount - 1, links, keys, keyStride, values, end };
}

/** A position of `element` is a bucket times this, plus the number of the entry to go on with (0: the bucket's first). */
const BUCKET = 2 ** 27;

/**
 * Hash maps. Entries never move. As in the kernel, an update of an existing key takes the spare entry and leaves the old
 * one as the next spare, so a pointer to the old value goes on showing it; per-CPU values and those updated with
 * BPF_F_LOCK are changed in place. Mirrors `htab_map_update_elem` and `alloc_htab_elem` of kernel/bpf/hashtab.c, v6.18.
 */
export class HashMap extends BaseMap {
  override readonly perCpu: boolean;
  override readonly cpuStride: number;
  readonly layout: HashLayout;
  /** Buckets are those of a kernel without a random seed, so that the order of the entries is the kernel's. */
  readonly zeroSeed: boolean;
  protected readonly u8: Uint8Array;
  protected readonly u32: Uint32Array;
  /** Entries there is room for. */
  readonly entries: number;
  private readonly keySize: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, perCpu: boolean, entries: number) {
    super(world, spec, index);
    this.perCpu = perCpu;
    this.keySize = spec.keySize;
    this.entries = entries;
    this.zeroSeed = (spec.flags & MAP_FLAG.zeroSeed) !== 0;
    this.u8 = world.memory.u8;
    this.u32 = world.memory.u32;
    this.layout = layOut(spec, base, perCpu ? world.cpus : 1, entries);
    this.cpuStride = roundPage(this.stride * entries);
    // The first entry is the first spare one.
    this.write(base + HASH_HEADER.spare, 1);
    this.write(base + HASH_HEADER.fresh, 1);
    const { keys, keyStride, values } = this.layout;
    this.openKeys(keys, keys + keyStride * entries, keyStride);
    for (let cpu = 0; cpu < (perCpu ? world.cpus : 1); cpu++) this.openValues(values + cpu * this.cpuStride, entries);
  }

  get count(): number {
    return this.read(this.layout.header + HASH_HEADER.count);
  }

  protected read(address: number): number {
    return this.u32[address >> 2]!;
  }
  protected write(address: number, value: number): void {
    this.world.memory.set32(address, value);
  }
  protected link(entry: number, field: number): number {
    return this.layout.links + entry * LINK_BYTES + field;
  }
  private bucket(hash: number): number {
    return this.layout.buckets + 4 * (hash & this.layout.bucketMask);
  }
  protected valueAddress(entry: number, cpu: number): number {
    return this.layout.values + entry * this.stride + (this.perCpu ? cpu * this.cpuStride : 0);
  }
  protected keyAddress(entry: number): number {
    return this.layout.keys + entry * this.layout.keyStride;
  }
  protected isUsed(entry: number): boolean {
    return this.read(this.link(entry, HASH_LINK.used)) !== 0;
  }
  protected looked(entry: number): number {
    return this.link(entry, HASH_LINK.looked);
  }

  /** Hash of a key; longest-prefix maps hash only the prefix. */
  protected hash(bytes: Uint8Array, at: number): number {
    if (this.zeroSeed) return jenkinsHash(bytes, at, this.keySize);
    return hashBytes(bytes, at, this.keySize);
  }

  protected sameKey(entry: number, bytes: Uint8Array, at: number): boolean {
    const { u8, u32, keySize } = this;
    const start = this.keyAddress(entry);
    let i = 0;
    if (bytes === u8 && at % 4 === 0)
      for (; i + 4 <= keySize; i += 4) if (u32[(start + i) >> 2] !== u32[(at + i) >> 2]) return false;
    for (; i < keySize; i++) if (u8[start + i] !== bytes[at + i]) return false;
    return true;
  }

  /** Number of the key's entry, -1 when absent. */
  protected entryOf(bytes: Uint8Array, at: number, hash = this.hash(bytes, at)): number {
    for (let link = this.read(this.bucket(hash)); link !== 0;) {
      const entry = link - 1;
      if (this.read(this.link(entry, HASH_LINK.hash)) === hash && this.sameKey(entry, bytes, at)) return entry;
      link = this.read(this.link(entry, HASH_LINK.next));
    }
    return -1;
  }

  override find(bytes: Uint8Array, at: number, cpu: number): number {
    const entry = this.entryOf(bytes, at);
    return entry < 0 ? 0 : this.valueAddress(entry, cpu);
  }

  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    const mode = flags & ~UPDATE.lock;
    const lock = (flags & UPDATE.lock) !== 0;
    if (mode > UPDATE.exist || (lock && (this.perCpu || !this.hasLock))) return -ERRNO.EINVAL;
    const hash = this.hash(key, keyAt);
    const old = this.entryOf(key, keyAt, hash);
    const refused = refusal(old, mode);
    if (refused !== 0) return refused;
    const inPlace = old >= 0 && (this.perCpu || lock);
    const entry = inPlace ? old : this.takeEntry(old);
    if (entry < 0) return -ERRNO.E2BIG;
    if (!inPlace) this.put(entry, hash, key, keyAt);
    this.writeValue(entry, value, valueAt, cpu, inPlace);
    if (!inPlace && old >= 0) this.unlink(old);
    return 0;
  }

  /** Gives an entry its key and puts it in front of its bucket. */
  protected put(entry: number, hash: number, key: Uint8Array, at: number): void {
    const bucket = this.bucket(hash);
    this.world.memory.copyIn(this.keyAddress(entry), key.subarray(at, at + this.keySize));
    this.write(this.link(entry, HASH_LINK.hash), hash);
    this.write(this.link(entry, HASH_LINK.next), this.read(bucket));
    this.write(this.link(entry, HASH_LINK.used), 1);
    this.write(bucket, entry + 1);
    this.write(this.layout.header + HASH_HEADER.count, this.count + 1);
  }

  /** A null `cpu` is user space, which gives a value for each CPU. Other CPUs see zeros in a new entry. */
  protected writeValue(entry: number, bytes: Uint8Array, at: number, cpu: number | null, existed: boolean): void {
    if (!this.perCpu) return this.copyValue(this.valueAddress(entry, 0), bytes, at);
    for (let each = 0; each < this.world.cpus; each++) {
      if (cpu === null) this.copyValue(this.valueAddress(entry, each), bytes, at + each * this.stride);
      else if (cpu === each) this.copyValue(this.valueAddress(entry, each), bytes, at);
      else if (!existed) this.world.memory.fill(this.valueAddress(entry, each), this.spec.valueSize);
    }
  }

  /** Instead of an old entry the spare one, otherwise a free one; -1 when the map is full. */
  private takeEntry(old: number): number {
    const { header } = this.layout;
    if (old >= 0) {
      const spare = this.read(header + HASH_HEADER.spare) - 1;
      this.write(header + HASH_HEADER.spare, old + 1);
      return spare;
    }
    const free = this.read(header + HASH_HEADER.free);
    if (free !== 0) {
      this.write(header + HASH_HEADER.free, this.read(this.link(free - 1, HASH_LINK.free)));
      return free - 1;
    }
    const fresh = this.read(header + HASH_HEADER.fresh);
    if (fresh >= this.entries) return -1;
    this.write(header + HASH_HEADER.fresh, fresh + 1);
    return fresh;
  }

  override delete(bytes: Uint8Array, at: number): number {
    const entry = this.entryOf(bytes, at);
    if (entry < 0) return -ERRNO.ENOENT;
    this.unlink(entry);
    this.release(entry);
    return 0;
  }

  protected release(entry: number): void {
    const free = this.layout.header + HASH_HEADER.free;
    this.write(this.link(entry, HASH_LINK.free), this.read(free));
    this.write(free, entry + 1);
  }

  /** Takes an entry out of its bucket. Its key and value stay as they are. */
  protected unlink(entry: number): void {
    let from = this.bucket(this.read(this.link(entry, HASH_LINK.hash)));
    for (let link = this.read(from); link !== entry + 1; link = this.read(from))
      from = this.link(link - 1, HASH_LINK.next);
    this.write(from, this.read(this.link(entry, HASH_LINK.next)));
    this.write(this.link(entry, HASH_LINK.used), 0);
    this.write(this.layout.header + HASH_HEADER.count, this.count - 1);
    for (let cpu = 0; cpu < (this.perCpu ? this.world.cpus : 1); cpu++)
      this.clearGuarded(this.valueAddress(entry, cpu));
  }

  /** For maps that hand out entries by themselves: none is spare, and any may be in use. */
  protected useAll(): void {
    this.write(this.layout.header + HASH_HEADER.spare, 0);
    this.write(this.layout.header + HASH_HEADER.fresh, this.entries);
  }

  override keys(limit: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    const fresh = this.read(this.layout.header + HASH_HEADER.fresh);
    for (let entry = 0; entry < fresh && keys.length < limit; entry++)
      if (this.isUsed(entry)) keys.push(this.u8.slice(this.keyAddress(entry), this.keyAddress(entry) + this.keySize));
    return keys;
  }

  override entryAt(address: number): { key: number; value: number } | null {
    const entry = Math.floor((address - this.layout.values) / this.stride);
    if (entry < 0 || entry >= this.entries || !this.isUsed(entry)) return null;
    return { key: this.keyAddress(entry), value: this.valueAddress(entry, 0) };
  }

  /** Bucket by bucket, as the kernel goes: what is put in meanwhile stands in front and is not seen in this bucket. */
  override element(position: number): { key: number; value: number; next: number } | null {
    const { buckets, bucketMask } = this.layout;
    let bucket = Math.floor(position / BUCKET);
    let link = position % BUCKET;
    if (link === 0) for (; bucket <= bucketMask && (link = this.read(buckets + 4 * bucket)) === 0;) bucket++;
    if (link === 0) return null;
    const after = this.read(this.link(link - 1, HASH_LINK.next));
    const next = after === 0 ? (bucket + 1) * BUCKET : bucket * BUCKET + after;
    return { key: this.keyAddress(link - 1), value: this.valueAddress(link - 1, this.world.cpu()), next };
  }
}

/** What flags of an update forbid about an entry that is there (or not: -1). */
export function refusal(entry: number, mode: number): number {
  if (entry >= 0 && mode === UPDATE.noexist) return -ERRNO.EEXIST;
  return entry < 0 && mode === UPDATE.exist ? -ERRNO.ENOENT : 0;
}
