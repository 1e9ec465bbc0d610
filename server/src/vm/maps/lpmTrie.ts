import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { readU32 } from './baseMap.ts';
import { roundPage, type MapKind, type MapWorld } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';

/** Bounds of LPM_DATA_SIZE in kernel/bpf/lpm_trie.c; a key is a u32 prefix length and the data. */
const MAX_DATA_BYTES = 256;

export const lpmTrieKind: MapKind = {
  plan(spec) {
    if (spec.keySize < 5 || spec.keySize > 4 + MAX_DATA_BYTES)
      return `a longest-prefix key has 5 to ${4 + MAX_DATA_BYTES} bytes, not ${spec.keySize}`;
    const bytes = planHash(spec, 1, spec.maxEntries + 1);
    return typeof bytes === 'string' ? bytes : bytes + countBytes(spec);
  },
  create: (world, spec, index, base) => new LpmTrie(world, spec, index, base),
};

/** For every prefix length from 0 on, how many entries have it. */
function countBytes({ keySize }: MapSpec): number {
  return roundPage(4 * (8 * (keySize - 4) + 1));
}

const FNV_PRIME = 0x0100_0193;

/** Longest-prefix match: one hash lookup for each prefix length that there is, from the longest. */
class LpmTrie extends HashMap {
  private readonly maxPrefix: number;
  /** The prefix length that is looked for; -1 takes the key's own. */
  private asked = -1;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index, base, false, spec.maxEntries + 1);
    this.maxPrefix = (spec.keySize - 4) * 8;
  }

  private prefixOf(bytes: Uint8Array, at: number): number {
    return this.asked < 0 ? readU32(bytes, at) : this.asked;
  }

  /** Only the bits of the prefix count. */
  protected override hash(bytes: Uint8Array, at: number): number {
    const prefix = this.prefixOf(bytes, at);
    const end = at + 4 + (prefix >> 3);
    let hash = prefix;
    for (let i = at + 4; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
    if ((prefix & 7) !== 0) hash = Math.imul(hash ^ (bytes[end]! & (0xff00 >> (prefix & 7))), FNV_PRIME);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  protected override sameKey(entry: number, bytes: Uint8Array, at: number): boolean {
    const { u8 } = this;
    const start = this.keyAddress(entry);
    const prefix = this.prefixOf(bytes, at);
    if (readU32(u8, start) !== prefix) return false;
    const whole = prefix >> 3;
    for (let i = 4; i < 4 + whole; i++) if (u8[start + i] !== bytes[at + i]) return false;
    const rest = prefix & 7;
    return rest === 0 || ((u8[start + 4 + whole]! ^ bytes[at + 4 + whole]!) & (0xff00 >> rest) & 0xff) === 0;
  }

  private countAt(prefix: number): number {
    return this.layout.end + 4 * prefix;
  }

  protected override put(entry: number, hash: number, key: Uint8Array, at: number): void {
    const count = this.countAt(readU32(key, at));
    super.put(entry, hash, key, at);
    this.write(count, this.read(count) + 1);
  }

  protected override unlink(entry: number): void {
    const count = this.countAt(readU32(this.u8, this.keyAddress(entry)));
    this.write(count, this.read(count) - 1);
    super.unlink(entry);
  }

  override find(bytes: Uint8Array, at: number, cpu: number): number {
    const wanted = readU32(bytes, at);
    if (wanted > this.maxPrefix) return 0;
    for (let prefix = wanted; prefix >= 0; prefix--) {
      if (this.read(this.countAt(prefix)) === 0) continue;
      this.asked = prefix;
      const entry = this.entryOf(bytes, at);
      this.asked = -1;
      if (entry >= 0) return this.valueAddress(entry, cpu);
    }
    return 0;
  }

  override lookup(bytes: Uint8Array, at: number): number {
    return this.find(bytes, at, 0);
  }

  override update(
    key: Uint8Array,
    keyAt: number,
    value: Uint8Array,
    valueAt: number,
    flags: number,
    cpu: number | null,
  ): number {
    if (flags > 2 || readU32(key, keyAt) > this.maxPrefix) return -ERRNO.EINVAL;
    const answer = super.update(key, keyAt, value, valueAt, flags, cpu);
    // kernel/bpf/lpm_trie.c says "no space", where hash maps say "too big".
    return answer === -ERRNO.E2BIG ? -ERRNO.ENOSPC : answer;
  }

  override delete(bytes: Uint8Array, at: number): number {
    return readU32(bytes, at) > this.maxPrefix ? -ERRNO.EINVAL : super.delete(bytes, at);
  }
}
