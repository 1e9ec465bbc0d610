// Maps of the old form in the section `maps`, as objects before BTF have them.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct old_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct old_map_def SEC("maps") counts = { BPF_MAP_TYPE_ARRAY, 4, 8, 16, 0 };
struct old_map_def SEC("maps") hosts = { BPF_MAP_TYPE_LRU_HASH, 4, 4, 64, 0 };

SEC("xdp")
int legacy(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex & 15;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return bpf_map_lookup_elem(&hosts, &key) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
