// Functions whose address is taken: callbacks of helpers, static and global, with a subprogram of their own.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
} numbers SEC(".maps");

struct sum {
	__u64 total;
};

static __attribute__((noinline)) __u64 weigh(__u64 value)
{
	return value * 3 + bpf_get_prandom_u32();
}

static long add(void *map, __u32 *key, __u64 *value, struct sum *sum)
{
	sum->total += weigh(*value);
	return 0;
}

static long each(__u64 index, struct sum *sum)
{
	sum->total ^= index;
	return 0;
}

SEC("tc")
int callbacks(struct __sk_buff *skb)
{
	struct sum sum = { .total = skb->len };

	bpf_for_each_map_elem(&numbers, add, &sum, 0);
	bpf_loop(10, each, &sum, 0);
	sum.total += weigh(sum.total);
	return (int)sum.total;
}

char LICENSE[] SEC("license") = "GPL";
