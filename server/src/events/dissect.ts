/**
 * Takes a packet apart into the layers that people think in. Only for showing: nothing that a program sees depends on
 * it. Sources: IEEE 802.3 and 802.1Q, RFC 791, 8200, 9293, 768, 792, 4443, 826.
 */

export interface Field {
  readonly name: string;
  /** Byte offset in the packet and length in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly value: string;
}

export interface Layer {
  readonly name: 'eth' | 'vlan' | 'arp' | 'ipv4' | 'ipv6' | 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'link' | 'payload';
  readonly offset: number;
  readonly length: number;
  readonly fields: readonly Field[];
}

/** What the first byte of a packet belongs to. */
export type FirstLayer = 'ethernet' | 'ip';

const MAX_LAYERS = 16;

/** The layers of a packet, outermost first. A cut header ends the list; what is left is `payload`. */
export function dissect(packet: Uint8Array, first: FirstLayer = 'ethernet', ipOffset = 0): Layer[] {
  const layers: Layer[] = ipOffset === 0 ? [] : [{ name: 'link', offset: 0, length: ipOffset, fields: [] }];
  let next: Next = first === 'ethernet' ? { parse: ethernet, offset: 0 } : { parse: ip, offset: ipOffset };
  while (next !== null && layers.length < MAX_LAYERS) {
    const parsed: Parsed | null = next.parse(packet, next.offset);
    if (parsed === null) break;
    layers.push(parsed.layer);
    next = parsed.next;
  }
  const end = layers.reduce((furthest, { offset, length }) => Math.max(furthest, offset + length), 0);
  if (end < packet.length) layers.push({ name: 'payload', offset: end, length: packet.length - end, fields: [] });
  return layers;
}

/** One line: `192.0.2.1:443 → 198.51.100.7:50123 TCP [SYN]`. */
export function summarize(packet: Uint8Array, first: FirstLayer = 'ethernet'): string {
  const layers = dissect(packet, first);
  const value = (layer: Layer['name'], field: string): string =>
    layers.find(({ name }) => name === layer)?.fields.find(({ name }) => name === field)?.value ?? '';
  const has = (layer: Layer['name']): boolean => layers.some(({ name }) => name === layer);
  const tag = has('vlan') ? `VLAN ${value('vlan', 'id')} ` : '';
  if (has('arp')) return `${tag}ARP ${value('arp', 'operation')} ${value('arp', 'sender')} → ${value('arp', 'target')}`;
  const network = has('ipv4') ? 'ipv4' : 'ipv6';
  if (!has(network))
    return `${tag}${linkSummary(value('eth', 'source'), value('eth', 'destination'), value('eth', 'type'))}`;
  const transport = (['tcp', 'udp', 'icmp', 'icmpv6'] as const).find(has);
  const port = (side: string): string =>
    transport === 'tcp' || transport === 'udp' ? `:${value(transport, side)}` : '';
  const address = (side: string): string =>
    network === 'ipv6' && port(side) !== '' ? `[${value(network, side)}]` : value(network, side);
  const name = transport?.toUpperCase().replace('V6', 'v6') ?? value(network, 'protocol');
  const detail =
    transport === 'tcp'
      ? ` [${value('tcp', 'flags')}]`
      : transport === undefined || transport === 'udp'
        ? ''
        : ` ${value(transport, 'type')}`;
  return `${tag}${address('source')}${port('source port')} → ${address('destination')}${port('destination port')} ${name}${detail}`;
}

function linkSummary(source: string, destination: string, type: string): string {
  return source === '' ? 'too short for an Ethernet header' : `${source} → ${destination} ${type}`;
}

type Next = { readonly parse: (packet: Uint8Array, offset: number) => Parsed | null; readonly offset: number } | null;

interface Parsed {
  readonly layer: Layer;
  readonly next: Next;
}

const ETHERTYPES: Readonly<Record<number, string>> = {
  0x0800: 'IPv4', 0x0806: 'ARP', 0x8100: '802.1Q', 0x86dd: 'IPv6', 0x8847: 'MPLS', 0x8863: 'PPPoE discovery',
  0x8864: 'PPPoE', 0x88a8: '802.1ad', 0x88cc: 'LLDP',
}; // prettier-ignore

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP', 2: 'IGMP', 4: 'IPIP', 6: 'TCP', 17: 'UDP', 41: 'IPv6', 47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPv6',
  89: 'OSPF', 132: 'SCTP',
}; // prettier-ignore

function u16(packet: Uint8Array, offset: number): number {
  return ((packet[offset] ?? 0) << 8) | (packet[offset + 1] ?? 0);
}

function u32(packet: Uint8Array, offset: number): number {
  return (u16(packet, offset) * 0x1_0000 + u16(packet, offset + 2)) >>> 0;
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function named(names: Readonly<Record<number, string>>, value: number, digits = 0): string {
  const number = digits === 0 ? String(value) : hex(value, digits);
  return names[value] === undefined ? number : `${names[value]} (${number})`;
}

function field(name: string, offset: number, length: number, value: string | number): Field {
  return { name, offset, length, value: String(value) };
}

function mac(packet: Uint8Array, offset: number): string {
  return Array.from(packet.subarray(offset, offset + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function ipv4Text(packet: Uint8Array, offset: number): string {
  return packet.subarray(offset, offset + 4).join('.');
}

/** The canonical text of RFC 5952: the longest run of zero groups is `::`. */
function ipv6Text(packet: Uint8Array, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16(packet, offset + 2 * index).toString(16));
  const zeros = groups.map((group) => (group === '0' ? '0' : '1')).join('');
  const runs = [...zeros.matchAll(/0{2,}/g)];
  const longest = runs.reduce<RegExpMatchArray | null>(
    (best, run) => (run[0].length > (best?.[0].length ?? 0) ? run : best),
    null,
  );
  if (longest === null) return groups.join(':');
  const start = longest.index ?? 0;
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + longest[0].length).join(':')}`;
}

function ethernet(packet: Uint8Array, offset: number): Parsed | null {
  if (packet.length < offset + 14) return null;
  const type = u16(packet, offset + 12);
  const fields = [
    field('destination', offset, 6, mac(packet, offset)),
    field('source', offset + 6, 6, mac(packet, offset + 6)),
    type < 0x600 ? field('length', offset + 12, 2, type) : field('type', offset + 12, 2, named(ETHERTYPES, type, 4)),
  ];
  return { layer: { name: 'eth', offset, length: 14, fields }, next: afterEtherType(type, offset + 14) };
}

function vlan(packet: Uint8Array, offset: number): Parsed | null {
  if (packet.length < offset + 4) return null;
  const control = u16(packet, offset);
  const type = u16(packet, offset + 2);
  const fields = [
    field('priority', offset, 2, control >> 13),
    field('id', offset, 2, control & 0xfff),
    field('type', offset + 2, 2, named(ETHERTYPES, type, 4)),
  ];
  return { layer: { name: 'vlan', offset, length: 4, fields }, next: afterEtherType(type, offset + 4) };
}

function afterEtherType(type: number, offset: number): Next {
  if (type === 0x8100 || type === 0x88a8) return { parse: vlan, offset };
  if (type === 0x0800) return { parse: ipv4, offset };
  if (type === 0x86dd) return { parse: ipv6, offset };
  if (type === 0x0806) return { parse: arp, offset };
  return null;
}

function arp(packet: Uint8Array, offset: number): Parsed | null {
  if (packet.length < offset + 28 || u16(packet, offset) !== 1 || u16(packet, offset + 2) !== 0x0800) return null;
  const fields = [
    field('operation', offset + 6, 2, { 1: 'request', 2: 'reply' }[u16(packet, offset + 6)] ?? u16(packet, offset + 6)),
    field('sender MAC', offset + 8, 6, mac(packet, offset + 8)),
    field('sender', offset + 14, 4, ipv4Text(packet, offset + 14)),
    field('target MAC', offset + 18, 6, mac(packet, offset + 18)),
    field('target', offset + 24, 4, ipv4Text(packet, offset + 24)),
  ];
  return { layer: { name: 'arp', offset, length: 28, fields }, next: null };
}

function ip(packet: Uint8Array, offset: number): Parsed | null {
  const version = (packet[offset] ?? 0) >> 4;
  if (version === 4) return ipv4(packet, offset);
  return version === 6 ? ipv6(packet, offset) : null;
}

function ipv4(packet: Uint8Array, offset: number): Parsed | null {
  const length = ((packet[offset] ?? 0) & 15) * 4;
  if (packet.length < offset + 20 || length < 20 || packet.length < offset + length) return null;
  const protocol = packet[offset + 9] ?? 0;
  const fragment = u16(packet, offset + 6) & 0x1fff;
  const fields = [
    field('version', offset, 1, (packet[offset] ?? 0) >> 4),
    field('header length', offset, 1, length),
    field('TOS', offset + 1, 1, hex(packet[offset + 1] ?? 0, 2)),
    field('total length', offset + 2, 2, u16(packet, offset + 2)),
    field('identification', offset + 4, 2, hex(u16(packet, offset + 4), 4)),
    field(
      'fragment offset',
      offset + 6,
      2,
      `${fragment * 8}${(u16(packet, offset + 6) & 0x2000) !== 0 ? ', more follow' : ''}`,
    ),
    field('TTL', offset + 8, 1, packet[offset + 8] ?? 0),
    field('protocol', offset + 9, 1, named(PROTOCOLS, protocol)),
    field('checksum', offset + 10, 2, hex(u16(packet, offset + 10), 4)),
    field('source', offset + 12, 4, ipv4Text(packet, offset + 12)),
    field('destination', offset + 16, 4, ipv4Text(packet, offset + 16)),
  ];
  return {
    layer: { name: 'ipv4', offset, length, fields },
    next: fragment === 0 ? afterProtocol(protocol, offset + length) : null,
  };
}

/** Extension headers that say only where the next header is: hop-by-hop, routing, destination options. */
const EXTENSIONS = new Set([0, 43, 60]);

function ipv6(packet: Uint8Array, offset: number): Parsed | null {
  if (packet.length < offset + 40) return null;
  let protocol = packet[offset + 6] ?? 0;
  let length = 40;
  for (let count = 0; EXTENSIONS.has(protocol) && count < 8 && packet.length >= offset + length + 8; count++) {
    protocol = packet[offset + length] ?? 0;
    length += ((packet[offset + length + 1] ?? 0) + 1) * 8;
  }
  length = Math.min(length, packet.length - offset);
  const fields = [
    field('traffic class', offset, 2, hex((u16(packet, offset) >> 4) & 0xff, 2)),
    field('flow label', offset, 4, hex(u32(packet, offset) & 0xfffff, 5)),
    field('payload length', offset + 4, 2, u16(packet, offset + 4)),
    field('hop limit', offset + 7, 1, packet[offset + 7] ?? 0),
    field('source', offset + 8, 16, ipv6Text(packet, offset + 8)),
    field('destination', offset + 24, 16, ipv6Text(packet, offset + 24)),
    field('protocol', offset + 6, 1, named(PROTOCOLS, protocol)),
  ];
  return { layer: { name: 'ipv6', offset, length, fields }, next: afterProtocol(protocol, offset + length) };
}

function afterProtocol(protocol: number, offset: number): Next {
  const parse = ({ 1: icmp('icmp'), 4: ip, 6: tcp, 17: udp, 41: ip, 58: icmp('icmpv6') } as const)[protocol];
  return parse === undefined ? null : { parse, offset };
}

const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

function tcp(packet: Uint8Array, offset: number): Parsed | null {
  const length = ((packet[offset + 12] ?? 0) >> 4) * 4;
  if (packet.length < offset + 20 || length < 20 || packet.length < offset + length) return null;
  const flags = TCP_FLAGS.filter((_, bit) => ((packet[offset + 13] ?? 0) & (1 << bit)) !== 0);
  const fields = [
    field('source port', offset, 2, u16(packet, offset)),
    field('destination port', offset + 2, 2, u16(packet, offset + 2)),
    field('sequence', offset + 4, 4, u32(packet, offset + 4)),
    field('acknowledgement', offset + 8, 4, u32(packet, offset + 8)),
    field('header length', offset + 12, 1, length),
    field('flags', offset + 13, 1, flags.join(' ') || 'none'),
    field('window', offset + 14, 2, u16(packet, offset + 14)),
    field('checksum', offset + 16, 2, hex(u16(packet, offset + 16), 4)),
  ];
  return { layer: { name: 'tcp', offset, length, fields }, next: null };
}

function udp(packet: Uint8Array, offset: number): Parsed | null {
  if (packet.length < offset + 8) return null;
  const fields = [
    field('source port', offset, 2, u16(packet, offset)),
    field('destination port', offset + 2, 2, u16(packet, offset + 2)),
    field('length', offset + 4, 2, u16(packet, offset + 4)),
    field('checksum', offset + 6, 2, hex(u16(packet, offset + 6), 4)),
  ];
  return { layer: { name: 'udp', offset, length: 8, fields }, next: null };
}

const ICMP_TYPES: Readonly<Record<'icmp' | 'icmpv6', Readonly<Record<number, string>>>> = {
  icmp: { 0: 'echo reply', 3: 'unreachable', 5: 'redirect', 8: 'echo request', 11: 'time exceeded' },
  icmpv6: {
    1: 'unreachable', 2: 'packet too big', 3: 'time exceeded', 128: 'echo request', 129: 'echo reply',
    133: 'router solicitation', 134: 'router advertisement', 135: 'neighbor solicitation', 136: 'neighbor advertisement',
  },
}; // prettier-ignore

function icmp(name: 'icmp' | 'icmpv6'): (packet: Uint8Array, offset: number) => Parsed | null {
  return (packet, offset) => {
    if (packet.length < offset + 8) return null;
    const type = packet[offset] ?? 0;
    const fields = [
      field('type', offset, 1, ICMP_TYPES[name][type] ?? type),
      field('code', offset + 1, 1, packet[offset + 1] ?? 0),
      field('checksum', offset + 2, 2, hex(u16(packet, offset + 2), 4)),
    ];
    return { layer: { name, offset, length: 8, fields }, next: null };
  };
}
