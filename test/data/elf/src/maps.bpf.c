// BTF-defined maps: every way to say sizes, maps in maps, and a prog_array that is filled at load.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct flow {
	__u32 src, dst;
	__u16 ports[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct flow);
	__type(value, __u64);
	__uint(max_entries, 128);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 24);
	__uint(max_entries, 4);
} sized SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} events SEC(".maps");

struct inner_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 8);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, 4);
	__array(values, struct inner_map);
} outer SEC(".maps") = {
	.values = { [0] = &inner_a, [3] = &inner_b },
};

int tail_one(struct xdp_md *ctx);
int tail_two(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 8);
	__array(values, int(struct xdp_md *));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&tail_one, [6] = (void *)&tail_two },
};

SEC("xdp")
int tail_one(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int tail_two(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return XDP_DROP;
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	struct flow key = { .src = ctx->ingress_ifindex };
	__u32 slot = 3;
	__u64 *seen = bpf_map_lookup_elem(&flows, &key);
	void *in = bpf_map_lookup_elem(&outer, &slot);
	__u32 *value;

	if (seen)
		__sync_fetch_and_add(seen, 1);
	if (in) {
		value = bpf_map_lookup_elem(in, &slot);
		if (value)
			*value += 1;
	}
	bpf_map_update_elem(&sized, &slot, "0123456789abcdefghijklmn", 0);
	bpf_ringbuf_output(&events, &key, sizeof(key), 0);
	bpf_tail_call(ctx, &jumps, 6);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
