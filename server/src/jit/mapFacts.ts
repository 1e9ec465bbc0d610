/** What compiled code may take for granted about maps. */
import type { MapSpec } from '../program/program.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { MAP_FLAG } from '../vm/maps/guestMap.ts';
import { HashMap, type HashLayout } from '../vm/maps/hash.ts';

export interface MapFacts {
  /** Where value i of an array lies: values + i * stride (+ cpu * cpuStride), for i below count. */
  readonly array: ArrayFacts | null;
  readonly hash: HashFacts | null;
  /** Bytes of the value that a lookup yields, which programs may read or write; 0 when they may not. */
  readonly readBytes: number;
  readonly writeBytes: number;
}

export interface ArrayFacts {
  readonly values: number;
  readonly stride: number;
  readonly count: number;
  /** 0 unless every CPU has values of its own. */
  readonly cpuStride: number;
}

export interface HashFacts {
  readonly layout: HashLayout;
  readonly keySize: number;
  readonly valueSize: number;
  readonly stride: number;
  /** 0 unless every CPU has values of its own. */
  readonly cpuStride: number;
  readonly entries: number;
  /** Lookups mark entries. */
  readonly lru: boolean;
  /** Updates and deletions change nothing but the tables and whole values. */
  readonly plain: boolean;
}

/** Maps whose lookup yields a value of the declared size, open as the flags say. */
const PLAIN_VALUES: ReadonlySet<MapSpec['type']> = new Set([
  'array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash',
]); // prettier-ignore

/** Keys of up to eight words are handed over in registers. */
const MAX_KEY_BYTES = 64;

export function factsOf(map: GuestMap): MapFacts | null {
  const { type, flags, frozen, valueSize } = map.spec;
  if (!PLAIN_VALUES.has(type)) return null;
  return {
    array: arrayFacts(map),
    hash: map instanceof HashMap ? hashFacts(map) : null,
    readBytes: (flags & MAP_FLAG.wronlyProg) === 0 ? valueSize : 0,
    writeBytes: !frozen && (flags & MAP_FLAG.rdonlyProg) === 0 ? valueSize : 0,
  };
}

function arrayFacts({ spec, values, stride, perCpu, cpuStride }: GuestMap): ArrayFacts | null {
  if ((spec.type !== 'array' && spec.type !== 'percpu_array') || values === null) return null;
  return { values, stride, count: spec.maxEntries, cpuStride: perCpu ? cpuStride : 0 };
}

function hashFacts(map: HashMap): HashFacts | null {
  const { layout, spec, stride, perCpu, cpuStride, entries } = map;
  const { keySize, valueSize, type } = spec;
  if (map.zeroSeed || keySize > MAX_KEY_BYTES) return null;
  const lru = type === 'lru_hash' || type === 'lru_percpu_hash';
  const plain = !lru && !map.hasGuardedFields;
  return { layout, keySize, valueSize, stride, cpuStride: perCpu ? cpuStride : 0, entries, lru, plain };
}
