/** Names of LINKTYPE_* values that people meet. Source: linktypes.csv of the IETF draft draft-ietf-opsawg-pcaplinktype. */
export const LINK_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [1, 'Ethernet'],
  [6, 'Token Ring'],
  [8, 'SLIP'],
  [9, 'PPP'],
  [10, 'FDDI'],
  [12, 'raw IP'],
  [14, 'raw IP'],
  [50, 'PPP in HDLC framing'],
  [51, 'PPPoE'],
  [101, 'raw IP'],
  [104, 'Cisco HDLC'],
  [105, 'IEEE 802.11'],
  [107, 'Frame Relay'],
  [108, 'OpenBSD loopback'],
  [113, 'Linux cooked v1'],
  [117, 'OpenBSD pflog'],
  [119, 'IEEE 802.11 with Prism header'],
  [127, 'IEEE 802.11 with radiotap'],
  [129, 'ARCNET (Linux)'],
  [140, 'MTP2'],
  [163, 'IEEE 802.11 with AVS header'],
  [165, 'BACnet MS/TP'],
  [187, 'Bluetooth HCI'],
  [189, 'Linux USB'],
  [192, 'PPI'],
  [195, 'IEEE 802.15.4'],
  [220, 'Linux USB, padded'],
  [227, 'SocketCAN'],
  [228, 'raw IPv4'],
  [229, 'raw IPv6'],
  [231, 'D-Bus'],
  [239, 'NFLOG'],
  [242, 'IP over InfiniBand'],
  [249, 'USBPcap'],
  [253, 'Linux netlink'],
  [271, 'vsock'],
  [276, 'Linux cooked v2'],
]);

export const LINKTYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  raw12: 12,
  raw14: 14,
  pppHdlc: 50,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
} as const;

/** The name for people; unknown numbers say so. */
export function linkTypeName(linkType: number): string {
  const name = LINK_TYPES.get(linkType);
  if (name !== undefined) return name;
  if (linkType >= 147 && linkType <= 162) return `user-defined ${linkType - 147}`;
  return `link type ${linkType}`;
}
