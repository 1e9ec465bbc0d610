/* Asks a kernel's types all that a program can ask. The types of the "kernel" are those of kernel.c. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define CORE __attribute__((preserve_access_index))
#define FIELD(field, info) __builtin_preserve_field_info(field, info)
#define TYPE(type, info) __builtin_preserve_type_info(*(type *)0, info)
#define VALUE(type, value, info) __builtin_preserve_enum_value(*(type *)value, info)

static long (*probe_read)(void *to, u32 size, const void *from) = (void *)113;

enum color { RED = 1, GREEN = 2, BLUE = 3 };
enum wide { WIDE_LOW = -1, WIDE_HIGH = 0x1000000000 };
struct point { int x, y; } CORE;
struct unknown { int a; } CORE;
struct opaque;
typedef int (*hook_t)(struct point *at, u32 flags);
typedef struct point point_t;
union number { u32 word; u8 bytes[4]; } CORE;

struct box {
	u32 id;
	u64 length;
	struct point corner[4];
	char name[16];
	struct box *next;
	enum color color;
	union { u32 raw; struct { u16 low, high; }; };
	u32 flag : 1, kind : 5;
	int level : 7;
	short depth;
	struct opaque *owner;
	hook_t hook;
	u32 tail[];
} CORE;
struct box___old { u32 number; u32 gone; } CORE;
struct box___other { struct point *corner; long name; } CORE;
struct twice { int here; } CORE;
struct same { int here; } CORE;

SEC("socket") long offsets(struct box *box)
{
	long sum = box->id + box->length + box->color + box->raw + box->high + box->depth;
	sum += box->corner[2].y + box->name[3] + box->tail[5] + (long)box->next->next + (long)box->owner;
	return sum + (long)&box[3].corner[1];
}

SEC("socket") long stores(struct box *box)
{
	box->id = 7;
	box->length = box->id;
	box->low = 1;
	return 0;
}

SEC("socket") long questions(struct box *box)
{
	struct box___old *old = (void *)box;
	struct box___other *other = (void *)box;
	u64 sum = FIELD(box->id, 0) + 3 * FIELD(box->length, 1) + 5 * FIELD(box->corner, 1) + 7 * FIELD(box->depth, 3);
	sum += 11 * FIELD(box->flag, 4) + 13 * FIELD(box->flag, 5) + 17 * FIELD(box->level, 4) + 19 * FIELD(box->level, 5);
	sum += 23 * FIELD(box->kind, 0) + 29 * FIELD(box->kind, 1) + 31 * FIELD(box->level, 3) + 37 * FIELD(box->tail, 2);
	sum += 41 * FIELD(old->number, 2) + 43 * FIELD(old->gone, 2) + 47 * FIELD(other->corner, 2) + 53 * FIELD(other->name, 2);
	sum += 59 * FIELD(box->corner[3].x, 0) + 61 * FIELD(box->corner[3], 1) + 67 * FIELD(box->hook, 2);
	return sum;
}

SEC("socket") long types(void *ctx)
{
	u64 sum = TYPE(struct box, 0) + 3 * TYPE(struct unknown, 0) + 5 * TYPE(struct point, 1) + 7 * TYPE(point_t, 1);
	sum += 11 * TYPE(union number, 0) + 13 * TYPE(hook_t, 0) + 17 * TYPE(struct point, 2) + 19 * TYPE(struct box, 2);
	sum += 23 * TYPE(hook_t, 2) + 29 * TYPE(enum color, 2) + 31 * TYPE(struct unknown, 1) + 37 * TYPE(union number, 2);
	sum += __builtin_btf_type_id(*(struct point *)0, 0) + __builtin_btf_type_id(*(struct point *)0, 1);
	return sum + __builtin_btf_type_id(*(struct unknown *)0, 1);
}

SEC("socket") long values(void *ctx)
{
	return VALUE(enum color, RED, 0) + 3 * VALUE(enum color, GREEN, 1) + 5 * VALUE(enum color, BLUE, 0) +
	       7 * VALUE(enum wide, WIDE_HIGH, 1) + 11 * VALUE(enum wide, WIDE_LOW, 1);
}

SEC("socket") long absent(struct unknown *unknown)
{
	struct box___old *old = (void *)unknown;
	long sum = unknown->a + old->gone + VALUE(enum color, BLUE, 1);
	int read = 0;
	probe_read(&read, sizeof(read), &old->gone);
	return sum + read;
}

static __attribute__((noinline)) long helper(struct point *point)
{
	return point->y;
}

SEC("socket") long calls(struct box *box)
{
	return helper(&box->corner[0]) + helper(&box->corner[1]);
}

SEC("socket") long same(struct same *same)
{
	return same->here;
}

char _license[] SEC("license") = "MIT";
