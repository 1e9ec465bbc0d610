/* Sends the packet back: swaps both addresses and the ports, counts down the TTL, sums the header, turns 64 bytes over. */
#include "common.h"
#include "headers.h"
XDPPROG {
  struct headers h;
  if (!findHeaders(ctx, &h)) return 1;
  u8 *payload = (u8 *)(h.ports + 1);
  if (payload + 128 > h.end) return 1;
  u32 high = *(u32 *)h.eth->d;
  u16 low = *(u16 *)(h.eth->d + 4);
  *(u32 *)h.eth->d = *(u32 *)h.eth->s;
  *(u16 *)(h.eth->d + 4) = *(u16 *)(h.eth->s + 4);
  *(u32 *)h.eth->s = high;
  *(u16 *)(h.eth->s + 4) = low;
  u32 address = h.ip->s;
  h.ip->s = h.ip->d;
  h.ip->d = address;
  u16 port = h.ports->sp;
  h.ports->sp = h.ports->dp;
  h.ports->dp = port;
  h.ip->ttl = (u8)(h.ip->ttl - 1) | 64;
  h.ip->csum = 0;
  u32 sum = 0;
  u16 *words = (u16 *)h.ip;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 10; i++) sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  h.ip->csum = (u16)~sum;
  u64 seen = 0;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 64; i += 8) {
    u64 word = *(u64 *)(payload + i);
    seen ^= word;
    *(u64 *)(payload + 64 + i) = __builtin_bswap64(word);
  }
  return (u32)(seen ^ seen >> 32 ^ sum) | 3;
}
