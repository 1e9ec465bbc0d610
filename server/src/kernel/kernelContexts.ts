import type { ProgramType } from './programTypes.ts';

/** The structure behind a program's context: as programs name it, and as the kernel has it. */
export interface KernelContext {
  readonly program: string;
  readonly kernel: string;
}

/**
 * Structures that stand for contexts, by program type; none where programs know no name for it. Source:
 * include/linux/bpf_types.h, v6.18.
 */
export function kernelContextOf(type: ProgramType): KernelContext | null {
  const row = CONTEXTS[type];
  return row === undefined ? null : { program: row[0], kernel: row[1] };
}

const SKB = ['__sk_buff', 'sk_buff'] as const;

/** The kernel's side is empty where it is no structure. */
const CONTEXTS: Partial<Record<ProgramType, readonly [program: string, kernel: string]>> = {
  socket_filter: SKB,
  sched_cls: SKB,
  sched_act: SKB,
  xdp: ['xdp_md', 'xdp_buff'],
  cgroup_skb: SKB,
  cgroup_sock: ['bpf_sock', 'sock'],
  cgroup_sock_addr: ['bpf_sock_addr', 'bpf_sock_addr_kern'],
  lwt_in: SKB,
  lwt_out: SKB,
  lwt_xmit: SKB,
  lwt_seg6local: SKB,
  sock_ops: ['bpf_sock_ops', 'bpf_sock_ops_kern'],
  sk_skb: SKB,
  sk_msg: ['sk_msg_md', 'sk_msg'],
  flow_dissector: ['__sk_buff', 'bpf_flow_dissector'],
  kprobe: ['pt_regs', 'pt_regs'],
  perf_event: ['bpf_perf_event_data', 'bpf_perf_event_data_kern'],
  raw_tracepoint: ['bpf_raw_tracepoint_args', ''],
  raw_tracepoint_writable: ['bpf_raw_tracepoint_args', ''],
  cgroup_device: ['bpf_cgroup_dev_ctx', 'bpf_cgroup_dev_ctx'],
  cgroup_sysctl: ['bpf_sysctl', 'bpf_sysctl_kern'],
  cgroup_sockopt: ['bpf_sockopt', 'bpf_sockopt_kern'],
  sk_reuseport: ['sk_reuseport_md', 'sk_reuseport_kern'],
  sk_lookup: ['bpf_sk_lookup', 'bpf_sk_lookup_kern'],
  netfilter: ['bpf_nf_ctx', 'bpf_nf_ctx'],
};

/** Structures that programs see in place of the kernel's own. Mirrors `btf_is_projection_of` of kernel/bpf/btf.c. */
export function isProjectionOf(name: string, kernelName: string): boolean {
  return (name === '__sk_buff' && kernelName === 'sk_buff') || (name === 'xdp_md' && kernelName === 'xdp_buff');
}
