// Programs that share subprograms: static, global and hidden ones, called twice, in a chain and from each other.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __attribute__((noinline)) int leaf(int x)
{
	return x * 7 + (int)bpf_get_prandom_u32();
}

static __attribute__((noinline)) int middle(int x)
{
	return leaf(x) + leaf(x + 1);
}

__attribute__((noinline)) int shared_global(int x)
{
	return middle(x) ^ (int)bpf_get_prandom_u32();
}

__hidden __attribute__((noinline)) int shared_hidden(int x)
{
	return shared_global(x) - leaf(x);
}

SEC("xdp")
int first(struct xdp_md *ctx)
{
	return shared_hidden(ctx->ingress_ifindex) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	int a = leaf(ctx->rx_queue_index);

	return (a + shared_global(a)) & 1 ? XDP_PASS : XDP_ABORTED;
}

SEC("tc")
int third(struct __sk_buff *skb)
{
	return leaf(skb->len) & 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
