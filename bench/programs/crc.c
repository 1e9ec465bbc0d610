/* CRC-32C of 1,500 bytes with a table of sixteen words on the stack. */
#include "common.h"
PURE(1500) {
  u32 table[16] = {0};
  for (u32 i = 0; i < 16; i++) {
    u32 value = i;
    for (u32 bit = 0; bit < 4; bit++) value = value >> 1 ^ (0x82f63b78u & -(value & 1));
    *(volatile u32 *)&table[i] = value;
  }
  u32 crc = ~0u;
  for (u32 i = 0; i < 1500; i++) {
    crc ^= mem[i];
    crc = table[crc & 15] ^ crc >> 4;
    crc = table[crc & 15] ^ crc >> 4;
  }
  return ~crc;
}
