import { helperById } from './helpers.ts';
import { MAP_TYPES } from './mapTypes.ts';
import type { MapType } from './mapTypes.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

/**
 * Whether a helper may be given a map of this type; the kernel refuses with "cannot pass map_type 3 into func
 * bpf_map_lookup_elem#1" (`mapHelperMessage`). Mirrors `check_map_func_compatibility` of kernel/bpf/verifier.c, v6.18, except
 * for updates of socket maps, which depend on the program type.
 */
export function mapFitsHelper(type: MapType, helperId: number): boolean {
  const name = helperById(helperId)?.name.slice(4) ?? '';
  const onlyHelpers = HELPERS_OF_MAP[type];
  if (onlyHelpers !== undefined && !onlyHelpers.split(' ').includes(name)) return false;
  const onlyMaps = MAPS_OF_HELPER[name];
  return onlyMaps === undefined || onlyMaps.includes(type);
}

/** Where no socket can be locked, maps of sockets may be changed by programs. Mirrors `may_update_sockmap`. */
export function mayUpdateSockets(type: ProgramType, attachType: AttachType | null, deletes: boolean): boolean {
  if (type === 'tracing') return attachType === 'trace_iter';
  return SOCKET_UPDATERS.has(type) || (type === 'sock_ops' && deletes);
}

const SOCKET_UPDATERS: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'socket_filter', 'sched_cls', 'sched_act', 'xdp', 'sk_reuseport', 'flow_dissector', 'sk_lookup',
]); // prettier-ignore

/** What the kernel's log says when `mapFitsHelper` is false. */
export function mapHelperMessage(type: MapType, helperId: number): string {
  const name = helperById(helperId)?.name ?? '';
  if (name === 'bpf_tail_call') return 'expected prog array map for tail call';
  return `cannot pass map_type ${MAP_TYPES.indexOf(type)} into func ${name}#${helperId}`;
}

/** Map types that only these helpers take. */
const HELPERS_OF_MAP: Partial<Record<MapType, string>> = {
  prog_array: 'tail_call',
  perf_event_array: 'perf_event_read perf_event_output skb_output perf_event_read_value xdp_output',
  ringbuf:
    'ringbuf_output ringbuf_reserve ringbuf_query ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr',
  user_ringbuf: 'user_ringbuf_drain',
  stack_trace: 'get_stackid',
  cgroup_array: 'skb_under_cgroup current_task_under_cgroup',
  cgroup_storage: 'get_local_storage',
  percpu_cgroup_storage: 'get_local_storage',
  devmap: 'redirect_map map_lookup_elem',
  devmap_hash: 'redirect_map map_lookup_elem',
  cpumap: 'redirect_map',
  xskmap: 'redirect_map map_lookup_elem',
  array_of_maps: 'map_lookup_elem',
  hash_of_maps: 'map_lookup_elem',
  sockmap: 'sk_redirect_map sock_map_update msg_redirect_map sk_select_reuseport map_lookup_elem',
  sockhash: 'sk_redirect_hash sock_hash_update msg_redirect_hash sk_select_reuseport map_lookup_elem',
  reuseport_sockarray: 'sk_select_reuseport',
  queue: 'map_peek_elem map_pop_elem map_push_elem',
  stack: 'map_peek_elem map_pop_elem map_push_elem',
  sk_storage: 'sk_storage_get sk_storage_delete kptr_xchg',
  inode_storage: 'inode_storage_get inode_storage_delete kptr_xchg',
  task_storage: 'task_storage_get task_storage_delete kptr_xchg',
  cgrp_storage: 'cgrp_storage_get cgrp_storage_delete kptr_xchg',
  bloom_filter: 'map_peek_elem map_push_elem',
};

const PERF: readonly MapType[] = ['perf_event_array'];
const RINGBUF: readonly MapType[] = ['ringbuf'];
const CGROUP_ARRAY: readonly MapType[] = ['cgroup_array'];

/** Helpers that only take these map types. */
const MAPS_OF_HELPER: Readonly<Record<string, readonly MapType[]>> = {
  tail_call: ['prog_array'],
  perf_event_read: PERF,
  perf_event_output: PERF,
  perf_event_read_value: PERF,
  skb_output: PERF,
  xdp_output: PERF,
  ringbuf_output: RINGBUF,
  ringbuf_reserve: RINGBUF,
  ringbuf_query: RINGBUF,
  ringbuf_reserve_dynptr: RINGBUF,
  ringbuf_submit_dynptr: RINGBUF,
  ringbuf_discard_dynptr: RINGBUF,
  user_ringbuf_drain: ['user_ringbuf'],
  get_stackid: ['stack_trace'],
  current_task_under_cgroup: CGROUP_ARRAY,
  skb_under_cgroup: CGROUP_ARRAY,
  redirect_map: ['devmap', 'devmap_hash', 'cpumap', 'xskmap'],
  sk_redirect_map: ['sockmap'],
  msg_redirect_map: ['sockmap'],
  sock_map_update: ['sockmap'],
  sk_redirect_hash: ['sockhash'],
  msg_redirect_hash: ['sockhash'],
  sock_hash_update: ['sockhash'],
  get_local_storage: ['cgroup_storage', 'percpu_cgroup_storage'],
  sk_select_reuseport: ['reuseport_sockarray', 'sockmap', 'sockhash'],
  map_pop_elem: ['queue', 'stack'],
  map_peek_elem: ['queue', 'stack', 'bloom_filter'],
  map_push_elem: ['queue', 'stack', 'bloom_filter'],
  map_lookup_percpu_elem: ['percpu_array', 'percpu_hash', 'lru_percpu_hash'],
  sk_storage_get: ['sk_storage'],
  sk_storage_delete: ['sk_storage'],
  inode_storage_get: ['inode_storage'],
  inode_storage_delete: ['inode_storage'],
  task_storage_get: ['task_storage'],
  task_storage_delete: ['task_storage'],
  cgrp_storage_get: ['cgrp_storage'],
  cgrp_storage_delete: ['cgrp_storage'],
};
