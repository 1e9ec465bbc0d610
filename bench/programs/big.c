/* About 4,000 instructions in many small branches, all of which a run passes: what compiling costs shows here. */
#include "common.h"
AI u64 stepOf(u32 n, u8 *mem, u64 sum) {
  u32 word = *(u32 *)(mem + (n * 37 + 11) % 1496);
  if ((word & 0xffff) == n * 211) sum += n * 0x9e3779b9ULL;
  else sum ^= (u64)word << n % 23;
  if (word > n * 79190000) sum -= word;
  u8 byte = mem[(n * 53 + 7) % 1500];
  if (byte % 7 < n % 7) sum = (sum << 5 | sum >> 59) + byte;
  sum = sum * 31 + (sum >> n % 29);
  if ((s32)sum < 0) sum += n * 2654435761u;
  *(u16 *)(mem + (n * 17 + 3) % 1498) = (u16)(sum >> 7);
  return sum;
}
PURE(1500) {
  u64 sum = len;
#pragma clang loop unroll(full)
  for (u32 n = 100; n < 220; n++) sum = stepOf(n, mem, sum);
  return sum;
}
