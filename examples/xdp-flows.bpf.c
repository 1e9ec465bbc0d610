// Counts packets and bytes of every flow to a TCP or UDP port, and drops those to ports that are closed.
//
// Try: set a breakpoint in count() and debug it over captures/mixed.pcap: Locals shows the key as the program fills it.
// Then run it over all packets and look at the map `flows`.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct flow {
	__be32 source;
	__u16 port;
	__u16 protocol;
};

struct counts {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct flow);
	__type(value, struct counts);
} flows SEC(".maps");

// Loaders may change it before they load the program: the kernel then knows it as a constant.
const volatile __u16 closed_port = 80;

static __always_inline void count(const struct flow *flow, __u64 length)
{
	struct counts *known = bpf_map_lookup_elem(&flows, flow);
	// A lookup may find nothing, so the program must ask before it uses the pointer.
	if (known) {
		__sync_fetch_and_add(&known->packets, 1);
		__sync_fetch_and_add(&known->bytes, length);
		return;
	}
	struct counts first = { .packets = 1, .bytes = length };
	bpf_map_update_elem(&flows, flow, &first, BPF_NOEXIST);
}

SEC("xdp")
int count_flows(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	// Before the program reads a header it must ask whether the packet is that long: the verifier insists.
	struct ethhdr *eth = data;
	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;

	struct iphdr *ip = (void *)(eth + 1);
	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return XDP_PASS;

	// TCP and UDP both begin with the ports they come from and go to. The IPv4 header before them has options at times.
	__be16 *ports = (void *)ip + ip->ihl * 4;
	if ((void *)(ports + 2) > end)
		return XDP_PASS;

	struct flow flow = {
		.source = ip->saddr,
		.port = bpf_ntohs(ports[1]),
		.protocol = ip->protocol,
	};
	count(&flow, end - data);
	return flow.port == closed_port ? XDP_DROP : XDP_PASS;
}

char license[] SEC("license") = "GPL";
