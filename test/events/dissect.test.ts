import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { dissect, type FirstLayer, summarize } from '../../server/src/events/dissect.ts';

const ETH = '020000000001 020000000002';
const IPV4_TCP = '45000028 00010000 40060000 c0000201 c6336407';
const SYN = 'c37b01bb 00000001 00000000 50022000 00000000';

const packets: readonly (readonly [what: string, hex: string, summary: string, layers: string, first?: FirstLayer])[] =
  [
    ['TCP SYN', `${ETH} 0800 ${IPV4_TCP} ${SYN}`, '192.0.2.1:50043 → 198.51.100.7:443 TCP [SYN]', 'eth ipv4 tcp'],
    ['without Ethernet', `${IPV4_TCP} ${SYN}`, '192.0.2.1:50043 → 198.51.100.7:443 TCP [SYN]', 'ipv4 tcp', 'ip'],
    [
      'two tags',
      `${ETH} 88a8 0064 8100 6005 0800 ${IPV4_TCP} ${SYN}`,
      'VLAN 100 192.0.2.1:50043 → 198.51.100.7:443 TCP [SYN]',
      'eth vlan vlan ipv4 tcp',
    ],
    [
      'ARP',
      `${ETH} 0806 0001 0800 06 04 0001 020000000002 c0000201 000000000000 c0000202`,
      'ARP request 192.0.2.1 → 192.0.2.2',
      'eth arp',
    ],
    [
      'IPv6 UDP behind an option header',
      `${ETH} 86dd 60000000 00180040 20010db8000000000000000000000001 20010db8000000000000000000000002 1100010400000000 0035 d431 0010 0000 0011223344556677`,
      '[2001:db8::1]:53 → [2001:db8::2]:54321 UDP',
      'eth ipv6 udp payload',
    ],
    [
      'ping',
      `${ETH} 0800 4500001c 00010000 40010000 7f000001 7f000001 0800f7ff 00000000`,
      '127.0.0.1 → 127.0.0.1 ICMP echo request',
      'eth ipv4 icmp',
    ],
    [
      'a later fragment',
      `${ETH} 0800 4500001c 00010010 40110000 7f000001 7f000001 0011223344556677`,
      '127.0.0.1 → 127.0.0.1 UDP (17)',
      'eth ipv4 payload',
    ],
    ['a cut TCP header', `${ETH} 0800 ${IPV4_TCP} c37b01bb`, '192.0.2.1 → 198.51.100.7 TCP (6)', 'eth ipv4 payload'],
    ['an unknown type', `${ETH} 1234 00`, '02:00:00:00:00:02 → 02:00:00:00:00:01 0x1234', 'eth payload'],
    ['nothing', '', 'too short for an Ethernet header', ''],
    ['a few bytes', '0102', 'too short for an Ethernet header', 'payload'],
  ];

describe('taking packets apart', () => {
  for (const [what, hex, summary, layers, first] of packets)
    it(what, () => {
      const packet = fromHex(hex);
      if (packet === null) throw new Error('bad hex in the test');
      expect(summarize(packet, first)).toBe(summary);
      expect(
        dissect(packet, first)
          .map(({ name }) => name)
          .join(' '),
      ).toBe(layers);
    });

  it('never leaves the packet, whatever the bytes', () => {
    let seed = 1;
    for (let round = 0; round < 3000; round++) {
      const packet = Uint8Array.from(
        { length: round % 120 },
        () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff) >> 16,
      );
      if (packet.length > 14)
        packet.set(
          [
            [8, 0],
            [0x86, 0xdd],
            [0x81, 0],
          ][round % 3] ?? [],
          12,
        );
      if (packet.length > 15) packet[14] = round % 2 === 0 ? 0x45 : 0x60;
      for (const layer of dissect(packet)) {
        expect(layer.offset + layer.length).toBeLessThanOrEqual(packet.length);
        for (const field of layer.fields) expect(field.offset + field.length).toBeLessThanOrEqual(packet.length);
      }
    }
  });
});
