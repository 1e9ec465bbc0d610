/* 32-bit mixing with shifts, multiplications and a branch that nobody can predict, 1,000 rounds. */
#include "common.h"
PURE(16) {
  u32 a = *(u32 *)mem | 1, b = *(u32 *)(mem + 4), sum = 0;
  for (u32 i = 0; i < 1000; i++) {
    a ^= a << 13;
    a ^= a >> 17;
    a ^= a << 5;
    b = b * 1664525u + 1013904223u;
    sum = ((sum << 7) | (sum >> 25)) + (a ^ (b >> 3));
    if ((s32)sum < 0) sum ^= 0x5bd1e995u;
  }
  return sum;
}
