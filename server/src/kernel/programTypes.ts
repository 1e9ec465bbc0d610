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

/** The number the kernel knows a program type by (BPF_PROG_TYPE_*). */
export function programTypeNumber(type: ProgramType): number {
  return PROGRAM_TYPES.indexOf(type);
}

/**
 * What a program may do with pointers into the packet. `copy` types reach packet bytes only through helpers and
 * LD_ABS. Mirrors `may_access_direct_pkt_data` of kernel/bpf/verifier.c, v6.18.
 */
export function packetAccess(type: ProgramType): 'none' | 'copy' | 'read' | 'readWrite' {
  return PACKET_ACCESS[type] ?? 'none';
}

const PACKET_ACCESS: Partial<Record<ProgramType, 'copy' | 'read' | 'readWrite'>> = {
  socket_filter: 'copy',
  lwt_in: 'read',
  lwt_out: 'read',
  lwt_seg6local: 'read',
  sk_reuseport: 'read',
  flow_dissector: 'read',
  cgroup_skb: 'read',
  sched_cls: 'readWrite',
  sched_act: 'readWrite',
  xdp: 'readWrite',
  lwt_xmit: 'readWrite',
  sk_skb: 'readWrite',
  sk_msg: 'readWrite',
  cgroup_sockopt: 'readWrite',
};

/** Whether arguments of the type's programs are pointers to kernel structures, through which they load directly. */
export function followsKernelPointers(type: ProgramType): boolean {
  return type === 'tracing' || type === 'lsm' || type === 'struct_ops' || type === 'netfilter';
}

/** Whether programs of the type may use LD_ABS and LD_IND. Mirrors `may_access_skb`, v6.18. */
export function mayUseLdAbs(type: ProgramType): boolean {
  return type === 'socket_filter' || type === 'sched_cls' || type === 'sched_act';
}
