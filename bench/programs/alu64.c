/* A chain of 64-bit mixing (splitmix) over 1,000 rounds. */
#include "common.h"
PURE(16) {
  u64 state = *(u64 *)mem, sum = *(u64 *)(mem + 8);
  for (u32 i = 0; i < 1000; i++) {
    state += 0x9e3779b97f4a7c15ULL;
    u64 z = (state ^ sum) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    sum += z ^ (z >> 31);
  }
  return sum;
}
