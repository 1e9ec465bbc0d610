#include "common.h"

struct block { u8 bytes[48]; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct block);
	__uint(max_entries, 1);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 64);
} many SEC(".maps");

char words[24] = "words to be copied";

SEC("tc") int copying(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr, packet;
	u32 zero = 0;
	struct block *b = bpf_map_lookup_elem(&blocks, &zero);

	if (!b)
		return -1;
	bpf_dynptr_from_mem(b, sizeof(*b), 0, &ptr);
	note(0, bpf_probe_read_kernel_dynptr(&ptr, 2, 8, words));
	note(1, bpf_probe_read_kernel_dynptr(&ptr, 44, 8, words));
	note(2, bpf_probe_read_kernel_dynptr(&ptr, 12, 4, (void *)0x1234));
	note(3, bpf_probe_read_kernel_str_dynptr(&ptr, 16, 8, words));
	note(4, bpf_probe_read_kernel_str_dynptr(&ptr, 24, 24, words));
	note(5, bpf_probe_read_kernel_str_dynptr(&ptr, 40, 4, (void *)0x1234));
	note(6, bpf_probe_read_kernel_dynptr(&ptr, 0, 0, words));
	note(7, bpf_probe_read_kernel_str_dynptr(&ptr, 0, 0, words));
	bpf_dynptr_from_skb(skb, 0, &packet);
	note(8, bpf_probe_read_kernel_dynptr(&packet, 6, 6, words));
	note(9, bpf_probe_read_kernel_dynptr(&packet, skb->len - 2, 3, words));
	return 0;
}
