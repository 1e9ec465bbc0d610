import type { MapType } from '../../kernel/mapTypes.ts';
import { arrayKind, percpuArrayKind } from './array.ts';
import type { MapKind } from './guestMap.ts';
import { hashKind, percpuHashKind } from './hash.ts';
import { lpmTrieKind } from './lpmTrie.ts';
import { lruHashKind, lruPercpuHashKind } from './lruHash.ts';
import { queueKind, stackKind } from './queue.ts';
import { ringbufKind } from './ringbuf.ts';
import { arrayOfMapsKind, deviceArrayKind, hashOfMapsKind, perfEventArrayKind, progArrayKind } from './slots.ts';

/** How each supported map type is made; a type that is missing here is unsupported. */
export const MAP_KINDS: Readonly<Partial<Record<MapType, MapKind>>> = {
  array: arrayKind,
  percpu_array: percpuArrayKind,
  hash: hashKind,
  percpu_hash: percpuHashKind,
  lru_hash: lruHashKind,
  lru_percpu_hash: lruPercpuHashKind,
  lpm_trie: lpmTrieKind,
  prog_array: progArrayKind,
  perf_event_array: perfEventArrayKind,
  array_of_maps: arrayOfMapsKind,
  hash_of_maps: hashOfMapsKind,
  devmap: deviceArrayKind,
  cpumap: deviceArrayKind,
  xskmap: deviceArrayKind,
  devmap_hash: hashKind,
  queue: queueKind,
  stack: stackKind,
  ringbuf: ringbufKind,
};
