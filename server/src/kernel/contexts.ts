/**
 * The contexts that r1 points to when a program starts. Which of their fields a program type may use is in
 * contextAccess.ts. Sources: include/uapi/linux/bpf.h, bpf_perf_event.h and ptrace.h of x86 and arm64, Linux 6.18.
 */
import { BPF_SOCK } from './sockets.ts';

/** What a load of the field yields; `btf` is a pointer to a kernel structure, `tpBuffer` one a tracepoint offers. */
export type CtxFieldKind =
  | 'scalar' | 'packet' | 'packetMeta' | 'packetEnd' | 'socket' | 'socketOrNull' | 'sockCommonOrNull' | 'flowKeys'
  | 'tpBuffer' | 'btf'; // prettier-ignore

/**
 * Which part of the field one access may touch, always aligned. `narrow`: reads of any part, writes of one element;
 * `halves`: the same, but no single bytes; `wide`: the same, and two neighbouring elements at once; `start`: reads of a
 * part at its beginning; `port`: two bytes, a part of them, or four bytes with what stands behind; `bytes`: any part;
 * `whole`: only all of it; `word`: 32 bits; `buffer`: as `bytes`, but the first eight bytes are read at once.
 */
export type CtxFieldAccess =
  'narrow' | 'halves' | 'wide' | 'start' | 'port' | 'bytes' | 'whole' | 'word' | 'buffer'; // prettier-ignore

export interface CtxField {
  readonly name: string;
  /** In C, arrays with their length: `__u32[5]`. */
  readonly type: string;
  readonly off: number;
  readonly size: number;
  readonly kind: CtxFieldKind;
  readonly access: CtxFieldAccess;
  /** First kernel version that has the field. */
  readonly since: string;
  readonly doc: string;
}

export interface Context {
  /** The C structure's name: `xdp_md`. */
  readonly name: string;
  readonly size: number;
  readonly fields: readonly CtxField[];
}

type Row = readonly [name: string, type: string, off: number, access: CtxFieldAccess, since: string, doc: string];

const SIZES: Readonly<Record<string, number>> = {
  __u8: 1,
  __u16: 2,
  __be16: 2,
  __u32: 4,
  __s32: 4,
  __u64: 8,
  'unsigned long': 8,
  'void *': 8,
  'struct bpf_sock *': 8,
  'struct sk_buff *': 8,
  'const struct nf_hook_state *': 8,
};

/** Fields that hold pointers, by structure where their name alone does not tell. */
const KINDS: Readonly<Record<string, CtxFieldKind>> = {
  data: 'packet',
  data_end: 'packetEnd',
  data_meta: 'packetMeta',
  skb_data: 'packet',
  skb_data_end: 'packetEnd',
  optval: 'packet',
  optval_end: 'packetEnd',
  flow_keys: 'flowKeys',
  sk: 'socket',
  migrating_sk: 'sockCommonOrNull',
  '__sk_buff.sk': 'sockCommonOrNull',
  'bpf_sock_ops.sk': 'socketOrNull',
  'bpf_sk_lookup.sk': 'socketOrNull',
  'bpf_nf_ctx.skb': 'btf',
  'bpf_nf_ctx.state': 'btf',
  'bpf_raw_tracepoint_args_writable.args': 'tpBuffer',
};

// prettier-ignore
const XDP_MD: readonly Row[] = [
  ['data', '__u32', 0, 'whole', '4.8', 'First byte of the packet.'],
  ['data_end', '__u32', 4, 'whole', '4.8', 'One past the last byte of the packet that can be accessed directly.'],
  ['data_meta', '__u32', 8, 'whole', '4.15', 'First byte of the metadata in front of the packet; equal to data when there is none.'],
  ['ingress_ifindex', '__u32', 12, 'whole', '4.16', 'Index of the network device the packet came in through.'],
  ['rx_queue_index', '__u32', 16, 'whole', '4.16', 'Receive queue the packet came in through.'],
  ['egress_ifindex', '__u32', 20, 'whole', '5.8', 'Index of the network device the packet leaves through (device map programs only).'],
];

// prettier-ignore
const SK_BUFF: readonly Row[] = [
  ['len', '__u32', 0, 'narrow', '4.1', 'Length of the packet in bytes, fragments included.'],
  ['pkt_type', '__u32', 4, 'narrow', '4.1', 'For this host 0, broadcast 1, multicast 2, for another host 3, outgoing 4.'],
  ['mark', '__u32', 8, 'narrow', '4.1', 'The mark that firewall and routing rules set and match.'],
  ['queue_mapping', '__u32', 12, 'narrow', '4.1', 'Queue of the network device.'],
  ['protocol', '__u32', 16, 'narrow', '4.1', 'EtherType in network byte order.'],
  ['vlan_present', '__u32', 20, 'narrow', '4.1', 'Whether the packet has a VLAN tag that was taken out of its data.'],
  ['vlan_tci', '__u32', 24, 'narrow', '4.1', 'Tag control information of that VLAN tag.'],
  ['vlan_proto', '__u32', 28, 'narrow', '4.1', 'Protocol of that VLAN tag in network byte order.'],
  ['priority', '__u32', 32, 'narrow', '4.1', 'Priority for queueing.'],
  ['ingress_ifindex', '__u32', 36, 'narrow', '4.2', 'Index of the network device the packet came in through.'],
  ['ifindex', '__u32', 40, 'narrow', '4.2', 'Index of the network device the packet is at.'],
  ['tc_index', '__u32', 44, 'narrow', '4.2', 'Index for traffic control.'],
  ['cb', '__u32[5]', 48, 'bytes', '4.2', 'Scratch space that travels with the packet from program to program.'],
  ['hash', '__u32', 68, 'narrow', '4.3', 'Flow hash of the packet; 0 when it was not computed.'],
  ['tc_classid', '__u32', 72, 'narrow', '4.3', 'Class that traffic control puts the packet into.'],
  ['data', '__u32', 76, 'whole', '4.7', 'First byte of the packet.'],
  ['data_end', '__u32', 80, 'whole', '4.7', 'One past the last byte of the packet that can be accessed directly.'],
  ['napi_id', '__u32', 84, 'narrow', '4.12', 'Id of the receive poller.'],
  ['family', '__u32', 88, 'narrow', '4.14', 'Address family of the socket.'],
  ['remote_ip4', '__u32', 92, 'word', '4.14', 'IPv4 address of the other side in network byte order.'],
  ['local_ip4', '__u32', 96, 'word', '4.14', 'IPv4 address of this side in network byte order.'],
  ['remote_ip6', '__u32[4]', 100, 'word', '4.14', 'IPv6 address of the other side in network byte order.'],
  ['local_ip6', '__u32[4]', 116, 'word', '4.14', 'IPv6 address of this side in network byte order.'],
  ['remote_port', '__u32', 132, 'narrow', '4.14', 'Port of the other side in network byte order.'],
  ['local_port', '__u32', 136, 'narrow', '4.14', 'Port of this side in host byte order.'],
  ['data_meta', '__u32', 140, 'whole', '4.15', 'First byte of the metadata in front of the packet; equal to data when there is none.'],
  ['flow_keys', '__u64', 144, 'whole', '4.20', 'What a flow dissector fills in.'],
  ['tstamp', '__u64', 152, 'whole', '5.0', 'Time stamp of the packet in nanoseconds.'],
  ['wire_len', '__u32', 160, 'narrow', '5.0', 'Length of the packet on the wire, headers of all segments included.'],
  ['gso_segs', '__u32', 164, 'narrow', '5.1', 'Number of segments the packet will be cut into.'],
  ['sk', '__u64', 168, 'whole', '5.1', 'The socket of the packet, or null.'],
  ['gso_size', '__u32', 176, 'narrow', '5.7', 'Size of the segments the packet will be cut into.'],
  ['tstamp_type', '__u8', 180, 'whole', '5.18', 'Which clock tstamp was taken from.'],
  ['hwtstamp', '__u64', 184, 'whole', '5.16', 'Time stamp that the network device took.'],
];

/** x86-64. r10 to orig_ax are what the probed function's caller left; di, si, dx, cx, r8, r9 hold its arguments. */
const PT_REGS: readonly Row[] = [
  'r15', 'r14', 'r13', 'r12', 'bp', 'bx', 'r11', 'r10', 'r9', 'r8', 'ax', 'cx', 'dx', 'si', 'di', 'orig_ax', 'ip', 'cs',
  'flags', 'sp', 'ss',
].map((name, i) => [name, 'unsigned long', 8 * i, 'bytes', '4.1', ptRegsDoc(name)] as const); // prettier-ignore

/** arm64, where programs see `struct user_pt_regs`: `regs[31]`, named here as the processor names them, and three more. */
const USER_PT_REGS: readonly Row[] = [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp', 'pc', 'pstate'].map(
  (name, i) => [name, '__u64', 8 * i, 'bytes', '4.1', userPtRegsDoc(name)] as const,
);

function perfEventData(registers: readonly Row[]): readonly Row[] {
  const end = 8 * registers.length;
  return [
    ...registers.map(([name, type, off, , , doc]) => [name, type, off, 'whole', '4.9', doc] as const),
    ['sample_period', '__u64', end, 'narrow', '4.9', 'After how many events a sample is taken.'],
    ['addr', '__u64', end + 8, 'narrow', '4.17', 'Memory address that the sample is about.'],
  ];
}

const ARGUMENTS_DOC = "The tracepoint's arguments as the kernel passes them, eight bytes each.";
const RAW_TRACEPOINT: readonly Row[] = [['args', '__u64[12]', 0, 'bytes', '4.17', ARGUMENTS_DOC]];
const RAW_TRACEPOINT_WRITABLE: readonly Row[] = [
  ['args', '__u64[12]', 0, 'buffer', '5.2', `${ARGUMENTS_DOC} The first one points to what the program may write.`],
];

// prettier-ignore
const TRACING: readonly Row[] = [
  ['args', '__u64[12]', 0, 'whole', '5.5', "The function's arguments, eight bytes each and typed by BTF; for fexit its return value comes after the last."],
];

const TRACEPOINT: readonly Row[] = [
  ['record', '__u8[8184]', 8, 'bytes', '4.7', "The tracepoint's record; its format file says which field lies where."],
];

const SYSCALL: readonly Row[] = [
  ['bytes', '__u8[65535]', 0, 'bytes', '5.14', 'A structure of the program’s own, which comes back changed.'],
];

const SOCK_SINCE: Readonly<Record<string, string>> = {
  bound_dev_if: '4.10',
  family: '4.11',
  type: '4.11',
  protocol: '4.11',
  mark: '4.14',
  priority: '4.14',
  src_ip4: '4.17',
  src_ip6: '4.17',
  src_port: '4.17',
  rx_queue_mapping: '5.8',
};

/** The same structure that socket pointers lead to, as programs see it that run when a socket is made or bound. */
const SOCK: readonly Row[] = BPF_SOCK.map(({ name, type, off, access, doc }) => {
  const how = name === 'dst_port' ? 'port' : access === 'part' ? 'narrow' : access;
  return [name, type, off, how, SOCK_SINCE[name] ?? '5.1', doc];
});

// prettier-ignore
const SOCK_ADDR: readonly Row[] = [
  ['user_family', '__u32', 0, 'word', '4.17', 'Address family that the task gave: AF_INET 2, AF_INET6 10, AF_UNIX 1.'],
  ['user_ip4', '__u32', 4, 'narrow', '4.17', 'IPv4 address that the task gave, in network byte order.'],
  ['user_ip6', '__u32[4]', 8, 'wide', '4.17', 'IPv6 address that the task gave, in network byte order.'],
  ['user_port', '__u32', 24, 'narrow', '4.17', 'Port that the task gave, in network byte order.'],
  ['family', '__u32', 28, 'word', '4.17', 'Address family of the socket.'],
  ['type', '__u32', 32, 'word', '4.17', 'Socket type: SOCK_STREAM 1, SOCK_DGRAM 2.'],
  ['protocol', '__u32', 36, 'word', '4.17', 'Protocol: IPPROTO_TCP 6, IPPROTO_UDP 17.'],
  ['msg_src_ip4', '__u32', 40, 'narrow', '4.18', 'IPv4 address that the message is sent from, in network byte order.'],
  ['msg_src_ip6', '__u32[4]', 44, 'wide', '4.18', 'IPv6 address that the message is sent from, in network byte order.'],
  ['sk', 'struct bpf_sock *', 64, 'whole', '5.3', 'The socket.'],
];

// prettier-ignore
const SOCK_OPS: readonly Row[] = [
  ['op', '__u32', 0, 'word', '4.13', 'What has happened or is asked for: BPF_SOCK_OPS_*.'],
  ['reply', '__u32', 4, 'word', '4.13', 'The answer that the program gives; before that the first argument.'],
  ['args', '__u32[4]', 4, 'word', '4.16', 'Arguments, whose meaning depends on op.'],
  ['family', '__u32', 20, 'word', '4.13', 'Address family of the socket.'],
  ['remote_ip4', '__u32', 24, 'word', '4.13', 'IPv4 address of the other side in network byte order.'],
  ['local_ip4', '__u32', 28, 'word', '4.13', 'IPv4 address of this side in network byte order.'],
  ['remote_ip6', '__u32[4]', 32, 'word', '4.13', 'IPv6 address of the other side in network byte order.'],
  ['local_ip6', '__u32[4]', 48, 'word', '4.13', 'IPv6 address of this side in network byte order.'],
  ['remote_port', '__u32', 64, 'word', '4.13', 'Port of the other side in network byte order.'],
  ['local_port', '__u32', 68, 'word', '4.13', 'Port of this side in host byte order.'],
  ['is_fullsock', '__u32', 72, 'word', '4.16', 'Whether there is a full socket; without one the fields about TCP are zero.'],
  ['snd_cwnd', '__u32', 76, 'word', '4.16', 'Congestion window in segments.'],
  ['srtt_us', '__u32', 80, 'word', '4.16', 'Smoothed round-trip time in microseconds, times eight.'],
  ['bpf_sock_ops_cb_flags', '__u32', 84, 'word', '4.16', 'Which further calls the program has asked for.'],
  ['state', '__u32', 88, 'word', '4.16', 'State of the TCP connection: BPF_TCP_ESTABLISHED 1.'],
  ['rtt_min', '__u32', 92, 'word', '4.16', 'Smallest round-trip time seen, in microseconds.'],
  ['snd_ssthresh', '__u32', 96, 'word', '4.16', 'Threshold at which slow start ends.'],
  ['rcv_nxt', '__u32', 100, 'word', '4.16', 'Sequence number that is expected next.'],
  ['snd_nxt', '__u32', 104, 'word', '4.16', 'Sequence number that is sent next.'],
  ['snd_una', '__u32', 108, 'word', '4.16', 'First byte that is not acknowledged yet.'],
  ['mss_cache', '__u32', 112, 'word', '4.16', 'Bytes of data in a segment.'],
  ['ecn_flags', '__u32', 116, 'word', '4.16', 'State of congestion notification.'],
  ['rate_delivered', '__u32', 120, 'word', '4.16', 'Packets delivered in the last rate sample.'],
  ['rate_interval_us', '__u32', 124, 'word', '4.16', 'Time of the last rate sample in microseconds.'],
  ['packets_out', '__u32', 128, 'word', '4.16', 'Segments under way.'],
  ['retrans_out', '__u32', 132, 'word', '4.16', 'Segments under way that were sent again.'],
  ['total_retrans', '__u32', 136, 'word', '4.16', 'Segments sent again since the connection began.'],
  ['segs_in', '__u32', 140, 'word', '4.16', 'Segments received.'],
  ['data_segs_in', '__u32', 144, 'word', '4.16', 'Segments with data received.'],
  ['segs_out', '__u32', 148, 'word', '4.16', 'Segments sent.'],
  ['data_segs_out', '__u32', 152, 'word', '4.16', 'Segments with data sent.'],
  ['lost_out', '__u32', 156, 'word', '4.16', 'Segments held to be lost.'],
  ['sacked_out', '__u32', 160, 'word', '4.16', 'Segments acknowledged selectively.'],
  ['sk_txhash', '__u32', 164, 'word', '4.16', 'Hash of the flow, which picks queue and path.'],
  ['bytes_received', '__u64', 168, 'whole', '4.16', 'Bytes of data received.'],
  ['bytes_acked', '__u64', 176, 'whole', '4.16', 'Bytes of data acknowledged by the other side.'],
  ['sk', 'struct bpf_sock *', 184, 'whole', '5.3', 'The socket, or null when there is no full one.'],
  ['skb_data', 'void *', 192, 'whole', '5.10', 'First byte of the TCP header, where the call is about a packet.'],
  ['skb_data_end', 'void *', 200, 'whole', '5.10', 'One past the last byte of the TCP header.'],
  ['skb_len', '__u32', 208, 'word', '5.10', 'Length of the packet: TCP header, options and data.'],
  ['skb_tcp_flags', '__u32', 212, 'start', '5.10', 'Flags of the TCP header.'],
  ['skb_hwtstamp', '__u64', 216, 'whole', '6.2', 'Time stamp that the network device took.'],
];

// prettier-ignore
const SK_MSG_MD: readonly Row[] = [
  ['data', 'void *', 0, 'whole', '4.17', 'First byte of the message that can be accessed directly.'],
  ['data_end', 'void *', 8, 'whole', '4.17', 'One past the last byte of the message that can be accessed directly.'],
  ['family', '__u32', 16, 'word', '4.18', 'Address family of the socket.'],
  ['remote_ip4', '__u32', 20, 'word', '4.18', 'IPv4 address of the other side in network byte order.'],
  ['local_ip4', '__u32', 24, 'word', '4.18', 'IPv4 address of this side in network byte order.'],
  ['remote_ip6', '__u32[4]', 28, 'word', '4.18', 'IPv6 address of the other side in network byte order.'],
  ['local_ip6', '__u32[4]', 44, 'word', '4.18', 'IPv6 address of this side in network byte order.'],
  ['remote_port', '__u32', 60, 'word', '4.18', 'Port of the other side in network byte order.'],
  ['local_port', '__u32', 64, 'word', '4.18', 'Port of this side in host byte order.'],
  ['size', '__u32', 68, 'word', '5.0', 'Bytes of the whole message.'],
  ['sk', 'struct bpf_sock *', 72, 'whole', '5.8', 'The socket that the message is sent on.'],
];

// prettier-ignore
const SK_REUSEPORT_MD: readonly Row[] = [
  ['data', 'void *', 0, 'whole', '4.19', 'First byte of the TCP or UDP header.'],
  ['data_end', 'void *', 8, 'whole', '4.19', 'One past the last byte of the packet that can be accessed directly.'],
  ['len', '__u32', 16, 'narrow', '4.19', 'Length of the packet from the TCP or UDP header on.'],
  ['eth_protocol', '__u32', 20, 'halves', '4.19', 'EtherType in network byte order.'],
  ['ip_protocol', '__u32', 24, 'narrow', '4.19', 'Protocol: IPPROTO_TCP 6, IPPROTO_UDP 17.'],
  ['bind_inany', '__u32', 28, 'narrow', '4.19', 'Whether the socket is bound to any address.'],
  ['hash', '__u32', 32, 'word', '4.19', 'Hash of addresses and ports.'],
  ['sk', 'struct bpf_sock *', 40, 'whole', '5.14', 'A socket of the group, or the one that closes.'],
  ['migrating_sk', 'struct bpf_sock *', 48, 'whole', '5.14', 'The socket that needs another listener, or null for a new connection.'],
];

// prettier-ignore
const SK_LOOKUP: readonly Row[] = [
  ['sk', 'struct bpf_sock *', 0, 'whole', '5.9', 'The socket that was picked so far, or null.'],
  ['family', '__u32', 8, 'narrow', '5.9', 'Address family: AF_INET 2, AF_INET6 10.'],
  ['protocol', '__u32', 12, 'narrow', '5.9', 'Protocol: IPPROTO_TCP 6, IPPROTO_UDP 17.'],
  ['remote_ip4', '__u32', 16, 'narrow', '5.9', 'IPv4 address the packet comes from, in network byte order.'],
  ['remote_ip6', '__u32[4]', 20, 'narrow', '5.9', 'IPv6 address the packet comes from, in network byte order.'],
  ['remote_port', '__be16', 36, 'port', '5.9', 'Port the packet comes from, in network byte order.'],
  ['padding', '__u16', 38, 'narrow', '5.9', 'Zero.'],
  ['local_ip4', '__u32', 40, 'narrow', '5.9', 'IPv4 address the packet goes to, in network byte order.'],
  ['local_ip6', '__u32[4]', 44, 'narrow', '5.9', 'IPv6 address the packet goes to, in network byte order.'],
  ['local_port', '__u32', 60, 'narrow', '5.9', 'Port the packet goes to, in host byte order.'],
  ['ingress_ifindex', '__u32', 64, 'narrow', '5.17', 'Index of the network device the packet came in through.'],
];

// prettier-ignore
const SYSCTL: readonly Row[] = [
  ['write', '__u32', 0, 'narrow', '5.2', 'Whether the sysctl is written (1) or read (0).'],
  ['file_pos', '__u32', 4, 'narrow', '5.2', 'Position in the file of the sysctl.'],
];

// prettier-ignore
const SOCKOPT: readonly Row[] = [
  ['sk', 'struct bpf_sock *', 0, 'whole', '5.3', 'The socket.'],
  ['optval', 'void *', 8, 'whole', '5.3', 'First byte of the value of the option.'],
  ['optval_end', 'void *', 16, 'whole', '5.3', 'One past the last byte of the value that can be accessed.'],
  ['level', '__s32', 24, 'word', '5.3', 'Level of the option, such as SOL_SOCKET 1.'],
  ['optname', '__s32', 28, 'word', '5.3', 'Number of the option.'],
  ['optlen', '__s32', 32, 'word', '5.3', "Length of the value; -1 skips the kernel's own setsockopt."],
  ['retval', '__s32', 36, 'word', '5.3', "What the kernel's own getsockopt returned."],
];

// prettier-ignore
const CGROUP_DEVICE: readonly Row[] = [
  ['access_type', '__u32', 0, 'narrow', '4.15', 'Kind of device (1 block, 2 character) and, shifted left by 16, access: 1 mknod, 2 read, 4 write.'],
  ['major', '__u32', 4, 'word', '4.15', 'Major number of the device.'],
  ['minor', '__u32', 8, 'word', '4.15', 'Minor number of the device.'],
];

// prettier-ignore
const NF_CTX: readonly Row[] = [
  ['state', 'const struct nf_hook_state *', 0, 'whole', '6.4', 'The hook, its devices and its network namespace.'],
  ['skb', 'struct sk_buff *', 8, 'whole', '6.4', 'The packet.'],
];

const LIRC_MODE2: readonly Row[] = [
  ['sample', '__u32', 0, 'whole', '4.18', 'One infrared sample: kind in the upper byte, duration in the rest.'],
];

/** `struct bpf_flow_keys`: what a flow dissector fills in, reached through `__sk_buff.flow_keys`. */
// prettier-ignore
const FLOW_KEYS: readonly Row[] = [
  ['nhoff', '__u16', 0, 'bytes', '4.20', 'Where the network header begins.'],
  ['thoff', '__u16', 2, 'bytes', '4.20', 'Where the transport header begins.'],
  ['addr_proto', '__u16', 4, 'bytes', '4.20', 'ETH_P_* of the addresses that are set.'],
  ['is_frag', '__u8', 6, 'bytes', '4.20', 'Whether the packet is a fragment.'],
  ['is_first_frag', '__u8', 7, 'bytes', '4.20', 'Whether it is the first fragment.'],
  ['is_encap', '__u8', 8, 'bytes', '4.20', 'Whether the packet is encapsulated.'],
  ['ip_proto', '__u8', 9, 'bytes', '4.20', 'Protocol of the transport header.'],
  ['n_proto', '__be16', 10, 'bytes', '4.20', 'EtherType in network byte order.'],
  ['sport', '__be16', 12, 'bytes', '4.20', 'Source port in network byte order.'],
  ['dport', '__be16', 14, 'bytes', '4.20', 'Destination port in network byte order.'],
  ['ipv4_src', '__u32', 16, 'bytes', '4.20', 'IPv4 source address, in the same place as the IPv6 one.'],
  ['ipv4_dst', '__u32', 20, 'bytes', '4.20', 'IPv4 destination address.'],
  ['ipv6_src', '__u32[4]', 16, 'bytes', '4.20', 'IPv6 source address.'],
  ['ipv6_dst', '__u32[4]', 32, 'bytes', '4.20', 'IPv6 destination address.'],
  ['flags', '__u32', 48, 'bytes', '5.4', 'BPF_FLOW_DISSECTOR_F_*: how far to look.'],
  ['flow_label', '__u32', 52, 'bytes', '5.4', 'IPv6 flow label in network byte order.'],
];

function context(name: string, size: number, rows: readonly Row[]): Context {
  const fields = rows.map(([field, type, off, access, since, doc]) => {
    const [element = '', length = '1]'] = type.split('[');
    const bytes = (SIZES[element] ?? 0) * Number.parseInt(length, 10);
    const kind = KINDS[`${name}.${field}`] ?? KINDS[field] ?? 'scalar';
    return { name: field, type, off, size: bytes, kind, access, since, doc };
  });
  return { name, size, fields };
}

export const CONTEXTS = {
  xdp_md: context('xdp_md', 24, XDP_MD),
  __sk_buff: context('__sk_buff', 192, SK_BUFF),
  pt_regs: context('pt_regs', 168, PT_REGS),
  user_pt_regs: context('user_pt_regs', 272, USER_PT_REGS),
  bpf_perf_event_data: context('bpf_perf_event_data', 184, perfEventData(PT_REGS)),
  bpf_perf_event_data_arm64: context('bpf_perf_event_data', 288, perfEventData(USER_PT_REGS)),
  bpf_raw_tracepoint_args: context('bpf_raw_tracepoint_args', 96, RAW_TRACEPOINT),
  bpf_raw_tracepoint_args_writable: context('bpf_raw_tracepoint_args_writable', 96, RAW_TRACEPOINT_WRITABLE),
  /** Arguments of a function or hook, which have no structure of their own. */
  arguments: context('arguments', 96, TRACING),
  /** The first eight bytes are hidden from the program; PERF_MAX_TRACE_SIZE is 8192. */
  tracepoint: context('tracepoint', 8192, TRACEPOINT),
  syscall: context('syscall', 65_535, SYSCALL),
  bpf_sock: context('bpf_sock', 80, SOCK),
  bpf_sock_addr: context('bpf_sock_addr', 72, SOCK_ADDR),
  bpf_sock_ops: context('bpf_sock_ops', 224, SOCK_OPS),
  sk_msg_md: context('sk_msg_md', 80, SK_MSG_MD),
  sk_reuseport_md: context('sk_reuseport_md', 56, SK_REUSEPORT_MD),
  bpf_sk_lookup: context('bpf_sk_lookup', 72, SK_LOOKUP),
  bpf_sysctl: context('bpf_sysctl', 8, SYSCTL),
  bpf_sockopt: context('bpf_sockopt', 40, SOCKOPT),
  bpf_cgroup_dev_ctx: context('bpf_cgroup_dev_ctx', 12, CGROUP_DEVICE),
  bpf_nf_ctx: context('bpf_nf_ctx', 16, NF_CTX),
  lirc_mode2: context('lirc_mode2', 4, LIRC_MODE2),
  bpf_flow_keys: context('bpf_flow_keys', 56, FLOW_KEYS),
} as const satisfies Record<string, Context>;

function ptRegsDoc(name: string): string {
  const argument = ['di', 'si', 'dx', 'cx', 'r8', 'r9'].indexOf(name);
  if (argument !== -1) return `Register ${name}: argument ${argument + 1} of the probed function.`;
  if (name === 'ax') return 'Register ax: the return value when the function returns.';
  if (name === 'ip') return 'The instruction pointer.';
  return `Register ${name}.`;
}

function userPtRegsDoc(name: string): string {
  const number = Number(name.slice(1));
  if (name === 'x0') return 'Register x0: argument 1 of the probed function, and its return value when it returns.';
  if (number < 8) return `Register ${name}: argument ${number + 1} of the probed function.`;
  if (name === 'x30') return 'Register x30: where the function returns to.';
  if (name === 'pc') return 'The instruction pointer.';
  return `Register ${name}.`;
}
