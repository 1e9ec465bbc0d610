/* A table of flows: 1,024 keys are looked up in turn, made when missing and deleted now and then. */
#include "common.h"
#include "headers.h"
struct key {
  u32 source, target;
  u16 sourcePort, targetPort;
  u32 proto;
};
struct flow {
  u64 packets, bytes, last;
};
MAP(flows, MT_HASH, 16, 24, 4096);
MAP(clock, MT_ARRAY, 4, 8, 1);
XDPPROG {
  struct headers h;
  if (!findHeaders(ctx, &h)) return 1;
  u64 bytes = ctx->data_end - ctx->data;
  u32 zero = 0;
  u64 *clockAt = bpf_lookup(&clock, &zero);
  if (!clockAt) return 1;
  u64 now = (*clockAt)++;
  struct key key = {h.ip->s, h.ip->d, (u16)(h.ports->sp + (now & 1023)), h.ports->dp, h.ip->proto};
  struct flow *flow = bpf_lookup(&flows, &key);
  if (!flow) {
    struct flow first = {1, bytes, now};
    bpf_update(&flows, &key, &first, 0);
    return 2;
  }
  flow->packets++;
  flow->bytes += bytes;
  flow->last = now;
  if ((now & 127) == 127) bpf_delete(&flows, &key);
  return 2;
}
