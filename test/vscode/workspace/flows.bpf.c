#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u16 proto;
	__u16 length;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct key);
	__type(value, __u64);
} flows SEC(".maps");

static __always_inline void count(struct key *key)
{
	__u64 one = 1, *known = bpf_map_lookup_elem(&flows, key);

	if (known)
		*known += one;
	else
		bpf_map_update_elem(&flows, key, &one, BPF_ANY);
}

SEC("xdp")
int drop_udp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;

	struct key key = { .proto = ip->protocol };
	key.length = end - data;
	count(&key);
	return ip->protocol == IPPROTO_UDP ? XDP_DROP : XDP_PASS;
}

char license[] SEC("license") = "GPL";
