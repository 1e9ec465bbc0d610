/* FNV-1a with 32 bits over 1,500 bytes: each step waits for the one before. */
#include "common.h"
PURE(1500) {
  u32 hash = 0x811c9dc5u;
  for (u32 i = 0; i < 1500; i++) hash = (hash ^ mem[i]) * 0x01000193u;
  return hash;
}
