import { bytesOf, fields, pcapHeader, pcapRecord } from '../events/buildCapture.ts';

const MACS = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

/** An IPv4 packet from 192.0.2.1 to 198.51.100.7. */
function ipv4(protocol: number, payload: readonly number[]): number[] {
  const length = 20 + payload.length;
  const header = [0x45, 0, length >> 8, length & 255, 0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7];
  return [...MACS, 8, 0, ...header, ...payload];
}

function udp(port: number, data: readonly number[]): number[] {
  return ipv4(17, [...fields('big', [16, 40000], [16, port], [16, 8 + data.length], [16, 0]), ...data]);
}

const arp = [...MACS, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, ...MACS.slice(6), 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2];
const syn = ipv4(6, [...fields('big', [16, 40001], [16, 443], [32, 1], [32, 0]), 0x50, 2, 1, 0, 0, 0, 0, 0]);

/** Seven packets: DNS, ARP, TCP, DNS, a bare Ethernet header, a cut one, UDP to port 123. */
export const capture = bytesOf(
  pcapHeader(),
  pcapRecord(udp(53, [1, 2, 3, 4]), { seconds: 1_700_000_000, fraction: 1 }),
  pcapRecord(arp, { seconds: 1_700_000_000, fraction: 2 }),
  pcapRecord(syn, { seconds: 1_700_000_001, fraction: 3 }),
  pcapRecord(udp(53, []), { seconds: 1_700_000_001, fraction: 4 }),
  pcapRecord([...MACS, 8, 0], { seconds: 1_700_000_002, fraction: 5 }),
  pcapRecord(MACS, { seconds: 1_700_000_002, fraction: 6 }),
  pcapRecord(udp(123, [0]), { seconds: 1_700_000_003, fraction: 7, length: 90 }),
);

/** Drops DNS and counts it; `headerBytes` is how far the bounds check goes. */
export function dropDns(headerBytes: number): string {
  return `// Drops DNS queries and counts them.
.license "GPL"
.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
  r6 = *(u32 *)(r1 + 0)
  r7 = *(u32 *)(r1 + 4)
  r0 = r6
  r0 += ${headerBytes}
  if r0 > r7 goto pass
  r2 = *(u16 *)(r6 + 12)
  if r2 != 8 goto pass
  r3 = *(u8 *)(r6 + 23)
  if r3 != 17 goto pass
  r4 = *(u16 *)(r6 + 36)
  if r4 != 0x3500 goto pass
  *(u32 *)(r10 - 4) = 1
  r2 = r10
  r2 += -4
  r1 = counts ll
  call bpf_map_lookup_elem
  if r0 == 0 goto pass
  r1 = 1
  lock *(u64 *)(r0 + 0) += r1
  r0 = XDP_DROP
  exit
pass:
  r0 = XDP_PASS
  exit
`;
}

/** What C samples include. */
const COMMON = `typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#define SEC(name) __attribute__((section(name), used))
enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS };
struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
`;

/** Drops DNS and counts it; `check` is what it does about the packet's end. */
function countDns(check: string): string {
  return `#include "common.h"

struct {
	int (*type)[2];
	u32 *key;
	u64 *value;
	int (*max_entries)[4];
} counts SEC(".maps");

struct headers {
	u8 macs[12];
	u16 ethertype;
	u8 before[9], protocol, addresses[10];
	u16 source, dest;
} __attribute__((packed));

static void count(u32 slot)
{
	u64 *value = bpf_map_lookup_elem(&counts, &slot);

	if (value)
		__sync_fetch_and_add(value, 1);
}

SEC("xdp") int drop_dns(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct headers *headers = data;

	${check}
	if (headers->ethertype != 8 || headers->protocol != 17)
		return XDP_PASS;
	if (headers->dest != 0x3500)
		return XDP_PASS;
	count(1);
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
`;
}

const WRONG = `#include "common.h"
#define LIMIT(x) ((x) + limits)

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int unused;
	return ctx->dat + LIMIT(1);
}
`;

export const files = {
  'good.bpfasm': dropDns(38),
  'bad.bpfasm': dropDns(14),
  'typos.bpfasm': '.section "xdp"\n  r0 = 1\n\tr1 += bogus\n  exut\n  exit\n',
  'two.bpfasm': '.section "xdp"\nfirst:\n  r0 = 1\n  exit\n',
  'tc.bpfasm': '.section "tc"\n  r0 = *(u32 *)(r1 + 0)\n  *(u32 *)(r1 + 8) = r0\n  r0 = 2\n  exit\n',
  'loop.bpfasm': '.section "xdp"\nagain:\n  r0 = 1\n  goto again\n  exit\n',
  'ext.bpfasm': '.section "freplace/x"\n  r0 = 0\n  exit\n',
  'empty.bpfasm': '',
  'probes.bpfasm':
    '.license "GPL"\n.map opens, type=hash, key=4, value=8, entries=8\n' +
    '.section "kprobe/do_sys_open"\nopened:\n  r0 = *(u64 *)(r1 + 112)\n  exit\n' +
    '.section "kretprobe/do_sys_open"\nreturned:\n  r2 = *(u64 *)(r1 + 80)\n  r0 = r2\n  exit\n',
  'connect.bpfasm': '.section "cgroup/connect4"\n  *(u32 *)(r1 + 24) = 0x901f0000\n  r0 = 1\n  exit\n',
  'probes.jsonl':
    '{"format":"bpf-events","version":1,"arch":"x86_64","kernel":"6.18","maps":{"opens":[{"key":"01000000","value":"0500000000000000"}]}}\n' +
    '{"ev":"kprobe:do_sys_open","t":1000,"pid":7,"comm":"cat","args":[42]}\n' +
    '{"ev":"kprobe:do_sys_open","regs":7}\n' +
    '{"ev":"kretprobe:do_sys_open","t":2000,"pid":7,"ret":-2}\n' +
    '{"ev":"fentry:vfs_read","args":[1]}\n',
  'expects.jsonl':
    '{"format":"bpf-events","version":1}\n' +
    '{"ev":"kprobe:do_sys_open","args":[42],"expect":{"ret":42}}\n' +
    '{"ev":"kprobe:do_sys_open","args":[43],"expect":{"ret":-1}}\n' +
    '{"ev":"kprobe:vfs_read","args":[43],"expect":{"ret":1}}\n',
  'connect.jsonl': '{"format":"bpf-events","version":1}\n{"fields":{"user_ip4":"192.0.2.1","user_port":80}}\n',
  'noise.o': 'this is no object',
  'prog.bin': new Uint8Array(Buffer.from('b7000000010000009500000000000000', 'hex')),
  'odd.bin': new Uint8Array(5),
  'count.bpf.c': countDns('if (data + sizeof(struct headers) > end)\n\t\treturn XDP_PASS;'),
  'unchecked.bpf.c': countDns('if (data > end)\n\t\treturn XDP_PASS;'),
  'wrong.bpf.c': WRONG,
  'pass.bpf.c': '#include "common.h"\nSEC("xdp") int pass(struct xdp_md *ctx)\n{\n\treturn XDP_PASS;\n}\n',
  'wild.bpf.c':
    '#include "common.h"\nSEC("xdp") int wild(struct xdp_md *ctx)\n{\n\treturn *(u8 *)(long)ctx->data;\n}\n',
  'float.bpf.c': '__attribute__((section("tc"))) int prog(unsigned *ctx) { float half = *ctx; return half * 0.5f; }\n',
  'common.h': COMMON,
  'prog.txt': 'hello',
  'dns.pcap': capture,
  'cut.pcap': capture.slice(0, capture.length - 3),
  'text.pcap': 'no capture at all',
  'zero.pcap': new Uint8Array(),
  'gzip.pcap': Uint8Array.of(0x1f, 0x8b, 8, 0),
  'wifi.pcap': bytesOf(pcapHeader({ linkType: 105 }), pcapRecord([1, 2, 3, 4])),
  'maps.json': '{"counts": [{"key": "01000000", "value": "2a00000000000000"}]}',
  'badkey.json': '{"counts": [{"key": "0100", "value": "2a00000000000000"}]}',
  'nomap.json': '{"nothing": []}',
  'broken.json': '{"counts": ',
  'lab.bpfworld.json': '{"seed": 9, "mocks": {"bpf_get_prandom_u32": [1, 2], "bpf_fib_lookup": 4}}',
  'bad.bpfworld.json': '{\n  "cpus": 0,\n  "route": []\n}',
  'redirect.bpfasm':
    '.license "GPL"\n.section "xdp"\n  call bpf_get_prandom_u32\n  r1 = r0\n  r2 = 0\n  call bpf_redirect\n  exit\n',
} as const;
