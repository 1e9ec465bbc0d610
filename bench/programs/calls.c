/* Functions of the program call one another, 200 times over, with a pointer into the caller's stack. */
#include "common.h"
NOINLINE u64 stir(u64 a, u64 b) { return (a + b) * 0xff51afd7ed558ccdULL ^ a >> 29; }
NOINLINE u64 pair(u64 *words, u64 seed) { return stir(words[0], seed) + stir(words[1], seed ^ words[2]); }
NOINLINE u64 step(u64 a, u64 b, u8 *mem, u32 i) {
  u64 words[3] = {a, b, mem[i & 7]};
  *(volatile u64 *)&words[2] = words[2] + i;
  return pair(words, a ^ b) ^ stir(b, i);
}
PURE(16) {
  u64 a = *(u64 *)mem, b = *(u64 *)(mem + 8);
  for (u32 i = 0; i < 200; i++) {
    a = step(a, b, mem, i);
    b += a >> 13;
  }
  return a ^ b;
}
