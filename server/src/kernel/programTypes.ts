/** Program types of Linux 6.18, spelled as bpftool does. Source: include/uapi/linux/bpf.h, libbpf's section table. */

export const PROGRAM_TYPES = [
  'unspec', 'socket_filter', 'kprobe', 'sched_cls', 'sched_act', 'tracepoint', 'xdp', 'perf_event', 'cgroup_skb',
  'cgroup_sock', 'lwt_in', 'lwt_out', 'lwt_xmit', 'sock_ops', 'sk_skb', 'cgroup_device', 'sk_msg', 'raw_tracepoint',
  'cgroup_sock_addr', 'lwt_seg6local', 'lirc_mode2', 'sk_reuseport', 'flow_dissector', 'cgroup_sysctl',
  'raw_tracepoint_writable', 'cgroup_sockopt', 'tracing', 'struct_ops', 'ext', 'lsm', 'sk_lookup', 'syscall',
  'netfilter',
] as const; // prettier-ignore

/** Index in the table is BPF_PROG_TYPE_*. */
export type ProgramType = (typeof PROGRAM_TYPES)[number];

/** Name of a BPF attach type in bpftool's spelling, e.g. `cgroup_inet_ingress`. */
export type AttachType = string;
