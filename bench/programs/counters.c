/* Finds the headers and counts packets and bytes by protocol, by flow hash and by TCP flags: three arrays. */
#include "common.h"
#include "headers.h"
struct count {
  u64 packets, bytes;
};
MAP(protocols, MT_ARRAY, 4, 16, 256);
MAP(flowHashes, MT_ARRAY, 4, 16, 512);
MAP(flags, MT_ARRAY, 4, 16, 64);
AI void bump(void *map, u32 key, u64 bytes) {
  struct count *count = bpf_lookup(map, &key);
  if (!count) return;
  count->packets++;
  count->bytes += bytes;
}
XDPPROG {
  struct headers h;
  u64 bytes = ctx->data_end - ctx->data;
  if (!findHeaders(ctx, &h)) {
    bump(&protocols, 255, bytes);
    return 2;
  }
  bump(&protocols, h.ip->proto, bytes);
  u32 hash = (h.ip->s ^ h.ip->d * 31) * 0x9e3779b1u + ((u32)h.ports->sp << 16 | h.ports->dp);
  hash ^= hash >> 15;
  bump(&flowHashes, hash & 511, bytes);
  bump(&flags, bs16(h.ports->fl) & 63, bytes);
  return 2;
}
