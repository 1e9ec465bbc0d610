/* Finds the headers of an IPv4 packet with TCP or UDP ports behind at most one VLAN tag. */
struct headers {
  struct eth *eth;
  struct ip4 *ip;
  struct tcp *ports;
  u8 *end;
};

AI int findHeaders(struct xdp *ctx, struct headers *h) {
  u8 *at = (u8 *)(unsigned long)ctx->data;
  h->end = (u8 *)(unsigned long)ctx->data_end;
  h->eth = (struct eth *)at;
  at += sizeof(struct eth);
  if (at + 4 > h->end) return 0;
  u16 type = h->eth->t;
  if (type == bs16(0x8100)) {
    type = *(u16 *)(at + 2);
    at += 4;
  }
  if (type != bs16(0x0800)) return 0;
  h->ip = (struct ip4 *)at;
  if (at + sizeof(struct ip4) > h->end) return 0;
  if (h->ip->proto != 6 && h->ip->proto != 17) return 0;
  u32 length = (h->ip->vihl & 15) * 4;
  if (length < 20) return 0;
  h->ports = (struct tcp *)(at + length);
  return (u8 *)(h->ports + 1) <= h->end;
}
