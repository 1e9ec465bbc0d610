/**
 * The capture of examples/: a little of everything, the same bytes on every run. Addresses are those that RFC 5737, 3849
 * and 7042 set aside for documentation.
 */

/** examples/captures/mixed.pcap: classic pcap, little endian, microseconds, Ethernet. */
export function mixedCapture(): Uint8Array {
  const header = bytes(u32le(0xa1b2c3d4), u16le(2), u16le(4), u32le(0), u32le(0), u32le(65_535), u32le(1));
  const records = packets().map((packet, i) => {
    const microseconds = 1_250 * i;
    return bytes(
      u32le(1_700_000_000 + Math.floor(microseconds / 1_000_000)),
      u32le(microseconds % 1_000_000),
      u32le(packet.length),
      u32le(packet.length),
      packet,
    );
  });
  return bytes(header, ...records);
}

const CLIENT = { mac: '00005e005301', ip: '192.0.2.10', ip6: '20010db8000000000000000000000010' };
const SERVER = { mac: '00005e005302', ip: '192.0.2.20', ip6: '20010db8000000000000000000000020' };
const BROADCAST = 'ffffffffffff';
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

type Host = typeof CLIENT;

function packets(): Uint8Array[] {
  return [
    arp(CLIENT, SERVER, 1),
    arp(SERVER, CLIENT, 2),
    ...[1, 2, 3].flatMap((sequence) => [ping(CLIENT, SERVER, 8, sequence), ping(SERVER, CLIENT, 0, sequence)]),
    ...dns('example.org', 1),
    ...connection(
      40_000,
      80,
      'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ),
    ...connection(40_001, 443, '\x16\x03\x01\x00\x05hello', '\x16\x03\x03\x00\x05hello'),
    ...dns('example.net', 2),
    udp(CLIENT, SERVER, 40_002, 4789, text('not port 53')),
    neighbour(),
    tcp6(CLIENT, SERVER, 40_003, 443),
    tcp6(SERVER, CLIENT, 443, 40_003),
    tcp6(CLIENT, SERVER, 40_004, 443, 1),
    // One hop from the end of its life.
    ipv4(CLIENT, SERVER, UDP, udpSegment(33_434, 33_434, text('trace')), { ttl: 1 }),
    // IPv4 options: the TCP header does not begin at byte 34.
    ipv4(CLIENT, SERVER, TCP, tcpSegment(40_005, 443, 1, 0x02, ''), { options: hex('0101010194040000') }),
    ...fragments(),
    vlan(10, udp(CLIENT, SERVER, 40_007, 53, text('in VLAN 10'))),
    vlan(20, vlan(30, ping(CLIENT, SERVER, 8, 9))),
    // What no program may trip over: cut and wrong packets.
    hex(SERVER.mac + CLIENT.mac),
    hex(`${SERVER.mac}${CLIENT.mac}0800`),
    ping(CLIENT, SERVER, 8, 10).subarray(0, 30),
    tcp(CLIENT, SERVER, 40_008, 443, 1, 0x02, '').subarray(0, 36),
    bytes(ethernet(SERVER.mac, CLIENT.mac, 0x0800), hex('4f'), new Uint8Array(25)),
    bytes(ethernet(SERVER.mac, CLIENT.mac, 0x86dd), hex('60000000')),
    ethernet(BROADCAST, CLIENT.mac, 0x88cc),
    ping(SERVER, CLIENT, 0, 11),
  ];
}

function ethernet(to: string, from: string, type: number): Uint8Array {
  return bytes(hex(to), hex(from), u16(type));
}

function arp(from: Host, to: Host, operation: 1 | 2): Uint8Array {
  const target = operation === 1 ? '000000000000' : to.mac;
  return bytes(
    ethernet(operation === 1 ? BROADCAST : to.mac, from.mac, 0x0806),
    hex('000108000604'),
    u16(operation),
    hex(from.mac),
    address(from.ip),
    hex(target),
    address(to.ip),
    new Uint8Array(18),
  );
}

function ping(from: Host, to: Host, type: 0 | 8, sequence: number): Uint8Array {
  const message = bytes(Uint8Array.of(type, 0), u16(0), u16(0x1234), u16(sequence), text('abcdefghijklmnopqrstuvwxyz'));
  return ipv4(from, to, ICMP, withChecksum(message, 2, new Uint8Array(0)));
}

function dns(name: string, id: number): Uint8Array[] {
  const labels = bytes(
    ...name.split('.').map((label) => bytes(Uint8Array.of(label.length), text(label))),
    u16(0).subarray(0, 1),
  );
  const question = bytes(labels, u16(1), u16(1));
  const answer = bytes(u16(0xc00c), u16(1), u16(1), u16(0), u16(300), u16(4), address('203.0.113.7'));
  const query = bytes(u16(id), u16(0x0100), u16(1), u16(0), u16(0), u16(0), question);
  const reply = bytes(u16(id), u16(0x8180), u16(1), u16(1), u16(0), u16(0), question, answer);
  return [udp(CLIENT, SERVER, 40_100 + id, 53, query), udp(SERVER, CLIENT, 53, 40_100 + id, reply)];
}

/** Three-way handshake, one request, one reply, and the end. */
function connection(port: number, serverPort: number, request: string, reply: string): Uint8Array[] {
  const [asked, answered] = [request.length, reply.length];
  return [
    tcp(CLIENT, SERVER, port, serverPort, 1000, SYN, ''),
    tcp(SERVER, CLIENT, serverPort, port, 2000, SYN | ACK, ''),
    tcp(CLIENT, SERVER, port, serverPort, 1001, ACK, ''),
    tcp(CLIENT, SERVER, port, serverPort, 1001, PUSH | ACK, request),
    tcp(SERVER, CLIENT, serverPort, port, 2001, PUSH | ACK, reply),
    tcp(CLIENT, SERVER, port, serverPort, 1001 + asked, FIN | ACK, ''),
    tcp(SERVER, CLIENT, serverPort, port, 2001 + answered, FIN | ACK, ''),
  ];
}

const FIN = 0x01;
const SYN = 0x02;
const PUSH = 0x08;
const ACK = 0x10;

function tcp(
  from: Host,
  to: Host,
  source: number,
  target: number,
  sequence: number,
  flags: number,
  data: string,
): Uint8Array {
  return ipv4(from, to, TCP, tcpSegment(source, target, sequence, flags, data));
}

function tcpSegment(source: number, target: number, sequence: number, flags: number, data: string): Uint8Array {
  return bytes(
    u16(source),
    u16(target),
    u32(sequence),
    u32(flags === SYN ? 0 : sequence + 1),
    Uint8Array.of(0x50, flags),
    u16(64_240),
    u16(0),
    u16(0),
    text(data),
  );
}

function udp(from: Host, to: Host, source: number, target: number, data: Uint8Array): Uint8Array {
  return ipv4(from, to, UDP, udpSegment(source, target, data));
}

function udpSegment(source: number, target: number, data: Uint8Array): Uint8Array {
  return bytes(u16(source), u16(target), u16(8 + data.length), u16(0), data);
}

/** A datagram in two fragments; only the first has the ports. The offset counts units of eight bytes. */
function fragments(): Uint8Array[] {
  const segment = udpSegment(40_006, 443, text('the first half, then the second half'));
  const pseudo = bytes(address(CLIENT.ip), address(SERVER.ip), Uint8Array.of(0, UDP), u16(segment.length));
  const datagram = withChecksum(segment, 6, pseudo);
  return [
    ipv4(CLIENT, SERVER, UDP, datagram.subarray(0, 24), { fragment: 0x2000 }),
    ipv4(CLIENT, SERVER, UDP, datagram.subarray(24), { fragment: 24 / 8 }),
  ];
}

interface Ipv4Details {
  readonly ttl?: number;
  readonly options?: Uint8Array;
  /** Flags and offset as they stand in the header. */
  readonly fragment?: number;
}

function ipv4(from: Host, to: Host, protocol: number, segment: Uint8Array, details: Ipv4Details = {}): Uint8Array {
  const { ttl = 64, options = new Uint8Array(0), fragment = 0x4000 } = details;
  const headerLength = 20 + options.length;
  const header = bytes(
    Uint8Array.of(0x40 | (headerLength / 4), 0),
    u16(headerLength + segment.length),
    u16(1),
    u16(fragment),
    Uint8Array.of(ttl, protocol),
    u16(0),
    address(from.ip),
    address(to.ip),
    options,
  );
  const pseudo = bytes(address(from.ip), address(to.ip), Uint8Array.of(0, protocol), u16(segment.length));
  const whole = (fragment & 0x3fff) === 0;
  const body = whole ? transportChecksum(protocol, segment, pseudo) : segment;
  return bytes(ethernet(to.mac, from.mac, 0x0800), withChecksum(header, 10, new Uint8Array(0)), body);
}

function transportChecksum(protocol: number, segment: Uint8Array, pseudo: Uint8Array): Uint8Array {
  if (protocol === TCP) return withChecksum(segment, 16, pseudo);
  return protocol === UDP ? withChecksum(segment, 6, pseudo) : segment;
}

function ipv6(from: Host, to: Host, next: number, segment: Uint8Array, checksumAt: number, hops: number): Uint8Array {
  const pseudo = bytes(hex(from.ip6), hex(to.ip6), u32(segment.length), u32(next));
  return bytes(
    ethernet(to.mac, from.mac, 0x86dd),
    u32(0x60000000),
    u16(segment.length),
    Uint8Array.of(next, hops),
    hex(from.ip6),
    hex(to.ip6),
    withChecksum(segment, checksumAt, pseudo),
  );
}

function tcp6(from: Host, to: Host, source: number, target: number, hops = 64): Uint8Array {
  return ipv6(from, to, TCP, tcpSegment(source, target, 5000, SYN, ''), 16, hops);
}

function neighbour(): Uint8Array {
  const message = bytes(hex('8700000000000000'), hex(SERVER.ip6), hex(`0101${CLIENT.mac}`));
  return ipv6(CLIENT, SERVER, ICMPV6, message, 2, 255);
}

/** Puts an 802.1Q tag behind the addresses. */
function vlan(id: number, packet: Uint8Array): Uint8Array {
  return bytes(packet.subarray(0, 12), u16(0x8100), u16(id), packet.subarray(12));
}

/** Fills in the Internet checksum (RFC 1071) of `pseudo` and `message` at `at`. */
function withChecksum(message: Uint8Array, at: number, pseudo: Uint8Array): Uint8Array {
  const all = bytes(pseudo, message, new Uint8Array(message.length % 2));
  let sum = 0;
  for (let i = 0; i < all.length; i += 2) sum += ((all[i] ?? 0) << 8) | (all[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const filled = message.slice();
  filled.set(u16(~sum & 0xffff), at);
  return filled;
}

function address(dotted: string): Uint8Array {
  return Uint8Array.from(dotted.split('.').map(Number));
}

function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

function u32(value: number): Uint8Array {
  return bytes(u16(value >>> 16), u16(value));
}

function u16le(value: number): Uint8Array {
  return u16(value).toReversed();
}

function u32le(value: number): Uint8Array {
  return u32(value).toReversed();
}

function bytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
