import { unreachable } from '../base/assert.ts';
import { CONTEXTS } from './contexts.ts';
import type { Context, CtxField, CtxFieldKind } from './contexts.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

export type CtxAccess =
  | { readonly ok: true; readonly kind: CtxFieldKind; readonly field: CtxField }
  /** The kernel says "invalid bpf_context access off=<off> size=<size>". */
  | { readonly ok: false };

export interface CtxAccessHow {
  /** A load that extends the sign (memsx). Pointers cannot be loaded that way. */
  readonly signed?: boolean;
  /** Loaded with CAP_BPF; cgroup_skb programs see the packet only then. True unless told otherwise. */
  readonly privileged?: boolean;
}

/** How one program type sees its context. */
interface View {
  readonly context: Context;
  readonly hidden: ReadonlySet<string>;
  readonly writable: ReadonlySet<string>;
  /** Fields that only programs with some attach types see. */
  readonly seenBy: Readonly<Record<string, RegExp>>;
  /** Fields that only programs with some attach types write, of those in `writable`. */
  readonly writtenBy: Readonly<Record<string, RegExp>>;
}

/** Whose registers the contexts of probes and samples hold. */
export type Architecture = 'x86_64' | 'arm64';

/** The context of a program type. */
export function contextOf(type: ProgramType, architecture: Architecture = 'x86_64'): Context | null {
  if (architecture === 'arm64' && type === 'kprobe') return CONTEXTS.user_pt_regs;
  if (architecture === 'arm64' && type === 'perf_event') return CONTEXTS.bpf_perf_event_data_arm64;
  return VIEWS[type]?.context ?? (BTF_TYPED.has(type) ? CONTEXTS.arguments : null);
}

/** Their arguments have the types of the hook, so that the kernel's BTF decides what may be done with them. */
const BTF_TYPED: ReadonlySet<ProgramType> = new Set<ProgramType>(['tracing', 'lsm', 'struct_ops']);

/**
 * Whether a program may read or write `size` bytes at `off` of its context, and what a read yields; not answered for
 * types whose arguments BTF describes. Mirrors the `is_valid_access` functions of net/core/filter.c,
 * kernel/bpf/cgroup.c, kernel/bpf/syscall.c, kernel/trace/bpf_trace.c and net/netfilter/nf_bpf_link.c, v6.18.
 */
export function ctxAccess(
  type: ProgramType,
  attachType: AttachType | null,
  off: number,
  size: number,
  write: boolean,
  how: CtxAccessHow = {},
): CtxAccess {
  const view = VIEWS[type];
  if (view === undefined || off % size !== 0) return NO;
  const field = fieldAt(view.context, type === 'tracepoint' && off < 0 ? 8 : off);
  const attached = attachedAs(type, attachType);
  if (field === undefined || isHidden(view, field, type, attached, how)) return NO;
  if (write && !isWritable(view, field, type, attached, how)) return NO;
  if (how.signed === true && field.kind !== 'scalar' && field.kind !== 'tpBuffer') return NO;
  if (!fits(field, off, size, write, type)) return NO;
  return { ok: true, kind: field.kind === 'tpBuffer' && off !== 0 ? 'scalar' : field.kind, field };
}

const NO: CtxAccess = { ok: false };

/** What a loader that passes none gets. Mirrors `bpf_prog_load_fixup_attach_type` of kernel/bpf/syscall.c, v6.18. */
const DEFAULT_ATTACH_TYPES: Partial<Record<ProgramType, AttachType>> = { cgroup_sock: 'cgroup_inet_sock_create' };

/** The number of the first attach type is 0, which for such programs says that none was given. */
function attachedAs(type: ProgramType, attachType: AttachType | null): AttachType {
  const otherwise = DEFAULT_ATTACH_TYPES[type];
  if (otherwise !== undefined && (attachType === null || attachType === 'cgroup_inet_ingress')) return otherwise;
  return attachType ?? '';
}

function fieldAt(context: Context, off: number): CtxField | undefined {
  return context.fields.find((field) => off >= field.off && off < field.off + field.size);
}

function isHidden(view: View, field: CtxField, type: ProgramType, attached: AttachType, how: CtxAccessHow): boolean {
  if (view.hidden.has(field.name) || view.seenBy[field.name]?.test(attached) === false) return true;
  if (type === 'cgroup_skb' && how.privileged === false) return field.kind === 'packet' || field.kind === 'packetEnd';
  return false;
}

function isWritable(view: View, field: CtxField, type: ProgramType, attached: AttachType, how: CtxAccessHow): boolean {
  if (type === 'cgroup_skb' && field.name === 'tstamp' && how.privileged === false) return false;
  return view.writable.has(field.name) && view.writtenBy[field.name]?.test(attached) !== false;
}

function fits(field: CtxField, off: number, size: number, write: boolean, type: ProgramType): boolean {
  const { access } = field;
  const element = Math.min(field.size, 4);
  switch (access) {
    case 'whole':
      return off === field.off && size === field.size;
    case 'word':
      return size === 4;
    case 'narrow':
      return write ? size === (field.size === 8 ? 8 : element) : size <= (field.size === 8 ? 8 : element);
    case 'halves':
      return !write && (size === 2 || size === 4);
    case 'wide':
      return size === 4 || (size === 8 ? off + 8 <= field.off + field.size : !write);
    case 'start':
      return write ? size === 4 : off === field.off && size <= 4;
    case 'port':
      return size <= 2 || size === 4;
    case 'buffer':
      return off !== 0 || size === 8;
    case 'bytes':
      // The kernel compares a negative offset with the lower bound as unsigned, so tracepoints let it pass.
      return (type === 'tracepoint' && off < 0) || off + size <= field.off + field.size;
    default:
      return unreachable(access);
  }
}

type ByAttachType = Readonly<Record<string, RegExp>>;

function view(
  context: Context,
  hidden: string,
  writable: string,
  seenBy: ByAttachType = {},
  writtenBy: ByAttachType = {},
): View {
  return { context, hidden: new Set(hidden.split(' ')), writable: new Set(writable.split(' ')), seenBy, writtenBy };
}

const SOCKET_FIELDS = 'family remote_ip4 local_ip4 remote_ip6 local_ip6 remote_port local_port';
const TRAFFIC_CONTROL = view(
  CONTEXTS.__sk_buff,
  `${SOCKET_FIELDS} flow_keys`,
  'mark tc_index priority tc_classid cb tstamp queue_mapping',
);
const LIGHTWEIGHT_TUNNEL = view(
  CONTEXTS.__sk_buff,
  `${SOCKET_FIELDS} tc_classid data_meta tstamp wire_len hwtstamp flow_keys tstamp_type`,
  'mark priority cb',
);
/** All but data, data_end and flow_keys. */
const NOT_FOR_DISSECTORS = CONTEXTS.__sk_buff.fields
  .map(({ name }) => name)
  .filter((name) => !['data', 'data_end', 'flow_keys'].includes(name))
  .join(' ');

const SOCKET_MADE = /_sock_(create|release)$/;

const VIEWS: Partial<Record<ProgramType, View>> = {
  socket_filter: view(
    CONTEXTS.__sk_buff,
    `${SOCKET_FIELDS} tc_classid data data_meta data_end tstamp wire_len hwtstamp flow_keys tstamp_type`,
    'cb',
  ),
  sched_cls: TRAFFIC_CONTROL,
  sched_act: TRAFFIC_CONTROL,
  cgroup_skb: view(
    CONTEXTS.__sk_buff,
    'tc_classid data_meta wire_len flow_keys tstamp_type',
    'mark priority cb tstamp',
  ),
  lwt_in: LIGHTWEIGHT_TUNNEL,
  lwt_out: LIGHTWEIGHT_TUNNEL,
  lwt_xmit: LIGHTWEIGHT_TUNNEL,
  lwt_seg6local: LIGHTWEIGHT_TUNNEL,
  sk_skb: view(
    CONTEXTS.__sk_buff,
    'mark tc_classid data_meta tstamp wire_len hwtstamp flow_keys tstamp_type',
    'tc_index priority',
  ),
  flow_dissector: view(CONTEXTS.__sk_buff, NOT_FOR_DISSECTORS, ''),
  xdp: view(CONTEXTS.xdp_md, '', '', { egress_ifindex: /^xdp_devmap$/ }),
  cgroup_sock: view(CONTEXTS.bpf_sock, '', 'bound_dev_if mark priority', {
    bound_dev_if: SOCKET_MADE,
    mark: SOCKET_MADE,
    priority: SOCKET_MADE,
    src_ip4: /^cgroup_inet4_post_bind$/,
    src_ip6: /^cgroup_inet6_post_bind$/,
    src_port: /_post_bind$/,
  }),
  cgroup_sock_addr: view(CONTEXTS.bpf_sock_addr, '', 'user_ip4 user_ip6 user_port msg_src_ip4 msg_src_ip6', {
    user_ip4: /^cgroup_(inet|udp)4_/,
    user_ip6: /^cgroup_(inet|udp)6_/,
    msg_src_ip4: /^cgroup_udp4_sendmsg$/,
    msg_src_ip6: /^cgroup_udp6_sendmsg$/,
  }),
  sock_ops: view(CONTEXTS.bpf_sock_ops, '', 'reply sk_txhash'),
  sk_msg: view(CONTEXTS.sk_msg_md, '', ''),
  sk_reuseport: view(CONTEXTS.sk_reuseport_md, '', ''),
  sk_lookup: view(CONTEXTS.bpf_sk_lookup, '', ''),
  cgroup_sysctl: view(CONTEXTS.bpf_sysctl, '', 'file_pos'),
  cgroup_sockopt: view(
    CONTEXTS.bpf_sockopt,
    '',
    'retval optname level optlen',
    { retval: /_getsockopt$/ },
    { optname: /_setsockopt$/, level: /_setsockopt$/ },
  ),
  cgroup_device: view(CONTEXTS.bpf_cgroup_dev_ctx, '', ''),
  netfilter: view(CONTEXTS.bpf_nf_ctx, '', ''),
  lirc_mode2: view(CONTEXTS.lirc_mode2, '', ''),
  kprobe: view(CONTEXTS.pt_regs, '', ''),
  perf_event: view(CONTEXTS.bpf_perf_event_data, '', ''),
  raw_tracepoint: view(CONTEXTS.bpf_raw_tracepoint_args, '', ''),
  raw_tracepoint_writable: view(CONTEXTS.bpf_raw_tracepoint_args_writable, '', ''),
  tracepoint: view(CONTEXTS.tracepoint, '', ''),
  syscall: view(CONTEXTS.syscall, '', 'bytes'),
};
