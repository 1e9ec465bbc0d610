import type { MapType } from '../../kernel/mapTypes.ts';
import { arrayKind, percpuArrayKind } from './array.ts';
import { bloomFilterKind } from './bloomFilter.ts';
import { cgroupStorageKind, percpuCgroupStorageKind } from './cgroupStorage.ts';
import { declaredKind } from './declared.ts';
import { cpumapKind, devmapHashKind, devmapKind, xskmapKind } from './deviceMaps.ts';
import type { MapKind } from './guestMap.ts';
import { hashKind, percpuHashKind } from './hash.ts';
import { lpmTrieKind } from './lpmTrie.ts';
import { lruHashKind, lruPercpuHashKind } from './lruHash.ts';
import { objectStorageKind } from './objectStorage.ts';
import { queueKind, stackKind } from './queue.ts';
import { ringbufKind } from './ringbuf.ts';
import { arrayOfMapsKind, cgroupArrayKind, hashOfMapsKind, perfEventArrayKind, progArrayKind } from './slots.ts';
import { reuseportSockarrayKind, sockhashKind, sockmapKind } from './socketMaps.ts';
import { stackTraceKind } from './stackTrace.ts';
import { userRingbufKind } from './userRingbuf.ts';

/** How each map type is made. */
export const MAP_KINDS: Readonly<Record<Exclude<MapType, 'unspec'>, MapKind>> = {
  array: arrayKind,
  percpu_array: percpuArrayKind,
  hash: hashKind,
  percpu_hash: percpuHashKind,
  lru_hash: lruHashKind,
  lru_percpu_hash: lruPercpuHashKind,
  lpm_trie: lpmTrieKind,
  prog_array: progArrayKind,
  perf_event_array: perfEventArrayKind,
  cgroup_array: cgroupArrayKind,
  array_of_maps: arrayOfMapsKind,
  hash_of_maps: hashOfMapsKind,
  devmap: devmapKind,
  devmap_hash: devmapHashKind,
  cpumap: cpumapKind,
  xskmap: xskmapKind,
  sockmap: sockmapKind,
  sockhash: sockhashKind,
  reuseport_sockarray: reuseportSockarrayKind,
  queue: queueKind,
  stack: stackKind,
  bloom_filter: bloomFilterKind,
  stack_trace: stackTraceKind,
  ringbuf: ringbufKind,
  user_ringbuf: userRingbufKind,
  sk_storage: objectStorageKind,
  inode_storage: objectStorageKind,
  task_storage: objectStorageKind,
  cgrp_storage: objectStorageKind,
  cgroup_storage: cgroupStorageKind,
  percpu_cgroup_storage: percpuCgroupStorageKind,
  struct_ops: declaredKind,
  arena: declaredKind,
};
