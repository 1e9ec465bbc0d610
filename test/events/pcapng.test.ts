import { describe, expect, it } from 'vitest';
import {
  ascii,
  block,
  bytesOf,
  enhancedPacket,
  fields,
  interfaceBlock,
  option,
  section,
  simplePacket,
} from './buildCapture.ts';
import { readAll } from './readAll.ts';

function brief(...parts: readonly (readonly number[])[]): string[] {
  const { events, problems } = readAll(bytesOf(...parts));
  return [
    ...events.map((e) => `${e.data.length}/${e.wireLength} @${e.timeNs} if${e.interfaceId} link${e.linkType}`),
    ...problems.map(({ code, recoverable }) => (recoverable ? `${code}?` : code)),
  ];
}

const packet = enhancedPacket([1, 2, 3]);
const shown = '3/3 @1000002000 if0 link1';
const resolution = (value: number): number[] => interfaceBlock(1, option('little', 9, [value]));

describe('pcapng', () => {
  it.each([
    ['little endian', [section(), interfaceBlock(), packet], [shown]],
    [
      'big endian',
      [section('big'), interfaceBlock(1, [], 'big'), enhancedPacket([1, 2, 3], { order: 'big' })],
      [shown],
    ],
    [
      'sections with byte orders of their own',
      [
        section(),
        interfaceBlock(),
        packet,
        section('big'),
        interfaceBlock(101, [], 'big'),
        enhancedPacket([9], { order: 'big' }),
      ],
      [shown, '1/1 @1000002000 if0 link101'],
    ],
    [
      'a late interface with another link type',
      [section(), interfaceBlock(), packet, interfaceBlock(113), enhancedPacket([9], { id: 1 })],
      [shown, '1/1 @1000002000 if1 link113'],
    ],
    ['nanoseconds', [section(), resolution(9), packet], ['3/3 @1000002 if0 link1']],
    ['seconds', [section(), resolution(0), packet], ['3/3 @1000002000000000 if0 link1']],
    ['picoseconds', [section(), resolution(12), packet], ['3/3 @1000 if0 link1']],
    ['2^-10 seconds', [section(), resolution(0x8a), packet], ['3/3 @976564453125 if0 link1']],
    ['finest resolution', [section(), resolution(0xff), packet], ['3/3 @0 if0 link1']],
    [
      'time offset',
      [section(), interfaceBlock(1, option('little', 14, fields('little', [64, -1]))), packet],
      ['3/3 @2000 if0 link1'],
    ],
    [
      'largest time stamp',
      [section(), interfaceBlock(), enhancedPacket([], { ticks: 0xffff_ffff_ffff_ffffn })],
      ['0/0 @18446744073709551615000 if0 link1'],
    ],
    ['simple packet', [section(), interfaceBlock(), simplePacket([1, 2, 3, 4, 5])], ['5/5 @null if0 link1']],
    [
      'simple packet, cut',
      [section(), interfaceBlock(1, [], 'little', 4), simplePacket([1, 2, 3, 4], 9)],
      ['4/9 @null if0 link1'],
    ],
    [
      'obsolete packet block',
      [
        section(),
        interfaceBlock(),
        block('little', 2, [...fields('little', [16, 0], [16, 7], [32, 0], [32, 5], [32, 2], [32, 3]), 1, 2]),
      ],
      ['2/3 @5000 if0 link1'],
    ],
    [
      'blocks that hold no packets',
      [
        section(),
        interfaceBlock(),
        ...[4, 5, 10, 9, 0xbad, 0x40000bad, 0x12345678].flatMap((type) => [
          block('little', type, [1, 2, 3, 4]),
          packet,
        ]),
      ],
      [shown, shown, shown, shown, shown, shown, shown],
    ],
    ['a block with nothing in it', [section(), interfaceBlock(), block('little', 77, []), packet], [shown]],
    ['no interface described', [section(), packet], ['unknown-interface']],
    [
      'interface that does not exist',
      [section(), interfaceBlock(), packet, enhancedPacket([1], { id: 7 })],
      [shown, 'unknown-interface'],
    ],
    ['length 0', [section(), interfaceBlock(), packet, block('little', 6, [1], 0)], [shown, 'damaged-block']],
    [
      'length not a multiple of 4',
      [section(), interfaceBlock(), packet, block('little', 6, [1], 33)],
      [shown, 'damaged-block'],
    ],
    [
      'absurd length',
      [section(), interfaceBlock(), packet, block('little', 6, [1], 0xfffffff0)],
      [shown, 'absurd-length'],
    ],
    [
      'unknown block of absurd length',
      [section(), interfaceBlock(), packet, block('little', 99, [1], 0xfffffff0)],
      [shown, 'cut-record'],
    ],
    [
      'trailer differs',
      [section(), interfaceBlock(), packet, [...packet.slice(0, -4), 4, 0, 0, 0], packet],
      [shown, 'damaged-block'],
    ],
    [
      'trailer of an unknown block differs',
      [section(), interfaceBlock(), [...block('little', 99, []).slice(0, -4), 4, 0, 0, 0], packet],
      ['damaged-block'],
    ],
    [
      'packet larger than its block',
      [section(), interfaceBlock(), enhancedPacket([1], { captured: 99 }), packet],
      [shown, 'damaged-block?'],
    ],
    [
      'options that run past the block',
      [section(), interfaceBlock(1, option('little', 2, [65], 400)), packet],
      [shown, 'damaged-options?'],
    ],
    ['version 0.1', [section('little', [0, 1]), interfaceBlock(), packet], ['unsupported-version']],
    ['bad byte-order mark', [[...section().slice(0, 8), 1, 2, 3, 4, ...section().slice(12)]], ['damaged-block']],
    ['cut', [section(), interfaceBlock(), packet, packet.slice(0, 20)], [shown, 'cut-record']],
  ] as const)('%s', (_, parts, expected) => {
    expect(brief(...parts)).toEqual(expected);
  });

  it('reads what xdpdump writes beside a packet', () => {
    const name = option('little', 2, ascii('eth0:xdp_prog()@fexit'));
    const options = [
      ...option('little', 2, fields('little', [32, 1])),
      ...option('little', 5, fields('little', [64, 77])),
      ...option('little', 6, fields('little', [32, 3])),
      ...option('little', 7, [2, ...fields('little', [64, 1])]),
      ...option('little', 0, []),
    ];
    const { events, format } = readAll(bytesOf(section(), interfaceBlock(1, name), enhancedPacket([1], { options })));
    expect(events[0]).toMatchObject({
      interfaceName: 'eth0:xdp_prog()@fexit',
      direction: 'in',
      packetId: 77n,
      queue: 3,
      verdict: { type: 'xdp', value: 1n },
    });
    expect(format).toBe('pcapng, microseconds, little endian, Ethernet');
  });

  it('keeps at most 100 problems', () => {
    const bad = Array.from({ length: 300 }, () => enhancedPacket([1], { captured: 99 }));
    const { problems, events } = readAll(bytesOf(section(), interfaceBlock(), ...bad, packet));
    expect(problems).toHaveLength(100);
    expect(events).toHaveLength(1);
  });
});
