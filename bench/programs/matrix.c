/* Products of 6 x 6 matrices on the stack, three in a row. */
#include "common.h"
#define KEEP_LOOP _Pragma("clang loop unroll(disable)")
PURE(256) {
  u32 a[36] = {0}, b[36] = {0};
  for (u32 i = 0; i < 36; i++) {
    *(volatile u32 *)&a[i] = *(u32 *)(mem + 4 * i) >> 2;
    *(volatile u32 *)&b[i] = *(u32 *)(mem + 4 * i + 96);
  }
  u64 trace = 0;
  KEEP_LOOP for (u32 round = 1; round <= 3; round++)
    KEEP_LOOP for (u32 row = 0; row < 6; row++)
      KEEP_LOOP for (u32 column = 0; column < 6; column++) {
        u32 sum = 0;
        KEEP_LOOP for (u32 i = 0; i < 6; i++) sum += a[row * 6 + i] * b[i * 6 + column];
        trace += (u64)sum * round;
      }
  return trace;
}
