/* Local variables of every kind that a debugger has to find: see test/elf/dwarf.test.ts and test/dap/clangLocals.test.ts. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

enum color { RED, GREEN = 5 };

struct key {
	__u32 low : 3;
	__u32 high : 5;
	enum color color;
	union {
		__u64 wide;
		__u16 words[2][2];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, struct key);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline int parse(void *data, void *end, __u16 *proto, int unused)
{
	struct ethhdr *eth = data;
	if (data + sizeof(*eth) > end)
		return -1;
	*proto = eth->h_proto;
	return 0;
}

static __noinline int weigh(int length, int factor)
{
	static int calls;
	int sum = length * factor;
	calls += 1;
	for (int i = 0; i < calls; i++) {
		int sum = i * length;
		if (sum > 1000)
			break;
		bpf_printk("%d", sum);
	}
	return sum + calls;
}

SEC("xdp")
int locals(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u16 proto = 0;
	if (parse(data, end, &proto, 7) < 0)
		return XDP_DROP;
	struct key key = { .low = proto & 7, .high = 17, .color = GREEN, .wide = proto };
	__u64 one = 1, *count = bpf_map_lookup_elem(&seen, &key);
	if (count) {
		__u64 before = *count;
		*count = before + 1;
		bpf_printk("%llu", before);
	} else {
		bpf_map_update_elem(&seen, &key, &one, BPF_ANY);
	}
	int length = end - data;
	int weight = weigh(length, 3);
	bpf_printk("%d", weight);
	return weight & 1 ? XDP_PASS : XDP_TX;
}

char _license[] SEC("license") = "GPL";
