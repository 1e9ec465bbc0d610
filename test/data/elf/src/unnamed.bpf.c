// A parameter without name, which functions in assembly often have: the kernel refuses the type information of the file.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} values SEC(".maps");

__attribute__((noinline)) int global_function(int x)
{
	return x + (int)bpf_get_prandom_u32();
}

SEC("xdp")
int unnamed(struct xdp_md *)
{
	__u32 key = 1;

	return bpf_map_lookup_elem(&values, &key) ? global_function(1) : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
