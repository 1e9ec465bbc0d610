/* 64 lookups in an array of 1,024 values, each changed: key and change are part of the price. */
#include "common.h"
MAP(values, MT_ARRAY, 4, 8, 1024);
PURE(16) {
  u32 at = *(u32 *)mem;
  u64 found = 0;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 64; i++) {
    u32 key = (at += 0x9e3779b9u) >> 22;
    u64 *value = bpf_lookup(&values, &key);
    if (value) found += ++*value & 1;
  }
  return found;
}
