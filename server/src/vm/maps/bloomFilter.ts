import type { MapSpec } from '../../program/program.ts';
import { ERRNO } from '../errno.ts';
import { BaseMap } from './baseMap.ts';
import { MAP_FLAG, roundPage, UPDATE, type MapKind, type MapWorld } from './guestMap.ts';
import { jenkinsHash } from './hashFunctions.ts';

export const bloomFilterKind: MapKind = {
  plan(spec) {
    if (spec.keySize !== 0) return `has no key, so the key size is 0, not ${spec.keySize}`;
    if (spec.valueSize < 1 || spec.maxEntries < 1) return 'needs values of at least one byte and at least one entry';
    return roundPage(bitsOf(spec) / 8);
  },
  create: (world, spec, index, base) => new BloomFilter(world, spec, index, base),
};

/** What the kernel takes when map_extra names no number of hash functions. */
const USUAL_HASHES = 5;
const LARGEST_BITS = 2 ** 32;
/** Instead of the kernel's random seed, so that a run can be repeated. */
const SEED = 0x6d2b79f5;

function hashesOf(spec: MapSpec): number {
  return spec.extra === undefined || spec.extra === 0 ? USUAL_HASHES : spec.extra & 0xf;
}

/** Mirrors `bloom_map_alloc` of kernel/bpf/bloom_filter.c, v6.18: about n * k / ln(2) bits, a power of two. */
function bitsOf(spec: MapSpec): number {
  const wanted = spec.maxEntries * hashesOf(spec);
  const bits = Math.floor(wanted / 5) * 7;
  if (wanted >= LARGEST_BITS || bits > LARGEST_BITS / 2) return LARGEST_BITS;
  return 2 ** Math.ceil(Math.log2(Math.max(64, bits)));
}

/** Says "perhaps" or "no". With BPF_F_ZERO_SEED the very bits are the kernel's, and so are the false alarms. */
export class BloomFilter extends BaseMap {
  private readonly base: number;
  private readonly hashes: number;
  private readonly bitMask: number;
  private readonly seed: number;

  constructor(world: MapWorld, spec: MapSpec, index: number, base: number) {
    super(world, spec, index);
    this.base = base;
    this.hashes = hashesOf(spec);
    this.bitMask = bitsOf(spec) - 1;
    this.seed = (spec.flags & MAP_FLAG.zeroSeed) === 0 ? SEED : 0;
  }

  private bit(value: Uint8Array, at: number, round: number): number {
    return (jenkinsHash(value, at, this.spec.valueSize, this.seed + round) & this.bitMask) >>> 0;
  }

  override push(value: Uint8Array, at: number, flags: number): number {
    if (flags !== UPDATE.any) return -ERRNO.EINVAL;
    const { memory } = this.world;
    for (let round = 0; round < this.hashes; round++) {
      const bit = this.bit(value, at, round);
      const word = this.base + 4 * (bit >>> 5);
      memory.set32(word, memory.u32[word >> 2]! | (1 << (bit & 31)));
    }
    return 0;
  }

  /** What bpf_map_peek_elem answers: 0 for perhaps. */
  holds(value: Uint8Array, at: number): number {
    const { u32 } = this.world.memory;
    for (let round = 0; round < this.hashes; round++) {
      const bit = this.bit(value, at, round);
      if ((u32[(this.base >> 2) + (bit >>> 5)]! & (1 << (bit & 31))) === 0) return -ERRNO.ENOENT;
    }
    return 0;
  }
}
