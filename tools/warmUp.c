/* The program of server/src/lsp/warmUpObject.ts: clang -g -O2 -target bpfel -mcpu=v3 -c, llvm-strip -g, in hex. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } seen SEC(".maps");
int limit = 3;
static __attribute__((noinline)) int mix(int from) { return from * 31 + limit; }
SEC("xdp") int prog(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = 1, sum = 0;
	__u64 *value = bpf_map_lookup_elem(&seen, &key);
	if (!value || data + 32 > end)
		return XDP_DROP;
	for (int i = 0; i < 32; i++) {
		sum += data[i] << (i & 7);
		if (sum & 0x100)
			sum ^= 7 + i;
	}
	*value += mix(sum);
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
