import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import type { PacketEvent } from '../../server/src/events/event.ts';
import { frameOf } from '../../server/src/run/linkLayer.ts';

const MADE_UP = '020000000001020000000002';
const IP = [0x45, 0, 0, 1];
const IP6 = [0x60, 0, 0, 1];

function event(linkType: number, data: readonly number[]): PacketEvent {
  const fields = { interfaceId: 0, interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  return {
    kind: 'packet',
    index: 0,
    timeNs: 0n,
    linkType,
    data: Uint8Array.from(data),
    wireLength: data.length,
    ...fields,
  };
}

describe('the Ethernet frame of a captured packet', () => {
  it.each([
    ['Ethernet', 1, [1, 2, 3], '010203'],
    ['raw IP, version 4', 101, IP, `${MADE_UP}080045000001`],
    ['raw IP, version 6', 12, IP6, `${MADE_UP}86dd60000001`],
    ['raw IP of OpenBSD', 14, IP, `${MADE_UP}080045000001`],
    ['IPv4', 228, [9], `${MADE_UP}080009`],
    ['IPv6', 229, [9], `${MADE_UP}86dd09`],
    ['loopback, little endian', 0, [2, 0, 0, 0, ...IP], `${MADE_UP}080045000001`],
    ['loopback, big endian', 0, [0, 0, 0, 2, ...IP], `${MADE_UP}080045000001`],
    ['loopback of macOS, IPv6', 0, [30, 0, 0, 0, ...IP6], `${MADE_UP}86dd60000001`],
    ['OpenBSD loopback', 108, [0, 0, 0, 24, ...IP6], `${MADE_UP}86dd60000001`],
    ['cooked v1', 113, [...Array.from({ length: 14 }, () => 0), 0x08, 0x06, 7], `${MADE_UP}080607`],
    ['cooked v2', 276, [0x08, 0, 0, 0, 0, 0, 0, 5, ...Array.from({ length: 12 }, () => 0), 7], `${MADE_UP}080007`],
    ['PPP', 9, [0, 0x21, ...IP], `${MADE_UP}080045000001`],
    ['PPP with address and control', 9, [0xff, 3, 0, 0x57, ...IP6], `${MADE_UP}86dd60000001`],
  ])('%s', (_, linkType, data, expected) => {
    const frame = frameOf(event(linkType, data));
    if (typeof frame === 'string') throw new Error(frame);
    expect(toHex(frame.bytes)).toBe(expected);
    expect(frame.synthetic).toBe(linkType !== 1);
  });

  it('keeps the interface of cooked v2', () => {
    expect(frameOf(event(276, [0x08, 0, 0, 0, 0, 0, 1, 5, ...Array.from({ length: 12 }, () => 0)]))).toMatchObject({
      ifindex: 261,
    });
  });

  it.each([
    [105, [], 'captured on IEEE 802.11, which cannot be turned into an Ethernet frame'],
    [147, [], 'captured on user-defined 0, which cannot be turned into an Ethernet frame'],
    [999, [], 'captured on link type 999, which cannot be turned into an Ethernet frame'],
    [101, [], 'neither IPv4 nor IPv6: the first byte has version 0'],
    [0, [2], 'shorter than its loopback header'],
    [0, [7, 0, 0, 0], 'neither IPv4 nor IPv6: address family 7'],
    [113, [0], 'shorter than its Linux cooked header'],
    [113, Array.from({ length: 16 }, () => 0), 'Linux protocol 0 has no EtherType'],
    [9, [0xff, 3], 'shorter than its PPP header'],
    [9, [0xc0, 0x21], 'PPP protocol 0xc021 is neither IPv4 nor IPv6'],
  ])('says why link type %i has none (%j)', (linkType, data, reason) => {
    expect(frameOf(event(linkType, data))).toBe(reason);
  });
});
