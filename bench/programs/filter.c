/* A capture filter: web and name-service traffic of 10.0.0.0/8, ARP, no fragments. */
#include "common.h"
#define HALF(offset) (*(u16 *)(data + (offset)))
#define WORD(offset) (*(u32 *)(data + (offset)))
AI int among(u16 port, u16 a, u16 b, u16 c) { return port == a || port == b || port == c; }
XDPPROG {
  u8 *data = (u8 *)(unsigned long)ctx->data;
  u8 *end = (u8 *)(unsigned long)ctx->data_end;
  if (data + 42 > end) return 0;
  u64 length = end - data;
  u16 type = HALF(12);
  if (type == bs16(0x0806)) return length;
  if (type != bs16(0x0800) || (HALF(20) & bs16(0x3fff))) return 0;
  u8 proto = data[23];
  if (proto != 6 && proto != 17) return 0;
  u32 source = bs32(WORD(26)), target = bs32(WORD(30));
  if (source >> 24 != 10 && target >> 24 != 10) return 0;
  u8 *ports = data + 14 + (data[14] & 15) * 4;
  if (ports + 4 > end) return 0;
  u16 sp = bs16(*(u16 *)ports), dp = bs16(*(u16 *)(ports + 2));
  if (proto == 17) return sp == 53 || dp == 53 ? length : 0;
  if (among(sp, 80, 443, 8443) || among(dp, 80, 443, 8443)) return length > 60 ? length : 0;
  return dp >= 5900 && dp < 5964;
}
