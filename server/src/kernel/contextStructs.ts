import type { ProgramType } from './programTypes.ts';

/**
 * The structure by whose name programs of the type know their context; null where they know no name for it. Source:
 * include/linux/bpf_types.h, v6.18.
 */
export function contextStructOf(type: ProgramType): string | null {
  return CONTEXT_STRUCTS[type] ?? null;
}

const CONTEXT_STRUCTS: Partial<Record<ProgramType, string>> = {
  socket_filter: '__sk_buff',
  sched_cls: '__sk_buff',
  sched_act: '__sk_buff',
  xdp: 'xdp_md',
  cgroup_skb: '__sk_buff',
  cgroup_sock: 'bpf_sock',
  cgroup_sock_addr: 'bpf_sock_addr',
  lwt_in: '__sk_buff',
  lwt_out: '__sk_buff',
  lwt_xmit: '__sk_buff',
  lwt_seg6local: '__sk_buff',
  sock_ops: 'bpf_sock_ops',
  sk_skb: '__sk_buff',
  sk_msg: 'sk_msg_md',
  flow_dissector: '__sk_buff',
  kprobe: 'pt_regs',
  perf_event: 'bpf_perf_event_data',
  raw_tracepoint: 'bpf_raw_tracepoint_args',
  raw_tracepoint_writable: 'bpf_raw_tracepoint_args',
  cgroup_device: 'bpf_cgroup_dev_ctx',
  cgroup_sysctl: 'bpf_sysctl',
  cgroup_sockopt: 'bpf_sockopt',
  sk_reuseport: 'sk_reuseport_md',
  sk_lookup: 'bpf_sk_lookup',
  netfilter: 'bpf_nf_ctx',
};

/** Structures that programs see in place of the kernel's own. Mirrors `btf_is_projection_of` of kernel/bpf/btf.c. */
export function isProjectionOf(name: string, kernelName: string): boolean {
  return (name === '__sk_buff' && kernelName === 'sk_buff') || (name === 'xdp_md' && kernelName === 'xdp_buff');
}
