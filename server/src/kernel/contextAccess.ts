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
}

/** The context of a program type; null for types whose context we do not model. */
export function contextOf(type: ProgramType): Context | null {
  return VIEWS[type]?.context ?? null;
}

/**
 * Whether a program may read or write `size` bytes at `off` of its context, and what a read yields. Mirrors
 * `sk_filter_is_valid_access`, `tc_cls_act_is_valid_access`, `cg_skb_is_valid_access`, `lwt_is_valid_access`,
 * `xdp_is_valid_access` of net/core/filter.c and the tracing types' functions of kernel/trace/bpf_trace.c, v6.18.
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
  if (field === undefined || isHidden(view, field, type, attachType, how)) return NO;
  if (write && !isWritable(view, field, type, how)) return NO;
  if (how.signed === true && field.kind !== 'scalar') return NO;
  return fits(field, off, size, write, type) ? { ok: true, kind: field.kind, field } : NO;
}

const NO: CtxAccess = { ok: false };

function fieldAt(context: Context, off: number): CtxField | undefined {
  return context.fields.find((field) => off >= field.off && off < field.off + field.size);
}

function isHidden(
  view: View,
  field: CtxField,
  type: ProgramType,
  attachType: AttachType | null,
  how: CtxAccessHow,
): boolean {
  if (view.hidden.has(field.name)) return true;
  if (type === 'xdp' && field.name === 'egress_ifindex') return attachType !== 'xdp_devmap';
  if (type === 'cgroup_skb' && how.privileged === false) return field.kind === 'packet' || field.kind === 'packetEnd';
  return false;
}

function isWritable(view: View, field: CtxField, type: ProgramType, how: CtxAccessHow): boolean {
  if (type === 'cgroup_skb' && field.name === 'tstamp' && how.privileged === false) return false;
  return view.writable.has(field.name);
}

function fits(field: CtxField, off: number, size: number, write: boolean, type: ProgramType): boolean {
  const { access } = field;
  switch (access) {
    case 'whole':
      return off === field.off && size === field.size;
    case 'word':
      return size === 4;
    case 'narrow':
      return write ? size === field.size : size <= field.size;
    case 'bytes':
      // The kernel compares a negative offset with the lower bound as unsigned, so tracepoints let it pass.
      return (type === 'tracepoint' && off < 0) || off + size <= field.off + field.size;
    default:
      return unreachable(access);
  }
}

function view(context: Context, hidden: string, writable: string): View {
  return { context, hidden: new Set(hidden.split(' ')), writable: new Set(writable.split(' ')) };
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
  xdp: view(CONTEXTS.xdp_md, '', ''),
  kprobe: view(CONTEXTS.pt_regs, '', ''),
  perf_event: view(CONTEXTS.bpf_perf_event_data, '', ''),
  raw_tracepoint: view(CONTEXTS.bpf_raw_tracepoint_args, '', ''),
  tracepoint: view(CONTEXTS.tracepoint, '', ''),
};
