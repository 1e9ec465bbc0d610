/* 64 lookups in a hash of 1,024 keys of 16 bytes, made when missing: key and change are part of the price. */
#include "common.h"
MAP(values, MT_HASH, 16, 8, 2048);
struct key {
  u64 high, low;
};
PURE(16) {
  u32 at = *(u32 *)mem;
  u64 found = 0, one = 1;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 64; i++) {
    u32 number = (at += 0x9e3779b9u) >> 22;
    struct key key = {number * 0x100000001ULL, number};
    u64 *value = bpf_lookup(&values, &key);
    if (value) found += ++*value & 1;
    else bpf_update(&values, &key, &one, 0);
  }
  return found;
}
