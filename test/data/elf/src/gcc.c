// What gcc makes of globals, a map and subprograms. Its headers are not needed, so the few declarations stand here.
#define SEC(name) __attribute__((section(name), used))
typedef unsigned int u32;
typedef unsigned long long u64;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;

struct {
	int (*type)[2];
	int (*max_entries)[8];
	u32 *key;
	u64 *value;
} counts SEC(".maps");

int limit = 100;
const volatile int mask = 7;
static int seen;

__attribute__((noinline)) int scale(int x)
{
	return x * limit + seen;
}

static __attribute__((noinline)) int twice(int x)
{
	return scale(x) + scale(x + 1);
}

SEC("xdp")
int gcc_entry(struct xdp_md *ctx)
{
	u32 key = ctx->ingress_ifindex & mask;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	seen++;
	if (count)
		*count += 1;
	return twice(key) > 50 ? 2 : 1;
}

char LICENSE[] SEC("license") = "GPL";
