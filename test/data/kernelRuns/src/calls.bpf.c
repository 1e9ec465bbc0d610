#include "common.h"

int tail_self(struct __sk_buff *skb);
int tail_other(struct __sk_buff *skb);
int tail_leaf(struct __sk_buff *skb);
int tail_branch(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, 4);
	__uint(max_entries, 6);
	__array(values, int(struct __sk_buff *));
} programs SEC(".maps") = {
	.values = {
		[0] = (void *)&tail_self,
		[1] = (void *)&tail_other,
		[3] = (void *)&tail_leaf,
		[4] = (void *)&tail_branch,
	},
};

u64 rounds = 0;

// Up to the limit of 33 in a row.
SEC("tc") int tail_self(struct __sk_buff *skb)
{
	rounds++;
	bpf_tail_call(skb, &programs, 0);
	note(0, rounds);
	return rounds & 0xff;
}

SEC("tc") int tail_other(struct __sk_buff *skb)
{
	rounds += 100;
	// Two empty slots and one that does not exist: none of them counts.
	bpf_tail_call(skb, &programs, 2);
	bpf_tail_call(skb, &programs, 5);
	bpf_tail_call(skb, &programs, 6);
	bpf_tail_call(skb, &programs, 0);
	return -1;
}

SEC("tc") int tail_leaf(struct __sk_buff *skb)
{
	rounds++;
	return rounds;
}

static __noinline int call_leaf(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 3);
	return 1000;
}

// Tail calls of a function return to its caller; all of them share the limit.
SEC("tc") int tail_functions(struct __sk_buff *skb)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < 40; i++)
		sum = sum * 3 + call_leaf(skb);
	note(1, sum);
	return sum;
}

static __noinline int call_branch(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 4);
	return 7;
}

// Each branch makes two more: without a common limit there would be no end.
SEC("tc") int tail_branch(struct __sk_buff *skb)
{
	rounds++;
	call_branch(skb);
	call_branch(skb);
	note(2, rounds);
	return rounds;
}

static long each(struct bpf_map *map, u32 *key, u64 *value, u64 *context)
{
	*context = *context * 7 + *key + *value;
	return *key == 4;
}

SEC("tc") int for_each(struct __sk_buff *skb)
{
	u64 context = 1;

	note(20, skb->len);
	note(3, bpf_for_each_map_elem(&notes, each, &context, 0));
	note(4, bpf_for_each_map_elem(&notes, each, &context, 1));
	return context;
}

static __noinline int five(int a) { volatile u64 local[2] = { a, 5 }; return local[0] + local[1]; }
static __noinline int four(int a) { volatile u64 local[4] = { a, 4 }; return five(a) * 2 + local[1]; }
static __noinline int three(int a) { volatile u64 local[6] = { a, 3 }; return four(a + 1) * 3 + local[1]; }
static __noinline int two(int a) { volatile u64 local[8] = { a, 2 }; return three(a + 1) * 5 + four(a) + local[0]; }
static __noinline int one(int a) { volatile u64 local[10] = { a, 1 }; return two(a + 1) + three(a) + local[1]; }

SEC("tc") int nested(struct __sk_buff *skb)
{
	return one(skb->len) ^ two(3);
}

static int inner_round(u32 index, u64 *sum)
{
	*sum = (*sum + index) & 0xffff;
	return 0;
}

static int outer_round(u32 index, u64 *sum)
{
	bpf_loop(index, inner_round, sum, 0);
	return index == 20;
}

SEC("tc") int nested_loops(struct __sk_buff *skb)
{
	u64 sum = 0;

	note(5, bpf_loop(skb->len, outer_round, &sum, 0));
	return sum;
}

u64 atomics[4] = { 1, 2, 3, 4 };

SEC("tc") int exchange(struct __sk_buff *skb)
{
	u32 *half = (u32 *)&atomics[2];

	note(6, __sync_fetch_and_add(&atomics[0], skb->len));
	note(7, __sync_fetch_and_or(&atomics[1], 0xf0));
	note(8, __sync_fetch_and_and(&atomics[1], 0x3c));
	note(9, __sync_fetch_and_xor(half, 0xffffffff));
	note(10, __sync_lock_test_and_set(&atomics[3], skb->len));
	note(11, __sync_val_compare_and_swap(&atomics[3], skb->len, 77));
	note(12, __sync_val_compare_and_swap(half, 1, 2));
	__sync_fetch_and_add(half + 1, -1);
	return 0;
}
