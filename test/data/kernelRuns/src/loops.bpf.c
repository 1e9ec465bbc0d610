#include "common.h"

u64 words[4] = { 0x8000000000000001ULL, 0x10, 0, 0xf000000000000000ULL };

SEC("tc") int numbers(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *next, sum = 0, rounds = 0;

	note(0, bpf_iter_num_new(&it, -3, (int)(skb->len & 63)));
	while ((next = bpf_iter_num_next(&it))) {
		sum += *next;
		rounds++;
	}
	bpf_iter_num_destroy(&it);
	note(1, rounds);
	note(2, bpf_iter_num_new(&it, 5, 4));
	bpf_iter_num_destroy(&it);
	note(3, bpf_iter_num_new(&it, 0, 8 * 1024 * 1024 + 1));
	bpf_iter_num_destroy(&it);
	note(4, bpf_iter_num_new(&it, -2147483647 - 1, -2147483647));
	next = bpf_iter_num_next(&it);
	note(5, next ? *next : 77);
	next = bpf_iter_num_next(&it);
	note(6, next ? *next : 77);
	bpf_iter_num_destroy(&it);
	return sum;
}

static __noinline int bits_of(const u64 *from, u32 count, u32 slot)
{
	struct bpf_iter_bits it;
	int *next, sum = 0;

	note(slot, bpf_iter_bits_new(&it, from, count));
	while ((next = bpf_iter_bits_next(&it)))
		sum = sum * 3 + *next;
	bpf_iter_bits_destroy(&it);
	return sum;
}

SEC("tc") int bits(struct __sk_buff *skb)
{
	note(1, bits_of(words, 1, 10));
	note(2, bits_of(words, 4, 11));
	note(3, bits_of(words, 0, 12));
	note(4, bits_of(words, 512, 13));
	note(5, bits_of(0, 1, 14));
	return bits_of(words + 1, 2, 15);
}

static int add_up(u32 index, void *ctx)
{
	u64 *sum = ctx;
	*sum += index;
	return index == 20;
}

SEC("tc") int looping(struct __sk_buff *skb)
{
	u64 sum = 0;
	note(0, bpf_loop(skb->len & 31, add_up, &sum, 0));
	note(1, sum);
	note(2, bpf_loop(8 * 1024 * 1024 + 1, add_up, &sum, 0));
	note(3, bpf_loop(0, add_up, &sum, 0));
	note(4, bpf_loop(40, add_up, &sum, 0));
	return sum;
}

static __noinline u64 thrower(u64 cookie)
{
	if (cookie & 1)
		bpf_throw(cookie);
	return cookie + 1;
}

SEC("tc") int throwing(struct __sk_buff *skb)
{
	return thrower(skb->len);
}

__noinline int handler(u64 cookie)
{
	note(9, cookie);
	return cookie * 2;
}

EXCEPTION_CALLBACK(handler) SEC("tc") int handling(struct __sk_buff *skb) // not asked
{
	u64 answer = thrower(skb->len);
	note(8, answer);
	return answer;
}

static int throwing_round(u32 index, void *ctx)
{
	if (index == 7)
		bpf_throw(index + 100);
	return 0;
}

EXCEPTION_CALLBACK(handler) SEC("tc") int throwing_loop(struct __sk_buff *skb) // not asked
{
	bpf_loop(skb->len & 15, throwing_round, 0, 0);
	return 1;
}

// What a program does that wants to run on older kernels as well.
SEC("tc") int asking(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *next, sum = 0;

	if (!(void *)bpf_iter_num_new)
		return 1;
	bpf_iter_num_new(&it, 0, skb->len & 7);
	while ((next = bpf_iter_num_next(&it)))
		sum += *next;
	bpf_iter_num_destroy(&it);
	return sum + 100;
}
