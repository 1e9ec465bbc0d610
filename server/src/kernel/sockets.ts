/**
 * The socket structures that programs may read through pointers which the context and helpers hand out. Sources:
 * include/uapi/linux/bpf.h and the `is_valid_access` functions of net/core/filter.c, Linux 6.18.
 */

/** What a socket pointer is known to point to: PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK. */
export type SocketKind = 'sockCommon' | 'socket' | 'tcpSock';

export interface SocketField {
  readonly name: string;
  /** In C: `__u32[4]`. */
  readonly type: string;
  readonly off: number;
  readonly size: number;
  /** What may be read: a whole word, an aligned part of it, or only a part at the field's start. */
  readonly access: 'word' | 'part' | 'start';
  /** Only readable once the pointer is known to be a full socket (bpf_sk_fullsock). */
  readonly fullOnly: boolean;
  readonly doc: string;
}

/** The field that a load of `size` bytes at `off` reads, or null when the kernel refuses it. Writing is never allowed. */
export function socketField(kind: SocketKind, off: number, size: number): SocketField | null {
  if (off < 0 || off % size !== 0) return null;
  const fields = kind === 'tcpSock' ? BPF_TCP_SOCK : BPF_SOCK;
  const field = fields.find((candidate) => off >= candidate.off && off < candidate.off + candidate.size);
  if (field === undefined || (field.fullOnly && kind === 'sockCommon')) return null;
  return fits(field, off, size) ? field : null;
}

function fits(field: SocketField, off: number, size: number): boolean {
  const word = field.type === '__u64' ? 8 : 4;
  if (field.access === 'word') return size === word;
  return size <= word && (field.access === 'part' || off === field.off);
}

type Row = readonly [
  name: string,
  type: string,
  off: number,
  flags: '' | 'part' | 'start' | 'full' | 'full start',
  doc: string,
];

function fieldsOf(rows: readonly Row[]): readonly SocketField[] {
  return rows.map(([name, type, off, flags, doc]) => {
    const [element = '', length = '1]'] = type.split('[');
    const size = (SIZES[element] ?? 4) * Number.parseInt(length, 10);
    const access = flags.includes('start') ? 'start' : flags === 'part' ? 'part' : 'word';
    return { name, type, off, size, access, fullOnly: flags.startsWith('full'), doc };
  });
}

const SIZES: Readonly<Record<string, number>> = { __be16: 2, __u32: 4, __s32: 4, __u64: 8 };

/** `struct bpf_sock`. */
// prettier-ignore
export const BPF_SOCK: readonly SocketField[] = fieldsOf([
  ['bound_dev_if', '__u32', 0, '', 'Index of the network device the socket is bound to, or 0.'],
  ['family', '__u32', 4, 'start', 'Address family: AF_INET 2, AF_INET6 10.'],
  ['type', '__u32', 8, 'full start', 'Socket type: SOCK_STREAM 1, SOCK_DGRAM 2.'],
  ['protocol', '__u32', 12, 'full start', 'Protocol: IPPROTO_TCP 6, IPPROTO_UDP 17.'],
  ['mark', '__u32', 16, 'full', 'The mark that packets of the socket carry.'],
  ['priority', '__u32', 20, 'full', 'The priority that packets of the socket carry.'],
  ['src_ip4', '__u32', 24, 'part', 'Own IPv4 address in network byte order.'],
  ['src_ip6', '__u32[4]', 28, 'part', 'Own IPv6 address in network byte order.'],
  ['src_port', '__u32', 44, 'start', 'Own port in host byte order.'],
  ['dst_port', '__be16', 48, 'part', 'Port of the other side in network byte order.'],
  ['dst_ip4', '__u32', 52, 'part', 'IPv4 address of the other side in network byte order.'],
  ['dst_ip6', '__u32[4]', 56, 'part', 'IPv6 address of the other side in network byte order.'],
  ['state', '__u32', 72, 'start', 'State of the TCP connection: BPF_TCP_ESTABLISHED 1.'],
  ['rx_queue_mapping', '__s32', 76, 'start', 'Receive queue that the last packet came through, or -1.'],
]);

/** `struct bpf_tcp_sock`. */
// prettier-ignore
export const BPF_TCP_SOCK: readonly SocketField[] = fieldsOf([
  ['snd_cwnd', '__u32', 0, '', 'Congestion window in segments.'],
  ['srtt_us', '__u32', 4, '', 'Smoothed round-trip time in microseconds, times eight.'],
  ['rtt_min', '__u32', 8, '', 'Smallest round-trip time seen, in microseconds.'],
  ['snd_ssthresh', '__u32', 12, '', 'Threshold at which slow start ends.'],
  ['rcv_nxt', '__u32', 16, '', 'Sequence number that is expected next.'],
  ['snd_nxt', '__u32', 20, '', 'Sequence number that is sent next.'],
  ['snd_una', '__u32', 24, '', 'First byte that is not acknowledged yet.'],
  ['mss_cache', '__u32', 28, '', 'Bytes of data in a segment.'],
  ['ecn_flags', '__u32', 32, '', 'State of congestion notification.'],
  ['rate_delivered', '__u32', 36, '', 'Packets delivered in the last rate sample.'],
  ['rate_interval_us', '__u32', 40, '', 'Time of the last rate sample in microseconds.'],
  ['packets_out', '__u32', 44, '', 'Segments under way.'],
  ['retrans_out', '__u32', 48, '', 'Segments under way that were sent again.'],
  ['total_retrans', '__u32', 52, '', 'Segments sent again since the connection began.'],
  ['segs_in', '__u32', 56, '', 'Segments received.'],
  ['data_segs_in', '__u32', 60, '', 'Segments with data received.'],
  ['segs_out', '__u32', 64, '', 'Segments sent.'],
  ['data_segs_out', '__u32', 68, '', 'Segments with data sent.'],
  ['lost_out', '__u32', 72, '', 'Segments held to be lost.'],
  ['sacked_out', '__u32', 76, '', 'Segments acknowledged selectively.'],
  ['bytes_received', '__u64', 80, '', 'Bytes of data received.'],
  ['bytes_acked', '__u64', 88, '', 'Bytes of data acknowledged by the other side.'],
  ['dsack_dups', '__u32', 96, '', 'Duplicates that the other side reported.'],
  ['delivered', '__u32', 100, '', 'Packets delivered, also when sent again.'],
  ['delivered_ce', '__u32', 104, '', 'Packets delivered that had met congestion.'],
  ['icsk_retransmits', '__u32', 108, '', 'Timeouts in a row without an acknowledgement.'],
]);
