/* Types as a kernel might have them: fields moved, wider, within unnamed structs, gone or of another kind. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum color { GREEN = 20, RED = 10, CYAN = 40 };
enum wide { WIDE_HIGH = 0x2000000000, WIDE_LOW = -2, WIDE_MORE = 3 };
struct point { u64 before; int x; int y; };
typedef struct point point_t;
struct opaque { int inside; };
typedef int (*hook_t)(struct point *at, u32 flags);
union number { u32 word; u8 bytes[4]; u64 all; };

struct box {
	char padding[24];
	struct { u64 id; union { u32 length; u8 half; }; };
	const char name[32];
	struct point corner[8];
	struct box *next, *previous;
	int color_was;
	enum color color;
	u16 before;
	union { u32 raw; struct { u16 low, high; }; };
	u64 filler : 20, flag : 1, kind : 9, more : 5;
	int level : 3;
	short depth;
	struct opaque *owner;
	hook_t hook;
	u32 number;
	u32 tail[];
};
struct twice { int here; };
struct twice___2 { int first, here; };
struct same { int first, here; };
struct same___2 { long other; int here[0]; };
struct same___3 { char first[4]; int here; char more[64]; };

struct box *box;
enum wide wide;
union number number;
point_t point;
struct twice twice;
struct twice___2 second;
struct same same;
struct same___2 other;
struct same___3 third;
