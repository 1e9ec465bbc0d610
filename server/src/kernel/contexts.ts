/**
 * The contexts that r1 points to when a program starts. Which of their fields a program type may use is in
 * contextAccess.ts. Sources: include/uapi/linux/bpf.h, bpf_perf_event.h and arch/x86/include/asm/ptrace.h, Linux 6.18.
 */

/** What a load of the field yields. */
export type CtxFieldKind = 'scalar' | 'packet' | 'packetMeta' | 'packetEnd' | 'sockCommonOrNull' | 'flowKeys';

/**
 * Which part of the field one access may touch. `narrow`: reads of an aligned part, writes of the whole; `bytes`: any
 * aligned part; `whole`: only all of it; `word`: one aligned 32-bit word.
 */
export type CtxFieldAccess = 'narrow' | 'bytes' | 'whole' | 'word';

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

const SIZES: Readonly<Record<string, number>> = { __u8: 1, __u16: 2, __u32: 4, __u64: 8, 'unsigned long': 8 };

const KINDS: Readonly<Record<string, CtxFieldKind>> = {
  data: 'packet',
  data_end: 'packetEnd',
  data_meta: 'packetMeta',
  sk: 'sockCommonOrNull',
  flow_keys: 'flowKeys',
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

const PERF_EVENT_DATA: readonly Row[] = [
  ...PT_REGS.map(([name, type, off, , , doc]) => [name, type, off, 'whole', '4.9', doc] as const),
  ['sample_period', '__u64', 168, 'narrow', '4.9', 'After how many events a sample is taken.'],
  ['addr', '__u64', 176, 'narrow', '4.17', 'Memory address that the sample is about.'],
];

const RAW_TRACEPOINT: readonly Row[] = [
  ['args', '__u64[12]', 0, 'bytes', '4.17', "The tracepoint's arguments as the kernel passes them, eight bytes each."],
];

const TRACEPOINT: readonly Row[] = [
  ['record', '__u8[8184]', 8, 'bytes', '4.7', "The tracepoint's record; its format file says which field lies where."],
];

function context(name: string, size: number, rows: readonly Row[]): Context {
  const fields = rows.map(([name, type, off, access, since, doc]) => {
    const [element = '', length = '1]'] = type.split('[');
    const bytes = (SIZES[element] ?? 0) * Number.parseInt(length, 10);
    return { name, type, off, size: bytes, kind: KINDS[name] ?? 'scalar', access, since, doc };
  });
  return { name, size, fields };
}

export const CONTEXTS = {
  xdp_md: context('xdp_md', 24, XDP_MD),
  __sk_buff: context('__sk_buff', 192, SK_BUFF),
  pt_regs: context('pt_regs', 168, PT_REGS),
  bpf_perf_event_data: context('bpf_perf_event_data', 184, PERF_EVENT_DATA),
  bpf_raw_tracepoint_args: context('bpf_raw_tracepoint_args', 96, RAW_TRACEPOINT),
  /** The first eight bytes are hidden from the program; PERF_MAX_TRACE_SIZE is 8192. */
  tracepoint: context('tracepoint', 8192, TRACEPOINT),
} as const satisfies Record<string, Context>;

function ptRegsDoc(name: string): string {
  const argument = ['di', 'si', 'dx', 'cx', 'r8', 'r9'].indexOf(name);
  if (argument !== -1) return `Register ${name}: argument ${argument + 1} of the probed function.`;
  if (name === 'ax') return 'Register ax: the return value when the function returns.';
  if (name === 'ip') return 'The instruction pointer.';
  return `Register ${name}.`;
}
