/* A hash of 64-bit words with rotations, four lanes over 1,472 bytes. */
#include "common.h"
#define ROTATE(x, by) ((x) << (by) | (x) >> (64 - (by)))
#define LANE(acc, at) acc = ROTATE(acc + *(u64 *)(mem + (at)) * 0xc2b2ae3d27d4eb4fULL, 31) * 0x9e3779b185ebca87ULL
PURE(1472) {
  u64 a = 1, b = 2, c = 3, d = 4;
  for (u32 i = 0; i < 1472; i += 32) {
    LANE(a, i);
    LANE(b, i + 8);
    LANE(c, i + 16);
    LANE(d, i + 24);
  }
  u64 sum = ROTATE(a, 1) + ROTATE(b, 7) + ROTATE(c, 12) + ROTATE(d, 18);
  sum = (sum ^ sum >> 33) * 0xc2b2ae3d27d4eb4fULL;
  return sum ^ sum >> 29;
}
