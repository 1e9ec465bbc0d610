#include "common.h"

struct block { u8 bytes[64]; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct block);
	__uint(max_entries, 1);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static __always_inline struct block *block(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&blocks, &zero);
}

SEC("tc") int memory(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr, other;
	struct block *b = block();
	u8 buffer[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	u32 *word;

	if (!b)
		return -1;
	note(0, bpf_dynptr_from_mem(b, sizeof(*b), 0, &ptr));
	note(1, bpf_dynptr_size(&ptr));
	note(2, bpf_dynptr_write(&ptr, 8, buffer, 16, 0));
	note(3, bpf_dynptr_write(&ptr, 49, buffer, 16, 0));
	note(4, bpf_dynptr_write(&ptr, 0, buffer, 4, 1));
	note(5, bpf_dynptr_read(buffer, 4, &ptr, 10, 0));
	note(6, *(u32 *)buffer);
	note(7, bpf_dynptr_read(buffer, 4, &ptr, 61, 0));
	note(8, bpf_dynptr_read(buffer, 4, &ptr, 0, 1));
	note(9, bpf_dynptr_clone(&ptr, &other));
	note(10, bpf_dynptr_adjust(&ptr, 8, 24));
	note(11, bpf_dynptr_size(&ptr));
	note(12, bpf_dynptr_adjust(&ptr, 3, 2));
	note(13, bpf_dynptr_adjust(&ptr, 0, 17));
	word = bpf_dynptr_data(&ptr, 4, 4);
	note(14, word ? *word : 99);
	word = bpf_dynptr_data(&ptr, 13, 4);
	note(15, !!word);
	note(16, bpf_dynptr_is_null(&ptr) | bpf_dynptr_is_rdonly(&ptr) << 1);
	note(17, bpf_dynptr_copy(&other, 30, &ptr, 2, 10));
	note(18, bpf_dynptr_copy(&other, 60, &ptr, 0, 5));
	note(19, bpf_dynptr_copy(&other, 0, &ptr, 0, 17));
	note(20, bpf_dynptr_memset(&ptr, 12, 4, 0xee));
	note(21, bpf_dynptr_memset(&ptr, 14, 4, 0xee));
	word = bpf_dynptr_slice(&other, 30, 0, 4);
	note(22, word ? *word : 99);
	word = bpf_dynptr_slice_rdwr(&other, 50, buffer, 4);
	if (word)
		*word = 0x12345678;
	note(23, bpf_dynptr_size(&other));
	return 0;
}

SEC("tc") int wrong_memory(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr, other;
	struct block *b = block();
	u8 buffer[16] = {};

	if (!b)
		return -1;
	note(0, bpf_dynptr_from_mem(b, 16, 1, &ptr));
	note(1, bpf_dynptr_size(&ptr));
	note(2, bpf_dynptr_is_null(&ptr));
	note(3, bpf_dynptr_is_rdonly(&ptr));
	note(4, bpf_dynptr_read(buffer, 4, &ptr, 0, 0));
	note(5, bpf_dynptr_write(&ptr, 0, buffer, 4, 0));
	note(6, bpf_dynptr_adjust(&ptr, 0, 0));
	note(7, bpf_dynptr_clone(&ptr, &other));
	note(8, bpf_dynptr_is_null(&other));
	note(9, !!bpf_dynptr_slice(&ptr, 0, 0, 4));
	note(10, !!bpf_dynptr_data(&ptr, 0, 4));
	note(11, bpf_dynptr_memset(&ptr, 0, 4, 1));
	note(12, bpf_dynptr_memset(&ptr, 0, 0, 1));
	note(13, bpf_dynptr_copy(&ptr, 0, &other, 0, 0));
	note(14, bpf_dynptr_copy(&ptr, 0, &other, 0, 1));
	return 0;
}

SEC("tc") int packet(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr, part;
	u8 buffer[14] = {};
	struct ethhdr *eth;

	note(0, bpf_dynptr_from_skb(skb, 1, &ptr));
	note(1, bpf_dynptr_from_skb(skb, 0, &ptr));
	note(2, bpf_dynptr_size(&ptr));
	note(3, bpf_dynptr_is_rdonly(&ptr));
	eth = bpf_dynptr_slice(&ptr, 0, buffer, sizeof(*eth));
	if (!eth)
		return -1;
	note(4, eth->h_proto);
	eth = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, sizeof(*eth));
	if (!eth)
		return -2;
	eth->h_dest[0] = 0x42;
	if ((void *)eth == buffer)
		bpf_dynptr_write(&ptr, 0, buffer, sizeof(buffer), 0);
	buffer[0] = 0x77;
	note(5, bpf_dynptr_write(&ptr, 20, buffer, 3, 0));
	note(6, bpf_dynptr_write(&ptr, 20, buffer, 3, 2));
	note(7, bpf_dynptr_write(&ptr, 20, buffer, 3, 4));
	note(8, bpf_dynptr_write(&ptr, skb->len - 2, buffer, 3, 0));
	note(9, bpf_dynptr_read(buffer, 4, &ptr, 20, 0));
	note(10, *(u32 *)buffer);
	note(11, !!bpf_dynptr_data(&ptr, 0, 4));
	note(12, bpf_dynptr_clone(&ptr, &part));
	note(13, bpf_dynptr_adjust(&part, 14, bpf_dynptr_size(&part)));
	note(14, bpf_dynptr_read(buffer, 2, &part, 0, 0));
	note(15, *(u16 *)buffer);
	note(16, bpf_dynptr_copy(&ptr, 0, &part, 0, 6));
	note(17, bpf_dynptr_memset(&ptr, 10, 2, 0x33));
	return 0;
}

SEC("xdp") int frame(struct xdp_md *ctx)
{
	struct bpf_dynptr ptr;
	u8 buffer[14] = {};
	struct ethhdr *eth;

	note(0, bpf_dynptr_from_xdp(ctx, 1, &ptr));
	note(1, bpf_dynptr_from_xdp(ctx, 0, &ptr));
	note(2, bpf_dynptr_size(&ptr));
	eth = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, sizeof(*eth));
	if (!eth)
		return 0;
	eth->h_source[5] = 0x24;
	note(3, bpf_dynptr_write(&ptr, 16, "abcd", 4, 0));
	note(4, bpf_dynptr_write(&ptr, 16, "abcd", 4, 1));
	note(5, bpf_dynptr_read(buffer, 6, &ptr, 15, 0));
	note(6, *(u32 *)buffer);
	note(7, bpf_dynptr_read(buffer, 6, &ptr, bpf_dynptr_size(&ptr) - 5, 0));
	note(8, bpf_dynptr_memset(&ptr, 30, 5, 0xaa));
	return 2;
}

SEC("socket") int filter(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buffer[20] = {}, *ip;

	note(0, bpf_dynptr_from_skb(skb, 0, &ptr));
	note(1, bpf_dynptr_size(&ptr));
	note(2, bpf_dynptr_is_rdonly(&ptr));
	note(3, bpf_dynptr_write(&ptr, 0, buffer, 4, 0));
	ip = bpf_dynptr_slice(&ptr, 0, buffer, sizeof(buffer));
	note(4, ip ? ip[0] : 99);
	note(5, bpf_dynptr_memset(&ptr, 0, 1, 1));
	note(6, bpf_dynptr_read(buffer, 4, &ptr, 8, 0));
	note(7, *(u32 *)buffer);
	return skb->len;
}

SEC("tc") int records(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 *at;

	note(0, bpf_ringbuf_reserve_dynptr(&ring, 24, 0, &ptr));
	note(1, bpf_dynptr_write(&ptr, 4, "hello", 5, 0));
	at = bpf_dynptr_data(&ptr, 10, 1);
	if (at)
		*at = skb->len;
	note(2, bpf_dynptr_size(&ptr));
	note(7, bpf_dynptr_memset(&ptr, 0, 4, 7) | bpf_dynptr_memset(&ptr, 9, 1, 0) | bpf_dynptr_memset(&ptr, 11, 13, 0));
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	note(3, bpf_ringbuf_reserve_dynptr(&ring, 5000, 0, &ptr));
	note(4, bpf_dynptr_size(&ptr));
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	note(5, bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &ptr));
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	note(6, bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA));
	return 0;
}
