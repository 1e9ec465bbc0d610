import type { KfuncGroup } from './kfuncTable.ts';
import type { Kfunc } from './kfuncs.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

/** Program types that share one list of kernel functions. Mirrors `bpf_prog_type_to_kfunc_hook` of kernel/bpf/btf.c. */
type Hook =
  | 'xdp' | 'sched_cls' | 'sched_act' | 'struct_ops' | 'tracing' | 'syscall' | 'cgroup' | 'sk_skb' | 'socket_filter'
  | 'lwt' | 'netfilter' | 'kprobe'; // prettier-ignore

const HOOKS: Partial<Record<ProgramType, Hook>> = {
  xdp: 'xdp', sched_cls: 'sched_cls', sched_act: 'sched_act', struct_ops: 'struct_ops', tracing: 'tracing',
  tracepoint: 'tracing', perf_event: 'tracing', lsm: 'tracing', syscall: 'syscall', cgroup_skb: 'cgroup',
  cgroup_sock: 'cgroup', cgroup_device: 'cgroup', cgroup_sock_addr: 'cgroup', cgroup_sockopt: 'cgroup',
  cgroup_sysctl: 'cgroup', sock_ops: 'cgroup', sk_skb: 'sk_skb', socket_filter: 'socket_filter', lwt_in: 'lwt',
  lwt_out: 'lwt', lwt_xmit: 'lwt', lwt_seg6local: 'lwt', netfilter: 'netfilter', kprobe: 'kprobe',
}; // prettier-ignore

/**
 * Whether programs of the type may call the function; null where we do not know. Mirrors `btf_kfunc_is_allowed` with the
 * lists and filters that a 6.18 kernel registers; checked against a running one by test/kernel/kfuncAvailability.test.ts.
 */
export function kfuncAllowed(kfunc: Kfunc, type: ProgramType, attachType: AttachType | null): boolean | null {
  const { group, name } = kfunc;
  if (group === 'common') return true;
  const hook = HOOKS[type];
  if (hook === undefined) return false;
  const hooks = GROUP_HOOKS[group];
  if (hooks === undefined) return hook === 'struct_ops' || (group === 'hid' && hook !== 'kprobe') ? null : false;
  if (!hooks.includes(hook)) return false;
  if (group === 'lsm') return type === 'lsm';
  if (group === 'kprobe') return attachType === 'trace_kprobe_session' || attachType === 'trace_uprobe_session';
  if (name === 'bpf_sock_destroy') return type === 'tracing' && attachType === 'trace_iter';
  return true;
}

const GROUP_HOOKS: Partial<Record<KfuncGroup, readonly Hook[]>> = {
  generic: ['tracing', 'xdp', 'sched_cls', 'struct_ops', 'syscall', 'cgroup'],
  cpumask: ['tracing', 'struct_ops', 'syscall'],
  skb: ['socket_filter', 'sched_cls', 'sched_act', 'tracing', 'cgroup', 'lwt', 'sk_skb', 'netfilter'],
  skbMeta: ['sched_cls', 'sched_act'],
  xdp: ['xdp'],
  tc: ['sched_cls'],
  tcXdp: ['sched_cls', 'xdp'],
  syscall: ['syscall'],
  crypto: ['sched_cls', 'sched_act', 'xdp'],
  sockAddr: ['cgroup'],
  sockOps: ['cgroup'],
  tracing: ['tracing'],
  kprobe: ['kprobe'],
  lsm: ['tracing'],
  congestion: ['struct_ops'],
};
