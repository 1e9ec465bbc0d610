import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { MAP_FLAG, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { HashMap, planHash, refusal } from './hash.ts';
import { LruList } from './lruList.ts';
import { lruBytes } from './lruNodes.ts';

export const lruHashKind = kindOf(false);
export const lruPercpuHashKind = kindOf(true);

function kindOf(perCpu: boolean): MapKind {
  return {
    plan(spec, cpus) {
      const bytes = planHash(spec, perCpu ? cpus : 1, entriesOf(spec, cpus));
      return typeof bytes === 'string' ? bytes : bytes + lruBytes(entriesOf(spec, cpus), cpus);
    },
    create: (world, spec, index, base) =>
      new LruHashMap(world, { ...spec, maxEntries: entriesOf(spec, world.cpus) }, index, base, perCpu),
  };
}

/** With BPF_F_NO_COMMON_LRU every CPU has a list of its own, all of them equally long. */
function entriesOf(spec: MapSpec, cpus: number): number {
  return hasOwnLists(spec) ? Math.ceil(spec.maxEntries / cpus) * cpus : spec.maxEntries;
}

function hasOwnLists(spec: MapSpec): boolean {
  return (spec.flags & MAP_FLAG.noCommonLru) !== 0;
}

/**
 * A hash map that makes room by itself. Which entries go is decided by `LruList`, as in the kernel. Mirrors
 * `htab_lru_map_update_elem` and `__htab_lru_percpu_map_update_elem` of kernel/bpf/hashtab.c, v6.18.
 */
class LruHashMap extends HashMap {
  private readonly lru: LruList;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number, perCpu: boolean) {
    super(world, spec, index, base, perCpu, spec.maxEntries);
    this.lru = new LruList({
      memory: world.memory,
      base: this.layout.end,
      nodes: spec.maxEntries,
      cpus: world.cpus,
      ownLists: hasOwnLists(spec),
      looked: (entry) => this.looked(entry),
      evict: (entry) => this.evict(entry),
    });
    this.useAll();
  }

  private evict(entry: number): boolean {
    if (!this.isUsed(entry)) return false;
    this.unlink(entry);
    return true;
  }

  override lookup(bytes: Uint8Array, at: number): number {
    return this.lookupOn(bytes, at, this.world.cpu());
  }

  override lookupOn(bytes: Uint8Array, at: number, cpu: number): number {
    const entry = this.entryOf(bytes, at);
    if (entry < 0) return 0;
    this.lru.setLooked(entry);
    return this.valueAddress(entry, cpu);
  }

  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    if (flags > UPDATE.exist) return -ERRNO.EINVAL;
    const hash = this.hash(key, keyAt);
    // Room is made before anybody looks whether the key is there, so an update may push its own old entry out.
    const wanted = !this.perCpu || flags !== UPDATE.exist;
    const fresh = wanted ? this.lru.pop(cpu ?? this.world.cpu()) : -1;
    if (wanted && fresh < 0) return -ERRNO.ENOMEM;
    if (!this.perCpu) this.writeValue(fresh, value, valueAt, cpu, false);
    const old = this.entryOf(key, keyAt, hash);
    const refused = refusal(old, flags);
    if (refused === 0 && this.perCpu && old >= 0) {
      this.lru.setLooked(old);
      this.writeValue(old, value, valueAt, cpu, true);
      if (fresh >= 0) this.lru.push(fresh);
      return 0;
    }
    if (refused !== 0) {
      if (fresh >= 0) this.lru.push(fresh);
      return refused;
    }
    if (this.perCpu) this.writeValue(fresh, value, valueAt, cpu, false);
    this.put(fresh, hash, key, keyAt);
    if (old < 0) return 0;
    this.lru.setLooked(fresh);
    this.unlink(old);
    this.lru.push(old);
    return 0;
  }

  protected override release(entry: number): void {
    this.lru.push(entry);
  }
}
