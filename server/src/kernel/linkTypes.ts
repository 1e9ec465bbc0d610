/**
 * Link types of captures, by number. Source: the registry at https://www.tcpdump.org/linktypes.html; only those that
 * captures of eBPF work are likely to carry.
 */
export interface LinkType {
  readonly number: number;
  /** Without the LINKTYPE_ prefix. */
  readonly name: string;
  readonly doc: string;
}

const ROWS: readonly (readonly [number: number, name: string, doc: string])[] = [
  [0, 'NULL', 'BSD loopback: four bytes of address family in host byte order, then an IP packet'],
  [1, 'ETHERNET', 'Ethernet'],
  [6, 'IEEE802_5', 'Token Ring'],
  [8, 'SLIP', 'SLIP'],
  [9, 'PPP', 'PPP'],
  [50, 'PPP_HDLC', 'PPP in HDLC-like framing'],
  [51, 'PPP_ETHER', 'PPPoE'],
  [101, 'RAW', 'IPv4 or IPv6 packet without link header'],
  [104, 'C_HDLC', 'Cisco PPP with HDLC framing'],
  [105, 'IEEE802_11', 'Wireless LAN'],
  [107, 'FRELAY', 'Frame Relay'],
  [108, 'LOOP', 'OpenBSD loopback: address family in network byte order, then an IP packet'],
  [113, 'LINUX_SLL', 'Linux cooked capture (tcpdump -i any)'],
  [117, 'PFLOG', 'OpenBSD pflog'],
  [119, 'IEEE802_11_PRISM', 'Prism header, then wireless LAN'],
  [127, 'IEEE802_11_RADIOTAP', 'Radiotap header, then wireless LAN'],
  [147, 'USER0', 'reserved for private use'],
  [187, 'BLUETOOTH_HCI_H4', 'Bluetooth HCI'],
  [189, 'USB_LINUX', 'Linux USB'],
  [195, 'IEEE802_15_4_WITHFCS', 'IEEE 802.15.4 with FCS'],
  [201, 'BLUETOOTH_HCI_H4_WITH_PHDR', 'Bluetooth HCI with direction'],
  [220, 'USB_LINUX_MMAPPED', 'Linux USB, padded'],
  [227, 'CAN_SOCKETCAN', 'CAN bus'],
  [228, 'IPV4', 'IPv4 packet'],
  [229, 'IPV6', 'IPv6 packet'],
  [239, 'NFLOG', 'Linux netfilter log'],
  [249, 'USBPCAP', 'USBPcap'],
  [253, 'NETLINK', 'Linux netlink'],
  [276, 'LINUX_SLL2', 'Linux cooked capture, version 2 (tcpdump -i any)'],
];

export const LINK_TYPES: readonly LinkType[] = ROWS.map(([number, name, doc]) => ({ number, name, doc }));

/** `ETHERNET` for 1; the number itself for a link type that is not listed. */
export function linkTypeName(number: number): string {
  return LINK_TYPES.find((row) => row.number === number)?.name ?? String(number);
}
