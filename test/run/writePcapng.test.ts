import { expect, it } from 'vitest';
import { pcapngHeader, pcapngPacket } from '../../server/src/run/writePcapng.ts';
import { readAll } from '../events/readAll.ts';

it.each([0, 1, 2, 3, 4, 61])('what is written for %i bytes is read again', (length) => {
  const data = Uint8Array.from({ length }, (_, i) => i + 1);
  const common = { data, wireLength: 1500, id: 9 };
  const packets = [
    pcapngPacket({ ...common, timeNs: 1_700_000_000_123_456_789n, verdict: { type: 'xdp', value: 2 } }),
    pcapngPacket({ ...common, timeNs: null, verdict: { type: 'tc', value: -1 } }),
    pcapngPacket({ ...common, timeNs: 5n, verdict: null }),
  ];
  const { events, problems, format } = readAll(new Uint8Array(Buffer.concat([pcapngHeader('x y', 1), ...packets])));
  expect(problems).toEqual([]);
  expect(format).toBe('pcapng, nanoseconds, little endian, Ethernet');
  const fixed = {
    kind: 'packet',
    linkType: 1,
    data,
    wireLength: 1500,
    interfaceId: 0,
    interfaceName: null,
    direction: null,
    queue: null,
    packetId: 9n,
  };
  expect(events).toEqual([
    { ...fixed, index: 0, timeNs: 1_700_000_000_123_456_789n, verdict: { type: 'xdp', value: 2n } },
    { ...fixed, index: 1, timeNs: 0n, verdict: { type: 'tc', value: 0xffff_ffff_ffff_ffffn } },
    { ...fixed, index: 2, timeNs: 5n, verdict: null },
  ]);
});
