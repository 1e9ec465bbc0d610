#include "common.h"

struct item {
	u64 key;
	struct bpf_list_node list;
	u32 payload;
};

struct leaf {
	struct bpf_rb_node node;
	u64 key;
	u32 payload;
};

struct shared {
	u64 key;
	struct bpf_refcount ref;
	struct bpf_list_node list;
	struct bpf_rb_node node;
};

struct plain { u64 a; u32 b; };

struct holder {
	struct plain KPTR *held;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct holder);
	__uint(max_entries, 2);
} holders SEC(".maps");

PRIVATE(A) struct bpf_spin_lock lock;
PRIVATE(A) struct bpf_list_head items CONTAINS(item, list);
PRIVATE(B) struct bpf_spin_lock tree_lock;
PRIVATE(B) struct bpf_rb_root leaves CONTAINS(leaf, node);
PRIVATE(C) struct bpf_spin_lock shared_lock;
PRIVATE(C) struct bpf_list_head shared_list CONTAINS(shared, list);
PRIVATE(C) struct bpf_rb_root shared_tree CONTAINS(shared, node);

static __always_inline int push(u64 key, bool back)
{
	struct item *new = NEW(struct item);
	int answer;

	if (!new)
		return -1;
	new->key = key;
	new->payload = key * 3;
	bpf_spin_lock(&lock);
	if (back)
		answer = bpf_list_push_back_impl(&items, &new->list, 0, 0);
	else
		answer = bpf_list_push_front_impl(&items, &new->list, 0, 0);
	bpf_spin_unlock(&lock);
	return answer;
}

static __always_inline u64 pop(bool back)
{
	struct bpf_list_node *node;
	struct item *one;
	u64 key;

	bpf_spin_lock(&lock);
	node = back ? bpf_list_pop_back(&items) : bpf_list_pop_front(&items);
	bpf_spin_unlock(&lock);
	if (!node)
		return 1000;
	one = container_of(node, struct item, list);
	key = one->key + one->payload * 100;
	DROP(one);
	return key;
}

SEC("tc") int list(struct __sk_buff *skb)
{
	note(0, pop(false));
	note(1, push(skb->len, true) | push(2, false) | push(3, true));
	note(2, pop(false));
	note(3, pop(true));
	note(4, pop(true));
	note(5, pop(true));
	// These stay from packet to packet.
	note(6, push(7, true));
	note(7, push(8, false));
	note(8, push(9, false));
	return pop(skb->len & 4);
}

SEC("tc") int list_ends(struct __sk_buff *skb)
{
	struct bpf_list_node *node;
	u64 first = 77, last = 77;

	push(skb->len, true);
	push(2, true);
	bpf_spin_lock(&lock);
	node = bpf_list_front(&items);
	if (node)
		first = container_of(node, struct item, list)->key;
	node = bpf_list_back(&items);
	if (node)
		last = container_of(node, struct item, list)->key;
	bpf_spin_unlock(&lock);
	note(0, first);
	note(1, last);
	return pop(true);
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct leaf, node)->key < container_of(b, struct leaf, node)->key;
}

static __always_inline int plant(u64 key)
{
	struct leaf *new = NEW(struct leaf);

	if (!new)
		return -1;
	new->key = key;
	new->payload = key ^ 0xff;
	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&leaves, &new->node, less, 0, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

static __always_inline u64 pick(void)
{
	struct bpf_rb_node *node;
	struct leaf *one;
	u64 key;

	bpf_spin_lock(&tree_lock);
	node = bpf_rbtree_first(&leaves);
	if (node)
		node = bpf_rbtree_remove(&leaves, node);
	bpf_spin_unlock(&tree_lock);
	if (!node)
		return 1000;
	one = container_of(node, struct leaf, node);
	key = one->key * 1000 + one->payload;
	DROP(one);
	return key;
}

SEC("tc") int tree(struct __sk_buff *skb)
{
	u64 seed = skb->len * 2654435761u, sum = 0;
	int i;

	for (i = 0; i < 12; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		plant((seed >> 33) & 127);
	}
	for (i = 0; i < 9; i++)
		sum = sum * 31 + pick();
	note(0, sum);
	note(1, pick());
	return 0;
}

// A walk from the root shows the tree's shape: key of the node, then the keys of its children, a few levels down.
SEC("tc") int shape(struct __sk_buff *skb)
{
	u64 seed = skb->len * 40503u + 7, at = 0;
	struct bpf_rb_node *node, *next;
	u64 path = 0;
	int i;

	for (i = 0; i < 20; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		plant((seed >> 33) & 255);
	}
	for (i = 0; i < 7; i++)
		pick();
	bpf_spin_lock(&tree_lock);
	node = bpf_rbtree_root(&leaves);
	for (i = 0; i < 6 && node; i++) {
		path = path * 257 + container_of(node, struct leaf, node)->key;
		node = ((seed >> i) & 1) ? bpf_rbtree_left(&leaves, node) : bpf_rbtree_right(&leaves, node);
	}
	bpf_spin_unlock(&tree_lock);
	note(0, path);
	note(1, i);
	return path;
}

// Takes nodes out of the middle, which turns the tree in every way there is.
SEC("tc") int pruned(struct __sk_buff *skb)
{
	u64 seed = skb->len * 7919u + 11, path = 0;
	struct bpf_rb_node *node, *next;
	struct leaf *one;
	int i, j;

	for (i = 0; i < 16; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		plant((seed >> 33) & 255);
	}
	for (i = 0; i < 9; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		bpf_spin_lock(&tree_lock);
		node = bpf_rbtree_root(&leaves);
		for (j = 0; j < 3 && node; j++) {
			next = ((seed >> (40 + j)) & 1) ? bpf_rbtree_left(&leaves, node) : bpf_rbtree_right(&leaves, node);
			if (!next)
				break;
			node = next;
		}
		if (node)
			node = bpf_rbtree_remove(&leaves, node);
		bpf_spin_unlock(&tree_lock);
		if (node) {
			one = container_of(node, struct leaf, node);
			path = path * 257 + one->key;
			DROP(one);
		}
	}
	note(0, path);
	return path;
}

static bool less_shared(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct shared, node)->key < container_of(b, struct shared, node)->key;
}

SEC("tc") int counted(struct __sk_buff *skb)
{
	struct shared *one = NEW(struct shared), *two;
	struct bpf_list_node *node;
	struct bpf_rb_node *first;
	int pushed, added;
	u64 key = 0;

	if (!one)
		return -1;
	one->key = skb->len;
	two = bpf_refcount_acquire_impl(one, 0);
	if (!two) {
		DROP(one);
		return -2;
	}
	bpf_spin_lock(&shared_lock);
	pushed = bpf_list_push_back_impl(&shared_list, &one->list, 0, 0);
	added = bpf_rbtree_add_impl(&shared_tree, &two->node, less_shared, 0, 0);
	node = bpf_list_pop_front(&shared_list);
	bpf_spin_unlock(&shared_lock);
	note(0, pushed);
	note(1, added);
	if (!node)
		return -3;
	one = container_of(node, struct shared, list);
	note(2, one->key);
	// The tree has it already: this reference is dropped.
	bpf_spin_lock(&shared_lock);
	added = bpf_rbtree_add_impl(&shared_tree, &one->node, less_shared, 0, 0);
	first = bpf_rbtree_first(&shared_tree);
	if (first)
		key = container_of(first, struct shared, node)->key;
	bpf_spin_unlock(&shared_lock);
	note(3, added);
	note(4, key);
	return 5;
}

SEC("tc") int stash(struct __sk_buff *skb)
{
	u32 slot = skb->len & 1;
	struct holder *holder = bpf_map_lookup_elem(&holders, &slot);
	struct plain *new, *old;

	if (!holder)
		return -1;
	new = NEW(struct plain);
	if (!new)
		return -2;
	new->a = skb->len;
	new->b = 7;
	old = bpf_kptr_xchg(&holder->held, new);
	holder->count++;
	if (!old)
		return 1;
	note(0, old->a + old->b);
	DROP(old);
	old = bpf_kptr_xchg(&holder->held, 0);
	if (!old)
		return 3;
	note(1, old->a);
	DROP(old);
	return 2;
}

struct counters {
	struct plain PERCPU_KPTR *each;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct counters);
	__uint(max_entries, 1);
} counters SEC(".maps");

SEC("tc") int per_cpu(struct __sk_buff *skb)
{
	u32 slot = 0;
	struct counters *held = bpf_map_lookup_elem(&counters, &slot);
	struct plain *all, *mine;

	if (!held)
		return -1;
	all = held->each;
	if (!all) {
		all = bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct plain), 0);
		if (!all)
			return -2;
		all = bpf_kptr_xchg(&held->each, all);
		if (all)
			bpf_percpu_obj_drop_impl(all, 0);
		return 7;
	}
	mine = bpf_this_cpu_ptr(all);
	mine->a = skb->len;
	mine = bpf_per_cpu_ptr(all, bpf_get_smp_processor_id());
	if (mine)
		note(0, mine->a);
	note(1, !!bpf_per_cpu_ptr(all, 100000));
	return 0;
}

struct big { u64 words[500]; };

struct big_holder {
	struct big KPTR *held;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, struct big_holder);
	__uint(max_entries, 4);
} big_holders SEC(".maps");

// An entry that is replaced or deleted gives its object back: there is always room for another one.
SEC("tc") int replaced(struct __sk_buff *skb)
{
	struct big_holder fresh = { .count = skb->len }, *holder;
	u32 key = skb->len & 1;
	struct big *new;

	bpf_map_update_elem(&big_holders, &key, &fresh, BPF_ANY);
	holder = bpf_map_lookup_elem(&big_holders, &key);
	if (!holder)
		return 1;
	new = NEW(struct big);
	if (!new)
		return 2;
	new = bpf_kptr_xchg(&holder->held, new);
	if (new) {
		DROP(new);
		return 3;
	}
	return 4;
}
