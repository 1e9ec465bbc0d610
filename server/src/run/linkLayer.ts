import type { PacketEvent } from '../events/event.ts';
import { LINKTYPE, linkTypeName } from '../events/linkTypes.ts';

export const ETH_P_IP = 0x0800;
export const ETH_P_IPV6 = 0x86dd;

/** Where the network header of a captured packet begins and what protocol it is. */
export interface Network {
  readonly offset: number;
  readonly etherType: number;
}

/** A packet as Ethernet hardware would have delivered it. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** True when the Ethernet header is made up because the capture has none. */
  readonly synthetic: boolean;
  readonly ifindex: number | null;
}

/** The header in front of packets captured without one: 02:00:00:00:00:02 sends to 02:00:00:00:00:01. */
const SYNTHETIC = [0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02];
export const ETHERNET_BYTES = 14;

/** The Ethernet frame of an event; a string says in plain words why there is none. */
export function frameOf(event: PacketEvent): Frame | string {
  const { data, linkType } = event;
  if (linkType === LINKTYPE.ethernet) return { bytes: data, synthetic: false, ifindex: null };
  const network = networkOf(linkType, data);
  if (typeof network === 'string') return network;
  const bytes = new Uint8Array(ETHERNET_BYTES + data.length - network.offset);
  bytes.set(SYNTHETIC);
  bytes[12] = network.etherType >> 8;
  bytes[13] = network.etherType & 0xff;
  bytes.set(data.subarray(network.offset), ETHERNET_BYTES);
  const ifindex = linkType === LINKTYPE.sll2 ? big32(data, 4) : null;
  return { bytes, synthetic: true, ifindex };
}

/** For captures without Ethernet headers; a string says in plain words why that cannot be told. */
export function networkOf(linkType: number, data: Uint8Array): Network | string {
  switch (linkType) {
    case LINKTYPE.raw:
    case LINKTYPE.raw12:
    case LINKTYPE.raw14:
      return byVersion(data, 0);
    case LINKTYPE.ipv4:
      return { offset: 0, etherType: ETH_P_IP };
    case LINKTYPE.ipv6:
      return { offset: 0, etherType: ETH_P_IPV6 };
    case LINKTYPE.null:
    case LINKTYPE.loop:
      return byFamily(data);
    case LINKTYPE.sll:
      return byProtocol(data, 16, 14);
    case LINKTYPE.sll2:
      return byProtocol(data, 20, 0);
    case LINKTYPE.ppp:
    case LINKTYPE.pppHdlc:
      return byPpp(data);
    default:
      return `captured on ${linkTypeName(linkType)}, which cannot be turned into an Ethernet frame`;
  }
}

function byVersion(data: Uint8Array, offset: number): Network | string {
  const version = (data[offset] ?? 0) >> 4;
  if (version === 4) return { offset, etherType: ETH_P_IP };
  if (version === 6) return { offset, etherType: ETH_P_IPV6 };
  return `neither IPv4 nor IPv6: the first byte has version ${version}`;
}

/** The address family stands in the byte order of the machine that captured; AF_INET6 has four values. */
function byFamily(data: Uint8Array): Network | string {
  if (data.length < 4) return 'shorter than its loopback header';
  const family = Math.max(data[0] ?? 0, data[3] ?? 0);
  if (family === 2) return { offset: 4, etherType: ETH_P_IP };
  if ([10, 24, 28, 30].includes(family)) return { offset: 4, etherType: ETH_P_IPV6 };
  return `neither IPv4 nor IPv6: address family ${family}`;
}

function byProtocol(data: Uint8Array, headerBytes: number, at: number): Network | string {
  if (data.length < headerBytes) return 'shorter than its Linux cooked header';
  const etherType = ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  // Smaller numbers are no EtherTypes but the kernel's own, such as 4 for 802.2 frames.
  if (etherType < 0x0600) return `Linux protocol ${etherType} has no EtherType`;
  return { offset: headerBytes, etherType };
}

function byPpp(data: Uint8Array): Network | string {
  const at = data[0] === 0xff && data[1] === 0x03 ? 2 : 0;
  if (data.length < at + 2) return 'shorter than its PPP header';
  const protocol = ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  if (protocol === 0x0021) return { offset: at + 2, etherType: ETH_P_IP };
  if (protocol === 0x0057) return { offset: at + 2, etherType: ETH_P_IPV6 };
  return `PPP protocol 0x${protocol.toString(16).padStart(4, '0')} is neither IPv4 nor IPv6`;
}

function big32(data: Uint8Array, at: number): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(at);
}
