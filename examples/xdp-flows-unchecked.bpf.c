// A mistake that is easily made: the lengths of the headers are checked, that of what follows them is not.
// The verifier refuses this program where it reads the port.
//
// To mend it, ask whether the packet has the ports before reading them:
//
//     if ((void *)(ports + 2) > end)
//         return XDP_PASS;

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int drop_telnet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->protocol != IPPROTO_TCP)
		return XDP_PASS;

	__be16 *ports = (void *)(ip + 1);
	return ports[1] == bpf_htons(23) ? XDP_DROP : XDP_PASS;
}

char license[] SEC("license") = "GPL";
