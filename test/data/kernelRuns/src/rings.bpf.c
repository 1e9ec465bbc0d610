#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(max_entries, 4);
} events SEC(".maps");

static __always_inline void ask(u32 slot)
{
	note(slot, bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA));
	note(slot + 1, bpf_ringbuf_query(&ring, BPF_RB_CONS_POS));
	note(slot + 2, bpf_ringbuf_query(&ring, BPF_RB_PROD_POS));
}

// Fills the ring within one packet: what does not fit is refused, and what was refused leaves no trace.
SEC("tc") int filling(struct __sk_buff *skb)
{
	u8 bytes[200] = {};
	u64 answers = 0;
	int i;

	for (i = 0; i < 24; i++) {
		bytes[0] = i;
		answers = answers * 2 + !bpf_ringbuf_output(&ring, bytes, sizeof(bytes), 0);
	}
	note(0, answers);
	ask(1);
	for (i = 0; i < 8; i++)
		answers = answers * 2 + !bpf_ringbuf_output(&ring, bytes, 24, 0);
	note(4, answers);
	return 0;
}

SEC("tc") int reserving(struct __sk_buff *skb)
{
	u64 *first, *second, *third;

	note(0, bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE));
	note(1, bpf_ringbuf_query(&ring, 99));
	first = bpf_ringbuf_reserve(&ring, 24, 0);
	if (!first)
		return 1;
	second = bpf_ringbuf_reserve(&ring, 8, 0);
	if (!second) {
		bpf_ringbuf_discard(first, 0);
		return 2;
	}
	third = bpf_ringbuf_reserve(&ring, 4080, 0);
	note(2, !!third);
	if (third)
		bpf_ringbuf_discard(third, 0);
	first[0] = 1;
	first[1] = skb->len;
	first[2] = 3;
	*second = 0x2222;
	ask(3);
	// The second is done first, but may not be seen before the first.
	bpf_ringbuf_submit(second, BPF_RB_NO_WAKEUP);
	ask(6);
	if (skb->len & 4)
		bpf_ringbuf_discard(first, BPF_RB_FORCE_WAKEUP);
	else
		bpf_ringbuf_submit(first, 0);
	ask(9);
	first = bpf_ringbuf_reserve(&ring, 16, 1);
	note(12, !!first);
	if (first)
		bpf_ringbuf_discard(first, 0);
	third = bpf_ringbuf_reserve(&ring, 4088, 0);
	note(13, !!third);
	if (third)
		bpf_ringbuf_discard(third, 0);
	third = bpf_ringbuf_reserve(&ring, 8192, 0);
	note(14, !!third);
	if (third)
		bpf_ringbuf_discard(third, 0);
	return 0;
}

SEC("tc") int refusing(struct __sk_buff *skb)
{
	u8 bytes[16] = { 1, 2, 3 };

	note(0, bpf_ringbuf_output(&ring, bytes, 16, 4));
	note(1, bpf_ringbuf_output(&ring, bytes, 16, 3));
	note(2, bpf_ringbuf_output(&ring, bytes, 16, 1ull << 32));
	note(3, bpf_ringbuf_output(&ring, bytes, 0, 0));
	// Nobody listens on any CPU: the kernel's answers without a perf event.
	note(4, bpf_perf_event_output(skb, &events, 4, bytes, 16));
	note(5, bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU | (100ull << 32), bytes, 16));
	note(6, bpf_perf_event_output(skb, &events, 1ull << 52, bytes, 16));
	note(7, bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU | (0xfffffull << 32), bytes, 16));
	return 0;
}
