/**
 * What a user without root's rights may load. Sources: `bpf_prog_load` and `map_create` of kernel/bpf/syscall.c,
 * `bpf_base_func_proto` of kernel/bpf/helpers.c, `bpf_sk_base_func_proto` of net/core/filter.c, Linux 6.18.
 */
import type { MapType } from './mapTypes.ts';
import type { ProgramType } from './programTypes.ts';

export type Capability = 'CAP_BPF' | 'CAP_PERFMON' | 'CAP_NET_ADMIN';

const NET_ADMIN_PROGRAMS: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'sched_cls', 'sched_act', 'xdp', 'lwt_in', 'lwt_out', 'lwt_xmit', 'lwt_seg6local', 'sk_skb', 'sk_msg',
  'flow_dissector', 'cgroup_device', 'cgroup_sock', 'cgroup_sock_addr', 'cgroup_sockopt', 'cgroup_sysctl', 'sock_ops',
  'ext', 'netfilter',
]); // prettier-ignore

const PERFMON_PROGRAMS: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'kprobe', 'tracepoint', 'perf_event', 'raw_tracepoint', 'raw_tracepoint_writable', 'tracing', 'lsm', 'struct_ops',
  'ext',
]); // prettier-ignore

/** What loading a program of the type asks for. */
export function programCapabilities(type: ProgramType): readonly Capability[] {
  if (type === 'socket_filter' || type === 'cgroup_skb') return [];
  const needed: Capability[] = ['CAP_BPF'];
  if (NET_ADMIN_PROGRAMS.has(type)) needed.push('CAP_NET_ADMIN');
  if (PERFMON_PROGRAMS.has(type)) needed.push('CAP_PERFMON');
  return needed;
}

const UNPRIVILEGED_MAPS: ReadonlySet<MapType> = new Set<MapType>([
  'array', 'percpu_array', 'prog_array', 'perf_event_array', 'cgroup_array', 'array_of_maps', 'hash', 'percpu_hash',
  'hash_of_maps', 'ringbuf', 'user_ringbuf', 'cgroup_storage', 'percpu_cgroup_storage',
]); // prettier-ignore

const NET_ADMIN_MAPS: ReadonlySet<MapType> = new Set<MapType>([
  'sockmap', 'sockhash', 'devmap', 'devmap_hash', 'xskmap',
]); // prettier-ignore

/** What making a map of the type asks for, or null. */
export function mapCapability(type: MapType): Capability | null {
  if (UNPRIVILEGED_MAPS.has(type)) return null;
  return NET_ADMIN_MAPS.has(type) ? 'CAP_NET_ADMIN' : 'CAP_BPF';
}

/** Helpers open to everybody, where the program type offers them. */
const OPEN_HELPERS: ReadonlySet<number> = new Set([
  1, 2, 3, 5, 7, 8, 12, 14, 25, 26, 42, 46, 47, 68, 79, 81, 83, 84, 85, 86, 87, 88, 89, 95, 96, 97, 98, 99, 105, 106,
  107, 108, 120, 125, 128, 129, 130, 131, 132, 133, 134, 160, 182, 195, 208,
]); // prettier-ignore

/** Helpers that read the kernel's or other processes' memory, or tell of them. */
const PERFMON_HELPERS: ReadonlySet<number> = new Set([
  6, 22, 35, 55, 67, 109, 112, 113, 114, 115, 117, 136, 137, 138, 139, 140, 141, 149, 158, 165, 175, 177, 178, 196,
]); // prettier-ignore

/** What calling the helper asks for, or null. Only for programs that can be loaded without CAP_PERFMON. */
export function helperCapability(id: number): Capability | null {
  if (OPEN_HELPERS.has(id)) return null;
  return PERFMON_HELPERS.has(id) ? 'CAP_PERFMON' : 'CAP_BPF';
}
