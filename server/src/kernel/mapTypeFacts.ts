import type { MapType } from './mapTypes.ts';

export interface MapTypeFact {
  /** The kernel that brought it. */
  readonly since: string;
  /** What it is for, in one or two sentences. */
  readonly doc: string;
}

/** Versions from the kernel's history of include/uapi/linux/bpf.h. */
export const MAP_TYPE_FACTS: Readonly<Record<Exclude<MapType, 'unspec'>, MapTypeFact>> = {
  hash: { since: '3.19', doc: 'Values by any key. A full map refuses new keys.' },
  array: { since: '3.19', doc: 'Values by number. All of them exist from the start and are zero.' },
  prog_array: { since: '4.2', doc: 'Programs by number, for `bpf_tail_call`.' },
  perf_event_array: { since: '4.3', doc: 'Perf events by CPU, for `bpf_perf_event_output` and for reading counters.' },
  percpu_hash: { since: '4.6', doc: 'A hash whose values exist once for each CPU.' },
  percpu_array: { since: '4.6', doc: 'An array whose values exist once for each CPU.' },
  stack_trace: { since: '4.6', doc: 'Call stacks by the number that `bpf_get_stackid` gives them.' },
  cgroup_array: { since: '4.8', doc: 'Control groups by number, to ask whether a packet or task belongs to one.' },
  lru_hash: { since: '4.10', doc: 'A hash that drops entries nobody used lately to make room for new ones.' },
  lru_percpu_hash: { since: '4.10', doc: 'An `lru_hash` whose values exist once for each CPU.' },
  lpm_trie: { since: '4.11', doc: 'Values by prefix. A lookup finds the longest prefix that fits, as routing tables do.' },
  array_of_maps: { since: '4.12', doc: 'Maps by number, all like a template.' },
  hash_of_maps: { since: '4.12', doc: 'Maps by any key, all like a template.' },
  devmap: { since: '4.14', doc: 'Network devices by number, for `bpf_redirect_map`.' },
  sockmap: { since: '4.14', doc: 'Sockets by number, to send packets and messages from one to another.' },
  cpumap: { since: '4.15', doc: 'Processors that go on with packets, for `bpf_redirect_map`.' },
  xskmap: { since: '4.18', doc: 'AF_XDP sockets by number, for `bpf_redirect_map`.' },
  sockhash: { since: '4.18', doc: 'Sockets by any key, to send packets and messages from one to another.' },
  cgroup_storage: { since: '4.19', doc: 'One value for each control group that the program is attached to.' },
  reuseport_sockarray: { since: '4.19', doc: 'Sockets that share a port, for `bpf_sk_select_reuseport`.' },
  percpu_cgroup_storage: { since: '4.20', doc: 'A `cgroup_storage` whose values exist once for each CPU.' },
  queue: { since: '4.20', doc: 'Values without keys: first in, first out.' },
  stack: { since: '4.20', doc: 'Values without keys: last in, first out.' },
  sk_storage: { since: '5.2', doc: 'A value that hangs on a socket and goes with it.' },
  devmap_hash: { since: '5.4', doc: 'Network devices by any number, for `bpf_redirect_map`.' },
  struct_ops: { since: '5.6', doc: 'Programs that stand in for functions of a kernel structure.' },
  ringbuf: { since: '5.8', doc: 'Records for user space, from all CPUs in one order. The number of entries is its size in bytes.' },
  inode_storage: { since: '5.10', doc: 'A value that hangs on an inode and goes with it.' },
  task_storage: { since: '5.11', doc: 'A value that hangs on a task and goes with it.' },
  bloom_filter: { since: '5.16', doc: 'Tells of a value whether it was perhaps put in, or surely not.' },
  user_ringbuf: { since: '6.1', doc: 'Samples from user space, for `bpf_user_ringbuf_drain`.' },
  cgrp_storage: { since: '6.2', doc: 'A value that hangs on a control group and goes with it.' },
  arena: { since: '6.9', doc: 'Memory that programs and user space share. The number of entries is its size in pages.' },
}; // prettier-ignore
