import { PROGRAM_FLAGS } from './programFlags.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

/** What a section name says about the programs in it. */
export interface SectionType {
  readonly type: ProgramType;
  /** null where the loader passes none, which the kernel reads as attach type 0. */
  readonly attachType: AttachType | null;
  readonly sleepable: boolean;
  /** What stands behind the slash in sections that name a target: `syscalls/sys_enter_openat`. */
  readonly target: string | null;
  /** BPF_F_* program flags that the loader adds, BPF_F_SLEEPABLE included. */
  readonly flags: number;
}

/** A row of libbpf's section table. */
export interface Section {
  /** The name without target: `kprobe`. */
  readonly name: string;
  /** May be followed by `/target`. */
  readonly takesTarget: boolean;
  readonly type: ProgramType;
  readonly attachType: AttachType | null;
  readonly flags: number;
  /** One sentence: what programs of the section do. */
  readonly doc: string;
}

/**
 * The type of the programs in a section, by libbpf's rules: the whole name must match, but for rows with a target, whose
 * name may end or go on behind a slash. A leading `?` (do not load by default) is passed over. Mirrors
 * `sec_def_matches` of tools/lib/bpf/libbpf.c, v6.12.
 */
export function programTypeOfSection(section: string): SectionType | null {
  const name = section.startsWith('?') ? section.slice(1) : section;
  const row = SECTIONS.find((row) => name === row.name || (row.takesTarget && name.startsWith(`${row.name}/`)));
  if (row === undefined) return null;
  const { type, attachType, flags } = row;
  const target = name.length > row.name.length ? name.slice(row.name.length + 1) : null;
  return { type, attachType, sleepable: (flags & PROGRAM_FLAGS.sleepable) !== 0, target, flags };
}

/**
 * What programs of the section are attached to, as the kernel's BTF calls it; null where the section does not say.
 * Mirrors `libbpf_find_vmlinux_btf_id` and `btf_get_kernel_prefix_kind` of tools/lib/bpf/libbpf.c, v6.12.
 */
export function attachTargetOf(section: SectionType | null): string | null {
  if (section === null || section.target === null) return null;
  // Loaders take the member from a variable; assembly, which has none, names it behind its structure.
  if (section.type === 'struct_ops') return section.target.includes('.') ? section.target : null;
  const prefix = TARGET_PREFIXES[section.attachType ?? section.type];
  return prefix === undefined ? null : prefix + section.target;
}

const TARGET_PREFIXES: Readonly<Record<string, string>> = {
  trace_fentry: '',
  trace_fexit: '',
  modify_return: '',
  ext: '',
  trace_raw_tp: 'btf_trace_',
  lsm_mac: 'bpf_lsm_',
  lsm_cgroup: 'bpf_lsm_',
  trace_iter: 'bpf_iter_',
};

type Row = readonly [
  pattern: string,
  type: ProgramType,
  attachType: AttachType | null,
  flag: '' | 'sleepable' | 'frags',
  doc: string,
];

/** Names that end in + may be followed by a target. Source: `section_defs` of tools/lib/bpf/libbpf.c, libbpf 1.6. */
// prettier-ignore
const ROWS: readonly Row[] = [
  ['socket', 'socket_filter', null, '', 'Looks at every packet that a socket receives and says how many of its bytes the socket may keep.'],
  ['sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate', '', 'Picks the socket of a reuseport group for a packet, also when a socket of the group closes.'],
  ['sk_reuseport', 'sk_reuseport', 'sk_reuseport_select', '', 'Picks the socket of a reuseport group that gets a packet.'],
  ['kprobe+', 'kprobe', null, '', 'Runs when a kernel function is entered; the target is its name.'],
  ['uprobe+', 'kprobe', null, '', 'Runs when a function of a user program is entered; the target is binary:function.'],
  ['uprobe.s+', 'kprobe', null, 'sleepable', 'Runs when a function of a user program is entered, and may sleep.'],
  ['kretprobe+', 'kprobe', null, '', 'Runs when a kernel function returns.'],
  ['uretprobe+', 'kprobe', null, '', 'Runs when a function of a user program returns.'],
  ['uretprobe.s+', 'kprobe', null, 'sleepable', 'Runs when a function of a user program returns, and may sleep.'],
  ['kprobe.multi+', 'kprobe', 'trace_kprobe_multi', '', 'Runs when any of many kernel functions is entered; the target is a pattern.'],
  ['kretprobe.multi+', 'kprobe', 'trace_kprobe_multi', '', 'Runs when any of many kernel functions returns; the target is a pattern.'],
  ['kprobe.session+', 'kprobe', 'trace_kprobe_session', '', 'Runs when kernel functions are entered and again when they return.'],
  ['uprobe.multi+', 'kprobe', 'trace_uprobe_multi', '', 'Runs when any of many user functions is entered; the target is binary:pattern.'],
  ['uretprobe.multi+', 'kprobe', 'trace_uprobe_multi', '', 'Runs when any of many user functions returns; the target is binary:pattern.'],
  ['uprobe.session+', 'kprobe', 'trace_uprobe_session', '', 'Runs when user functions are entered and again when they return.'],
  ['uprobe.multi.s+', 'kprobe', 'trace_uprobe_multi', 'sleepable', 'Runs when any of many user functions is entered, and may sleep.'],
  ['uretprobe.multi.s+', 'kprobe', 'trace_uprobe_multi', 'sleepable', 'Runs when any of many user functions returns, and may sleep.'],
  ['uprobe.session.s+', 'kprobe', 'trace_uprobe_session', 'sleepable', 'Runs when user functions are entered and when they return, and may sleep.'],
  ['ksyscall+', 'kprobe', null, '', 'Runs when a system call is entered, whatever the kernel calls its function.'],
  ['kretsyscall+', 'kprobe', null, '', 'Runs when a system call returns.'],
  ['usdt+', 'kprobe', 'trace_uprobe_multi', '', 'Runs at a static probe of a user program; the target is binary:provider:name.'],
  ['usdt.s+', 'kprobe', 'trace_uprobe_multi', 'sleepable', 'Runs at a static probe of a user program, and may sleep.'],
  ['tc/ingress', 'sched_cls', 'tcx_ingress', '', 'Looks at and may change every packet that comes in through a network device.'],
  ['tc/egress', 'sched_cls', 'tcx_egress', '', 'Looks at and may change every packet that goes out through a network device.'],
  ['tcx/ingress', 'sched_cls', 'tcx_ingress', '', 'Looks at and may change every packet that comes in through a network device.'],
  ['tcx/egress', 'sched_cls', 'tcx_egress', '', 'Looks at and may change every packet that goes out through a network device.'],
  ['tc', 'sched_cls', null, '', 'Classifies packets of a network device with traffic control; may change and redirect them.'],
  ['classifier', 'sched_cls', null, '', 'Classifies packets with traffic control; the older name of `tc`.'],
  ['action', 'sched_act', null, '', 'Acts on packets that a traffic control filter has picked.'],
  ['netkit/primary', 'sched_cls', 'netkit_primary', '', 'Runs on packets that leave the primary side of a netkit device.'],
  ['netkit/peer', 'sched_cls', 'netkit_peer', '', 'Runs on packets that leave the peer side of a netkit device.'],
  ['tracepoint+', 'tracepoint', null, '', 'Runs at a kernel tracepoint and sees its record; the target is category/name.'],
  ['tp+', 'tracepoint', null, '', 'Runs at a kernel tracepoint; short for `tracepoint`.'],
  ['raw_tracepoint+', 'raw_tracepoint', null, '', 'Runs at a kernel tracepoint and sees its raw arguments; the target is its name.'],
  ['raw_tp+', 'raw_tracepoint', null, '', 'Runs at a kernel tracepoint and sees its raw arguments; short for `raw_tracepoint`.'],
  ['raw_tracepoint.w+', 'raw_tracepoint_writable', null, '', 'Runs at a kernel tracepoint that lets it write to a buffer.'],
  ['raw_tp.w+', 'raw_tracepoint_writable', null, '', 'Runs at a kernel tracepoint that lets it write to a buffer.'],
  ['tp_btf+', 'tracing', 'trace_raw_tp', '', 'Runs at a kernel tracepoint with typed arguments; the target is its name.'],
  ['fentry+', 'tracing', 'trace_fentry', '', 'Runs when a kernel function is entered and sees its typed arguments.'],
  ['fmod_ret+', 'tracing', 'modify_return', '', 'Runs before a kernel function and may decide its return value.'],
  ['fexit+', 'tracing', 'trace_fexit', '', 'Runs when a kernel function returns and sees its arguments and return value.'],
  ['fentry.s+', 'tracing', 'trace_fentry', 'sleepable', 'Runs when a kernel function is entered, and may sleep.'],
  ['fmod_ret.s+', 'tracing', 'modify_return', 'sleepable', 'Runs before a kernel function, may decide its return value, and may sleep.'],
  ['fexit.s+', 'tracing', 'trace_fexit', 'sleepable', 'Runs when a kernel function returns, and may sleep.'],
  ['freplace+', 'ext', null, '', 'Replaces a global function of a loaded BPF program.'],
  ['lsm+', 'lsm', 'lsm_mac', '', "Decides about an action that the kernel's security hooks ask about; the target is the hook's name."],
  ['lsm.s+', 'lsm', 'lsm_mac', 'sleepable', 'Decides about an action at a security hook, and may sleep.'],
  ['lsm_cgroup+', 'lsm', 'lsm_cgroup', '', 'Decides about an action at a security hook for the tasks of a cgroup.'],
  ['iter+', 'tracing', 'trace_iter', '', 'Runs once for every kernel object of a kind when its file is read; the target is the kind.'],
  ['iter.s+', 'tracing', 'trace_iter', 'sleepable', 'Runs once for every kernel object of a kind, and may sleep.'],
  ['syscall', 'syscall', null, 'sleepable', 'Runs when user space asks for it, and may make bpf(2) system calls.'],
  ['xdp.frags/devmap', 'xdp', 'xdp_devmap', 'frags', 'Runs on packets that a device map redirects, including packets in several fragments.'],
  ['xdp/devmap', 'xdp', 'xdp_devmap', '', 'Runs on packets that a device map redirects.'],
  ['xdp.frags/cpumap', 'xdp', 'xdp_cpumap', 'frags', 'Runs on packets that a CPU map redirects, including packets in several fragments.'],
  ['xdp/cpumap', 'xdp', 'xdp_cpumap', '', 'Runs on packets that a CPU map redirects.'],
  ['xdp.frags', 'xdp', 'xdp', 'frags', 'Runs on every packet as it leaves the network driver, including packets in several fragments.'],
  ['xdp', 'xdp', 'xdp', '', "Runs on every packet as it leaves the network driver, before the kernel's network stack."],
  ['perf_event', 'perf_event', null, '', 'Runs when a performance event fires, for example to sample what the processor does.'],
  ['lwt_in', 'lwt_in', null, '', 'Runs on packets that a route with lightweight tunnel delivers locally.'],
  ['lwt_out', 'lwt_out', null, '', 'Runs on packets that leave the host by a route with lightweight tunnel.'],
  ['lwt_xmit', 'lwt_xmit', null, '', 'Runs on packets of a lightweight tunnel route just before they are sent; may change them.'],
  ['lwt_seg6local', 'lwt_seg6local', null, '', 'Runs on packets of a segment routing endpoint.'],
  ['sockops', 'sock_ops', 'cgroup_sock_ops', '', 'Runs at events in the life of a TCP connection and may set its options.'],
  ['sk_skb/stream_parser', 'sk_skb', 'sk_skb_stream_parser', '', 'Says where the next message of a stream ends.'],
  ['sk_skb/stream_verdict', 'sk_skb', 'sk_skb_stream_verdict', '', 'Says which socket gets a message of a stream.'],
  ['sk_skb/verdict', 'sk_skb', 'sk_skb_verdict', '', 'Says which socket gets a packet, without a parser.'],
  ['sk_skb', 'sk_skb', null, '', 'Handles messages of sockets that are held in a socket map.'],
  ['sk_msg', 'sk_msg', 'sk_msg_verdict', '', 'Runs when a socket held in a socket map sends data and says where it goes.'],
  ['lirc_mode2', 'lirc_mode2', 'lirc_mode2', '', 'Decodes what an infrared receiver hears.'],
  ['flow_dissector', 'flow_dissector', 'flow_dissector', '', 'Finds out which flow a packet belongs to.'],
  ['cgroup_skb/ingress', 'cgroup_skb', 'cgroup_inet_ingress', '', 'Says whether a packet may reach the sockets of a cgroup.'],
  ['cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress', '', 'Says whether a packet may leave the sockets of a cgroup.'],
  ['cgroup/skb', 'cgroup_skb', null, '', 'Says whether a packet of a cgroup may pass; the direction is chosen when it is attached.'],
  ['cgroup/sock_create', 'cgroup_sock', 'cgroup_inet_sock_create', '', 'Says whether a task of a cgroup may create a socket.'],
  ['cgroup/sock_release', 'cgroup_sock', 'cgroup_inet_sock_release', '', 'Runs when a socket of a cgroup is closed.'],
  ['cgroup/sock', 'cgroup_sock', 'cgroup_inet_sock_create', '', 'Says whether a task of a cgroup may create a socket.'],
  ['cgroup/post_bind4', 'cgroup_sock', 'cgroup_inet4_post_bind', '', 'Says whether an IPv4 socket may keep the address it was bound to.'],
  ['cgroup/post_bind6', 'cgroup_sock', 'cgroup_inet6_post_bind', '', 'Says whether an IPv6 socket may keep the address it was bound to.'],
  ['cgroup/bind4', 'cgroup_sock_addr', 'cgroup_inet4_bind', '', 'Sees and may change the IPv4 address a socket is being bound to.'],
  ['cgroup/bind6', 'cgroup_sock_addr', 'cgroup_inet6_bind', '', 'Sees and may change the IPv6 address a socket is being bound to.'],
  ['cgroup/connect4', 'cgroup_sock_addr', 'cgroup_inet4_connect', '', 'Sees and may change the IPv4 address a socket connects to.'],
  ['cgroup/connect6', 'cgroup_sock_addr', 'cgroup_inet6_connect', '', 'Sees and may change the IPv6 address a socket connects to.'],
  ['cgroup/connect_unix', 'cgroup_sock_addr', 'cgroup_unix_connect', '', 'Sees and may change the path a Unix socket connects to.'],
  ['cgroup/sendmsg4', 'cgroup_sock_addr', 'cgroup_udp4_sendmsg', '', 'Sees and may change where a UDP message over IPv4 goes.'],
  ['cgroup/sendmsg6', 'cgroup_sock_addr', 'cgroup_udp6_sendmsg', '', 'Sees and may change where a UDP message over IPv6 goes.'],
  ['cgroup/sendmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_sendmsg', '', 'Sees and may change where a message of a Unix socket goes.'],
  ['cgroup/recvmsg4', 'cgroup_sock_addr', 'cgroup_udp4_recvmsg', '', 'Sees and may change whom a UDP message over IPv4 seems to come from.'],
  ['cgroup/recvmsg6', 'cgroup_sock_addr', 'cgroup_udp6_recvmsg', '', 'Sees and may change whom a UDP message over IPv6 seems to come from.'],
  ['cgroup/recvmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_recvmsg', '', 'Sees and may change whom a message of a Unix socket seems to come from.'],
  ['cgroup/getpeername4', 'cgroup_sock_addr', 'cgroup_inet4_getpeername', '', 'Sees and may change what getpeername answers for IPv4.'],
  ['cgroup/getpeername6', 'cgroup_sock_addr', 'cgroup_inet6_getpeername', '', 'Sees and may change what getpeername answers for IPv6.'],
  ['cgroup/getpeername_unix', 'cgroup_sock_addr', 'cgroup_unix_getpeername', '', 'Sees and may change what getpeername answers for Unix sockets.'],
  ['cgroup/getsockname4', 'cgroup_sock_addr', 'cgroup_inet4_getsockname', '', 'Sees and may change what getsockname answers for IPv4.'],
  ['cgroup/getsockname6', 'cgroup_sock_addr', 'cgroup_inet6_getsockname', '', 'Sees and may change what getsockname answers for IPv6.'],
  ['cgroup/getsockname_unix', 'cgroup_sock_addr', 'cgroup_unix_getsockname', '', 'Sees and may change what getsockname answers for Unix sockets.'],
  ['cgroup/sysctl', 'cgroup_sysctl', 'cgroup_sysctl', '', 'Says whether a task of a cgroup may read or write a sysctl.'],
  ['cgroup/getsockopt', 'cgroup_sockopt', 'cgroup_getsockopt', '', 'Sees and may change what getsockopt answers.'],
  ['cgroup/setsockopt', 'cgroup_sockopt', 'cgroup_setsockopt', '', 'Sees and may change what setsockopt is given.'],
  ['cgroup/dev', 'cgroup_device', 'cgroup_device', '', 'Says whether a task of a cgroup may open a device.'],
  ['struct_ops+', 'struct_ops', null, '', 'Implements an operation of a kernel structure, for example of a congestion control.'],
  ['struct_ops.s+', 'struct_ops', null, 'sleepable', 'Implements an operation of a kernel structure, and may sleep.'],
  ['sk_lookup', 'sk_lookup', 'sk_lookup', '', 'Picks the listening socket for an incoming connection.'],
  ['netfilter', 'netfilter', 'netfilter', '', "Accepts or drops packets at a hook of the kernel's packet filter."],
];

/** All sections that libbpf 1.x knows, in its order. */
export const SECTIONS: readonly Section[] = ROWS.map(([pattern, type, attachType, flag, doc]) => ({
  name: pattern.endsWith('+') ? pattern.slice(0, -1) : pattern,
  takesTarget: pattern.endsWith('+'),
  type,
  attachType,
  flags: { '': 0, sleepable: PROGRAM_FLAGS.sleepable, frags: PROGRAM_FLAGS.xdpHasFrags }[flag],
  doc,
}));
