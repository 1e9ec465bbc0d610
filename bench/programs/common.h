/*
 * What every program of the measurements begins with. The same file is compiled for BPF and for the machine itself; there
 * maps and helpers come from native.c. A program is either XDPPROG { ... }, which gets the context, or PURE(SIZE) { ... },
 * which gets the packet's first SIZE bytes as `mem` and their number as `len`. Both yield what the program returns.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define NOINLINE static __attribute__((noinline))
#define AI static inline __attribute__((always_inline))
#define MT_HASH 1
#define MT_ARRAY 2
#define bs16 __builtin_bswap16
#define bs32 __builtin_bswap32

/* struct xdp_md of include/uapi/linux/bpf.h */
struct xdp {
  u32 data, data_end, data_meta, ifi, rxq, egress;
};

#ifdef __bpf__
#define SECTION(name) __attribute__((section(name), used))
#define MAP(name, kind, key, value, entries) \
  struct { int (*type)[kind]; int (*key_size)[key]; int (*value_size)[value]; int (*max_entries)[entries]; } name SECTION(".maps")
static void *(*const bpf_lookup)(void *, const void *) = (void *)1;
static long (*const bpf_update)(void *, const void *, const void *, u64) = (void *)2;
static long (*const bpf_delete)(void *, const void *) = (void *)3;
char _license[] SECTION("license") = "GPL";
#else
#define SECTION(name)
struct mapdef {
  u32 type, key, value, entries;
  void *table;
};
#define MAP(name, kind, key, value, entries) struct mapdef name = {kind, key, value, entries, 0}
void *bpf_lookup(void *map, const void *key);
long bpf_update(void *map, const void *key, const void *value, u64 flags);
long bpf_delete(void *map, const void *key);
#endif

#define XDPPROG SECTION("xdp") u64 entry(struct xdp *ctx)
#define PURE(SIZE) \
  AI u64 pure(u8 *mem, u64 len); \
  XDPPROG { \
    u8 *mem = (u8 *)(unsigned long)ctx->data; \
    if (mem + (SIZE) > (u8 *)(unsigned long)ctx->data_end) return 0; \
    return pure(mem, SIZE); \
  } \
  AI u64 pure(u8 *mem, u64 len)

struct eth {
  u8 d[6], s[6];
  u16 t;
} __attribute__((packed));
struct ip4 {
  u8 vihl, tos;
  u16 len, id, frag;
  u8 ttl, proto;
  u16 csum;
  u32 s, d;
} __attribute__((packed));
struct tcp {
  u16 sp, dp;
  u32 seq, ack;
  u16 fl, win, csum, urg;
} __attribute__((packed));
