import type { PacketEvent } from '../events/event.ts';
import { ETH_P_IP, ETH_P_IPV6, ETHERNET_BYTES, frameOf } from './linkLayer.ts';

/** Who talks to whom in a packet. */
export interface Flow {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly etherType: number;
  /** IPPROTO_*: only TCP and UDP have ports. */
  readonly protocol: number;
  /** 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The packet from its TCP or UDP header on, and what stands behind that header. */
  readonly transport: Uint8Array;
  readonly payload: Uint8Array;
}

export const AF_INET = 2;
export const AF_INET6 = 10;
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const TCP = 6;
const UDP = 17;
/** IPv6 extension headers that say what comes next and how long they are: hop-by-hop, routing, destination options. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const MOST_HEADERS = 8;

/** A string says in plain words why a packet belongs to no TCP or UDP flow. */
export function flowOf(event: PacketEvent): Flow | string {
  const frame = frameOf(event);
  if (typeof frame === 'string') return frame;
  const { bytes } = frame;
  let etherType = big16(bytes, 12);
  let offset = ETHERNET_BYTES;
  for (let tags = 0; tags < 2 && VLAN_TAGS.has(etherType); tags++, offset += 4) etherType = big16(bytes, offset + 2);
  const network = bytes.subarray(offset);
  if (etherType === ETH_P_IP) return ipv4Flow(network);
  if (etherType === ETH_P_IPV6) return ipv6Flow(network);
  return 'neither IPv4 nor IPv6';
}

function ipv4Flow(packet: Uint8Array): Flow | string {
  const headerBytes = 4 * ((packet[0] ?? 0) & 15);
  if (packet.length < 20 || headerBytes < 20) return 'the IPv4 header is cut off or wrong';
  if ((big16(packet, 6) & 0x1fff) !== 0) return 'a later fragment, which has no ports';
  const addresses = { source: packet.subarray(12, 16), destination: packet.subarray(16, 20) };
  const rest = packet.subarray(headerBytes, Math.max(headerBytes, big16(packet, 2)));
  return transportFlow({ family: AF_INET, etherType: ETH_P_IP, ...addresses }, packet[9] ?? 0, rest);
}

function ipv6Flow(packet: Uint8Array): Flow | string {
  if (packet.length < 40) return 'the IPv6 header is cut off';
  const addresses = { source: packet.subarray(8, 24), destination: packet.subarray(24, 40) };
  let protocol = packet[6] ?? 0;
  let at = 40;
  for (let i = 0; i < MOST_HEADERS && EXTENSIONS.has(protocol); i++) {
    protocol = packet[at] ?? 0;
    at += 8 * ((packet[at + 1] ?? 0) + 1);
  }
  const rest = packet.subarray(at, Math.max(at, 40 + big16(packet, 4)));
  return transportFlow({ family: AF_INET6, etherType: ETH_P_IPV6, ...addresses }, protocol, rest);
}

type Ends = Pick<Flow, 'family' | 'etherType' | 'source' | 'destination'>;

function transportFlow(ends: Ends, protocol: number, transport: Uint8Array): Flow | string {
  if (protocol !== TCP && protocol !== UDP) return `protocol ${protocol} is neither TCP nor UDP`;
  const headerBytes = protocol === UDP ? 8 : 4 * ((transport[12] ?? 0) >> 4);
  if (transport.length < (protocol === UDP ? 8 : 20) || headerBytes < 8)
    return `the ${protocol === UDP ? 'UDP' : 'TCP'} header is cut off or wrong`;
  const ports = { sourcePort: big16(transport, 0), destinationPort: big16(transport, 2) };
  return { ...ends, protocol, ...ports, transport, payload: transport.subarray(headerBytes) };
}

function big16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
