import type { AttachType, ProgramType } from './programTypes.ts';

/** Lowest and highest value that the verifier lets a program return. */
export interface ReturnRange {
  readonly min: number;
  readonly max: number;
}

export interface ReturnValue {
  readonly value: number;
  /** The name in C: `XDP_PASS`. */
  readonly name: string;
  readonly doc: string;
}

/** The named return values of a program type; empty for types whose values have no names. */
export function returnValues(type: ProgramType, attachType: AttachType | null): readonly ReturnValue[] {
  if (attachType === 'tcx_ingress' || attachType === 'tcx_egress') return TCX;
  if (attachType === 'netkit_primary' || attachType === 'netkit_peer') return NETKIT;
  return BY_TYPE[type] ?? [];
}

/** `XDP_PASS` for 2 of an XDP program, or null. `value` may be signed or unsigned 32 bits. */
export function returnValueName(type: ProgramType, attachType: AttachType | null, value: number): string | null {
  return returnValues(type, attachType).find((row) => row.value === (value | 0))?.name ?? null;
}

/**
 * The range that r0 must lie in at exit; null when any number will do. Mirrors `check_return_code` of
 * kernel/bpf/verifier.c, v6.18; `tracing`, `lsm` and `struct_ops` depend on their target and are not answered here.
 */
export function returnRange(type: ProgramType, attachType: AttachType | null): ReturnRange | null {
  if (type === 'cgroup_skb') return attachType === 'cgroup_inet_egress' ? { min: 0, max: 3 } : BOOLEAN;
  if (type === 'cgroup_sock_addr') return cgroupSockAddrRange(attachType ?? '');
  if (type === 'kprobe') return /^trace_[ku]probe_session$/.test(attachType ?? '') ? BOOLEAN : null;
  return YES_OR_NO.has(type) ? BOOLEAN : null;
}

const BOOLEAN: ReturnRange = { min: 0, max: 1 };

const YES_OR_NO: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'cgroup_sock', 'sock_ops', 'cgroup_device', 'cgroup_sysctl', 'cgroup_sockopt', 'sk_lookup', 'netfilter',
]); // prettier-ignore

function cgroupSockAddrRange(attachType: AttachType): ReturnRange {
  if (/_(recvmsg|getpeername|getsockname)$/.test(attachType)) return { min: 1, max: 1 };
  return /^cgroup_inet[46]_bind$/.test(attachType) ? { min: 0, max: 3 } : BOOLEAN;
}

function values(rows: readonly (readonly [value: number, name: string, doc: string])[]): readonly ReturnValue[] {
  return rows.map(([value, name, doc]) => ({ value, name, doc }));
}

/** `enum xdp_action` of include/uapi/linux/bpf.h. */
const XDP = values([
  [0, 'XDP_ABORTED', 'Drops the packet and counts it as an error of the program.'],
  [1, 'XDP_DROP', 'Drops the packet.'],
  [2, 'XDP_PASS', 'Gives the packet to the network stack.'],
  [3, 'XDP_TX', 'Sends the packet back out of the device it came in through.'],
  [4, 'XDP_REDIRECT', 'Sends the packet to where a redirect helper said.'],
]);

/** TC_ACT_* of include/uapi/linux/pkt_cls.h. */
const TRAFFIC_CONTROL = values([
  [-1, 'TC_ACT_UNSPEC', 'Uses the default action of the filter.'],
  [0, 'TC_ACT_OK', 'Lets the packet pass and ends classification.'],
  [1, 'TC_ACT_RECLASSIFY', 'Starts classification again.'],
  [2, 'TC_ACT_SHOT', 'Drops the packet.'],
  [3, 'TC_ACT_PIPE', 'Goes on with the next action.'],
  [4, 'TC_ACT_STOLEN', 'The program has taken the packet; it is not dropped with an error.'],
  [5, 'TC_ACT_QUEUED', 'The packet was queued elsewhere.'],
  [6, 'TC_ACT_REPEAT', 'Runs the same action again.'],
  [7, 'TC_ACT_REDIRECT', 'Sends the packet to where a redirect helper said.'],
  [8, 'TC_ACT_TRAP', 'Gives the packet to the CPU of an offloading device.'],
]);

/** `enum tcx_action_base` of include/uapi/linux/bpf.h. */
const TCX = values([
  [-1, 'TCX_NEXT', 'Goes on with the next program.'],
  [0, 'TCX_PASS', 'Lets the packet pass.'],
  [2, 'TCX_DROP', 'Drops the packet.'],
  [7, 'TCX_REDIRECT', 'Sends the packet to where a redirect helper said.'],
]);

/** `enum netkit_action` of include/uapi/linux/if_link.h. */
const NETKIT = values([
  [-1, 'NETKIT_NEXT', 'Goes on with the next program.'],
  [0, 'NETKIT_PASS', 'Lets the packet pass.'],
  [2, 'NETKIT_DROP', 'Drops the packet.'],
  [7, 'NETKIT_REDIRECT', 'Sends the packet to where a redirect helper said.'],
]);

/** `enum sk_action` of include/uapi/linux/bpf.h. */
const SOCKET_ACTION = values([
  [0, 'SK_DROP', 'Drops the message or packet.'],
  [1, 'SK_PASS', 'Lets the message or packet pass.'],
]);

/** `enum bpf_ret_code` of include/uapi/linux/bpf.h. */
const LIGHTWEIGHT_TUNNEL = values([
  [0, 'BPF_OK', 'Goes on with the packet.'],
  [2, 'BPF_DROP', 'Drops the packet.'],
  [7, 'BPF_REDIRECT', 'Sends the packet to where a redirect helper said.'],
  [128, 'BPF_LWT_REROUTE', 'Looks up the route again after the program changed the packet.'],
]);

const BY_TYPE: Partial<Record<ProgramType, readonly ReturnValue[]>> = {
  xdp: XDP,
  sched_cls: TRAFFIC_CONTROL,
  sched_act: TRAFFIC_CONTROL,
  sk_skb: SOCKET_ACTION,
  sk_msg: SOCKET_ACTION,
  sk_lookup: SOCKET_ACTION,
  sk_reuseport: SOCKET_ACTION,
  lwt_in: LIGHTWEIGHT_TUNNEL,
  lwt_out: LIGHTWEIGHT_TUNNEL,
  lwt_xmit: LIGHTWEIGHT_TUNNEL,
  lwt_seg6local: LIGHTWEIGHT_TUNNEL,
  flow_dissector: values([
    [0, 'BPF_OK', 'The flow was found.'],
    [2, 'BPF_DROP', 'The packet is malformed.'],
    [129, 'BPF_FLOW_DISSECTOR_CONTINUE', "Leaves the packet to the kernel's own dissector."],
  ]),
  netfilter: values([
    [0, 'NF_DROP', 'Drops the packet.'],
    [1, 'NF_ACCEPT', 'Lets the packet pass.'],
  ]),
};
