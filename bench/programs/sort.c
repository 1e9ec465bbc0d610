/* Sorts 32 numbers on the stack by exchanging neighbours. */
#include "common.h"
PURE(256) {
  u64 numbers[32];
  for (u32 i = 0; i < 32; i++) numbers[i] = *(u64 *)(mem + 8 * i) >> 4;
  for (u32 round = 0; round < 31; round++)
    for (u32 i = 0; i < 31 - round; i++) {
      u64 a = numbers[i], b = numbers[i + 1];
      if (a <= b) continue;
      *(volatile u64 *)&numbers[i] = b;
      *(volatile u64 *)&numbers[i + 1] = a;
    }
  u64 sum = 0;
  for (u32 i = 0; i < 32; i++) sum = sum * 33 + numbers[i];
  return sum;
}
