import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { readU32 } from './baseMap.ts';
import type { MapKind, MapWorld } from './guestMap.ts';
import { HashMap, planHash } from './hash.ts';
import { hashBytes } from './hashFunctions.ts';

/** Bounds of LPM_DATA_SIZE in kernel/bpf/lpm_trie.c; a key is a u32 prefix length and the data. */
const MAX_DATA_BYTES = 256;

export const lpmTrieKind: MapKind = {
  plan(spec) {
    if (spec.keySize < 5 || spec.keySize > 4 + MAX_DATA_BYTES)
      return `a longest-prefix key has 5 to ${4 + MAX_DATA_BYTES} bytes, not ${spec.keySize}`;
    return planHash(spec, 1, spec.maxEntries + 1);
  },
  create: (world, spec, index, base) => new LpmTrie(world, spec, index, base),
};

/** Longest-prefix match: one hash lookup per prefix length, from the longest. */
class LpmTrie extends HashMap {
  private readonly maxPrefix: number;
  private readonly probe: Uint8Array;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index, base, false, spec.maxEntries + 1);
    this.maxPrefix = (spec.keySize - 4) * 8;
    this.probe = new Uint8Array(spec.keySize);
  }

  protected override hash(bytes: Uint8Array, at: number): number {
    const prefix = readU32(bytes, at);
    const masked = bytes.slice(at, at + this.spec.keySize);
    clearAfter(masked, prefix);
    return hashBytes(masked, 0, masked.length);
  }

  protected override sameKey(entry: number, bytes: Uint8Array, at: number): boolean {
    const { u8 } = this.world.memory;
    const start = this.keyAddress(entry);
    const prefix = readU32(bytes, at);
    if (readU32(u8, start) !== prefix) return false;
    const whole = prefix >> 3;
    for (let i = 4; i < 4 + whole; i++) if (u8[start + i] !== bytes[at + i]) return false;
    const rest = prefix & 7;
    return rest === 0 || ((u8[start + 4 + whole]! ^ bytes[at + 4 + whole]!) & (0xff00 >> rest) & 0xff) === 0;
  }

  override find(bytes: Uint8Array, at: number, cpu: number): number {
    const wanted = readU32(bytes, at);
    if (wanted > this.maxPrefix) return 0;
    this.probe.set(bytes.subarray(at, at + this.spec.keySize));
    for (let prefix = wanted; prefix >= 0; prefix--) {
      new DataView(this.probe.buffer).setUint32(0, prefix, true);
      const entry = this.entryOf(this.probe, 0);
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

/** Clears the data bits of a key that lie behind its prefix. */
function clearAfter(key: Uint8Array, prefix: number): void {
  const whole = 4 + (prefix >> 3);
  if (whole >= key.length) return;
  key[whole] = key[whole]! & (0xff00 >> (prefix & 7));
  key.fill(0, whole + 1);
}
