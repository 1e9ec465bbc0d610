import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import { round8, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';

export const hashKind = kindOf({ perCpu: false, lru: false });
export const percpuHashKind = kindOf({ perCpu: true, lru: false });
export const lruHashKind = kindOf({ perCpu: false, lru: true });
export const lruPercpuHashKind = kindOf({ perCpu: true, lru: true });

interface Variant {
  readonly perCpu: boolean;
  /** A full map drops the entry that was used longest ago instead of refusing a new one. */
  readonly lru: boolean;
}

function kindOf(variant: Variant): MapKind {
  return {
    plan: (spec, cpus) => planHash(spec, variant.perCpu ? cpus : 1),
    create: (world, spec, index, base) => new HashMap(world, spec, index, base, variant),
  };
}

/** MAX_BPF_STACK: keys must fit the stack. */
const MAX_KEY_BYTES = 512;

export function planHash(spec: MapSpec, cpus: number): number | string {
  if (spec.keySize < 1 || spec.keySize > MAX_KEY_BYTES)
    return `a key has 1 to ${MAX_KEY_BYTES} bytes, not ${spec.keySize}`;
  if (spec.valueSize < 1 || spec.maxEntries < 1) return 'needs values of at least one byte and at least one entry';
  return layOut(spec, 0, cpus).end;
}

/** Addresses of the parts. Tables hold u32; an entry is named by its number plus one, so that 0 is none. */
export interface HashLayout {
  /** count, head of the free list, entries ever used, LRU newest, LRU oldest. */
  readonly header: number;
  readonly buckets: number;
  readonly bucketMask: number;
  /** Per entry: next in its bucket or free list, hash, LRU newer, LRU older; then 1 when in use. */
  readonly links: number;
  readonly keys: number;
  readonly keyStride: number;
  readonly values: number;
  readonly end: number;
}

const LINK_BYTES = 20;

function layOut(spec: MapSpec, base: number, cpus: number): HashLayout {
  const bucketCount = 2 ** Math.ceil(Math.log2(spec.maxEntries));
  const buckets = base + 64;
  const links = buckets + 4 * bucketCount;
  const keys = base + roundPage(links - base + LINK_BYTES * spec.maxEntries);
  const keyStride = round8(spec.keySize);
  const values = keys + roundPage(keyStride * spec.maxEntries);
  const end = values + roundPage(round8(spec.valueSize) * spec.maxEntries) * cpus;
  return { header: base, buckets, bucketMask: bucketCount - 1, links, keys, keyStride, values, end };
}

const HEADER = { count: 0, free: 4, fresh: 8, newest: 12, oldest: 16 } as const;
const LINK = { next: 0, hash: 4, newer: 8, older: 12, used: 16 } as const;

/** Hash maps. Entries never move, so value addresses stay good until the entry is deleted. */
export class HashMap extends BaseMap {
  override readonly perCpu: boolean;
  override readonly cpuStride: number;
  readonly layout: HashLayout;
  private readonly lru: boolean;
  private readonly keySize: number;
  private readonly u8: Uint8Array;
  private readonly u32: Uint32Array;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, variant: Variant) {
    super(world, spec, index);
    this.perCpu = variant.perCpu;
    this.lru = variant.lru;
    this.keySize = spec.keySize;
    this.u8 = world.memory.u8;
    this.u32 = world.memory.u32;
    this.layout = layOut(spec, base, variant.perCpu ? world.cpus : 1);
    this.cpuStride = roundPage(this.stride * spec.maxEntries);
    const { keys, keyStride, values } = this.layout;
    this.openKeys(keys, keys + keyStride * spec.maxEntries, keyStride);
    for (let cpu = 0; cpu < (this.perCpu ? world.cpus : 1); cpu++)
      this.openValues(values + cpu * this.cpuStride, spec.maxEntries);
  }

  get count(): number {
    return this.read(this.layout.header + HEADER.count);
  }

  private read(address: number): number {
    return this.u32[address >> 2]!;
  }
  private write(address: number, value: number): void {
    this.world.memory.set32(address, value);
  }
  private link(entry: number, field: number): number {
    return this.layout.links + entry * LINK_BYTES + field;
  }
  protected valueAddress(entry: number, cpu: number): number {
    return this.layout.values + entry * this.stride + (this.perCpu ? cpu * this.cpuStride : 0);
  }
  protected keyAddress(entry: number): number {
    return this.layout.keys + entry * this.layout.keyStride;
  }

  /** Hash of a key; longest-prefix maps hash only the prefix. */
  protected hash(bytes: Uint8Array, at: number): number {
    if (bytes === this.u8 && at % 4 === 0) return hashWords(this.u32, this.u8, at, this.keySize);
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
  protected entryOf(bytes: Uint8Array, at: number): number {
    const hash = this.hash(bytes, at);
    const { buckets, bucketMask } = this.layout;
    for (let link = this.read(buckets + 4 * (hash & bucketMask)); link !== 0;) {
      const entry = link - 1;
      if (this.read(this.link(entry, LINK.hash)) === hash && this.sameKey(entry, bytes, at)) return entry;
      link = this.read(this.link(entry, LINK.next));
    }
    return -1;
  }

  override find(bytes: Uint8Array, at: number, cpu: number): number {
    const entry = this.entryOf(bytes, at);
    return entry < 0 ? 0 : this.valueAddress(entry, cpu);
  }

  override lookup(bytes: Uint8Array, at: number): number {
    const entry = this.entryOf(bytes, at);
    if (entry < 0) return 0;
    if (this.lru) this.use(entry);
    return this.valueAddress(entry, this.world.cpu());
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
    const mayLock = !this.perCpu && !this.lru && this.world.hasLock(this.spec);
    if (mode > UPDATE.exist || ((flags & UPDATE.lock) !== 0 && !mayLock)) return -ERRNO.EINVAL;
    let entry = this.entryOf(key, keyAt);
    if (entry >= 0 && mode === UPDATE.noexist) return -ERRNO.EEXIST;
    if (entry < 0 && mode === UPDATE.exist) return -ERRNO.ENOENT;
    // Key and value may lie in this very map, so they are copied before anything changes.
    const valueBytes = value.slice(valueAt, valueAt + this.spec.valueSize);
    const existed = entry >= 0;
    if (!existed) entry = this.insert(key, keyAt);
    if (entry < 0) return -ERRNO.E2BIG;
    this.keyChanged(entry, key, keyAt);
    this.writeValue(entry, valueBytes, cpu, existed);
    if (this.lru) this.use(entry);
    return 0;
  }

  /** Longest-prefix maps keep the key as it was last given. */
  protected keyChanged(_entry: number, _key: Uint8Array, _at: number): void {}

  private writeValue(entry: number, bytes: Uint8Array, cpu: number | null, existed: boolean): void {
    const { memory, cpus } = this.world;
    if (!this.perCpu) return memory.copyIn(this.valueAddress(entry, 0), bytes);
    for (let each = 0; each < cpus; each++) {
      if (cpu === null || cpu === each) memory.copyIn(this.valueAddress(entry, each), bytes);
      else if (!existed) memory.fill(this.valueAddress(entry, each), this.spec.valueSize);
    }
  }

  /** Links a new entry; -1 when the map is full. */
  private insert(key: Uint8Array, at: number): number {
    const entry = this.takeFree();
    if (entry < 0) return -1;
    const hash = this.hash(key, at);
    const bucket = this.layout.buckets + 4 * (hash & this.layout.bucketMask);
    this.world.memory.copyIn(this.keyAddress(entry), key.slice(at, at + this.spec.keySize));
    this.write(this.link(entry, LINK.hash), hash);
    this.write(this.link(entry, LINK.next), this.read(bucket));
    this.write(this.link(entry, LINK.used), 1);
    this.write(bucket, entry + 1);
    this.write(this.layout.header + HEADER.count, this.count + 1);
    if (this.lru) this.pushNewest(entry);
    return entry;
  }

  private takeFree(): number {
    const { header } = this.layout;
    const free = this.read(header + HEADER.free);
    if (free !== 0) {
      this.write(header + HEADER.free, this.read(this.link(free - 1, LINK.next)));
      return free - 1;
    }
    const fresh = this.read(header + HEADER.fresh);
    if (fresh < this.spec.maxEntries) {
      this.write(header + HEADER.fresh, fresh + 1);
      return fresh;
    }
    if (!this.lru) return -1;
    this.remove(this.read(header + HEADER.oldest) - 1);
    return this.takeFree();
  }

  override delete(bytes: Uint8Array, at: number): number {
    const entry = this.entryOf(bytes, at);
    if (entry < 0) return -ERRNO.ENOENT;
    this.remove(entry);
    return 0;
  }

  private remove(entry: number): void {
    const { header, buckets, bucketMask } = this.layout;
    let from = buckets + 4 * (this.read(this.link(entry, LINK.hash)) & bucketMask);
    for (let link = this.read(from); link !== entry + 1; link = this.read(from)) from = this.link(link - 1, LINK.next);
    this.write(from, this.read(this.link(entry, LINK.next)));
    this.write(this.link(entry, LINK.next), this.read(header + HEADER.free));
    this.write(this.link(entry, LINK.used), 0);
    this.write(header + HEADER.free, entry + 1);
    this.write(header + HEADER.count, this.count - 1);
    if (this.lru) this.unlink(entry);
  }

  private use(entry: number): void {
    if (this.read(this.layout.header + HEADER.newest) === entry + 1) return;
    this.unlink(entry);
    this.pushNewest(entry);
  }

  private unlink(entry: number): void {
    const { header } = this.layout;
    const newer = this.read(this.link(entry, LINK.newer));
    const older = this.read(this.link(entry, LINK.older));
    this.write(newer === 0 ? header + HEADER.newest : this.link(newer - 1, LINK.older), older);
    this.write(older === 0 ? header + HEADER.oldest : this.link(older - 1, LINK.newer), newer);
  }

  private pushNewest(entry: number): void {
    const { header } = this.layout;
    const newest = this.read(header + HEADER.newest);
    this.write(this.link(entry, LINK.newer), 0);
    this.write(this.link(entry, LINK.older), newest);
    this.write(newest === 0 ? header + HEADER.oldest : this.link(newest - 1, LINK.newer), entry + 1);
    this.write(header + HEADER.newest, entry + 1);
  }

  private nextUsed(position: number): number {
    const fresh = this.read(this.layout.header + HEADER.fresh);
    let entry = position;
    while (entry < fresh && this.read(this.link(entry, LINK.used)) === 0) entry++;
    return entry < fresh ? entry : -1;
  }

  override keys(limit: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    const { u8 } = this.world.memory;
    for (let entry = this.nextUsed(0); entry >= 0 && keys.length < limit; entry = this.nextUsed(entry + 1))
      keys.push(u8.slice(this.keyAddress(entry), this.keyAddress(entry) + this.spec.keySize));
    return keys;
  }

  override element(position: number): { key: number; value: number; next: number } | null {
    const entry = this.nextUsed(position);
    if (entry < 0) return null;
    return { key: this.keyAddress(entry), value: this.valueAddress(entry, this.world.cpu()), next: entry + 1 };
  }
}

/** Mixes four bytes at a time, in the manner of MurmurHash3. */
export function hashBytes(bytes: Uint8Array, at: number, size: number): number {
  let hash = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const word = bytes[at + i]! | (bytes[at + i + 1]! << 8) | (bytes[at + i + 2]! << 16) | (bytes[at + i + 3]! << 24);
    hash = mix(hash, word);
  }
  for (; i < size; i++) hash = mix(hash, bytes[at + i]!);
  return finish(hash);
}

/** `hashBytes` for a key on a four-byte boundary of the linear memory. */
function hashWords(words: Uint32Array, bytes: Uint8Array, at: number, size: number): number {
  let hash = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) hash = mix(hash, words[(at + i) >> 2]!);
  for (; i < size; i++) hash = mix(hash, bytes[at + i]!);
  return finish(hash);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  const joined = hash ^ Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
}
