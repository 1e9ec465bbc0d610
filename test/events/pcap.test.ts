import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, pcapHeader, pcapRecord } from './buildCapture.ts';
import { readAll } from './readAll.ts';

/** "length/wire length @ns" of each packet, then the problems' codes. */
function brief(...parts: readonly (readonly number[])[]): string[] {
  const { events, problems } = readAll(bytesOf(...parts));
  return [
    ...events.map(({ data, wireLength, timeNs }) => `${data.length}/${wireLength} @${timeNs}`),
    ...problems.map(({ code, recoverable }) => (recoverable ? `${code}?` : code)),
  ];
}

const big = { order: 'big' } as const;
const nano = { magic: 0xa1b23c4d };

describe('pcap', () => {
  it.each([
    ['microseconds', [pcapHeader(), pcapRecord([1, 2, 3])], ['3/3 @1000002000']],
    ['nanoseconds', [pcapHeader(nano), pcapRecord([1, 2, 3])], ['3/3 @1000000002']],
    ['big endian', [pcapHeader(big), pcapRecord([1, 2, 3], big)], ['3/3 @1000002000']],
    ['big endian, nanoseconds', [pcapHeader({ ...nano, ...big }), pcapRecord([1], big)], ['1/1 @1000000002']],
    [
      'modified format with longer record headers',
      [pcapHeader({ magic: 0xa1b2cd34 }), pcapRecord([1, 2], { extra: 8 }), pcapRecord([], { extra: 8 })],
      ['2/2 @1000002000', '0/0 @1000002000'],
    ],
    ['no packets', [pcapHeader()], []],
    ['snap length 0', [pcapHeader({ snapLength: 0 }), pcapRecord([1, 2])], ['2/2 @1000002000']],
    ['cut by the snap length', [pcapHeader(), pcapRecord([1, 2], { length: 1500 })], ['2/1500 @1000002000']],
    ['more captured than there was', [pcapHeader(), pcapRecord([1, 2, 3], { length: 1 })], ['3/1 @1000002000']],
    ['a fraction of a second and more', [pcapHeader(), pcapRecord([], { fraction: 1_500_000 })], ['0/0 @2500000000']],
    ['seconds beyond 2038', [pcapHeader(), pcapRecord([], { seconds: 0xffffffff })], ['0/0 @4294967295000002000']],
    [
      'version 2.2 with swapped lengths',
      [pcapHeader({ version: [2, 2] }), pcapRecord([1, 2], { captured: 9, length: 2 })],
      ['2/9 @1000002000'],
    ],
    [
      'version 2.3, written both ways',
      [pcapHeader({ version: [2, 3] }), pcapRecord([1, 2], { captured: 9, length: 2 }), pcapRecord([1], { length: 5 })],
      ['2/9 @1000002000', '1/5 @1000002000'],
    ],
    ['frame check sequence announced', [pcapHeader({ linkType: 0x24000001 }), pcapRecord([1])], ['1/1 @1000002000']],
    ['reserved link type bits', [pcapHeader({ linkType: 0x300000 }), pcapRecord([1])], ['unsupported-link-type']],
    ['version 1', [pcapHeader({ version: [1, 0] }), pcapRecord([1])], ['unsupported-version']],
    ['cut in the file header', [pcapHeader().slice(0, 16)], ['cut-file-header']],
    [
      'cut in a record header',
      [pcapHeader(), pcapRecord([1]), pcapRecord([1]).slice(0, 7)],
      ['1/1 @1000002000', 'cut-record'],
    ],
    [
      'cut in the data',
      [pcapHeader(), pcapRecord([1]), pcapRecord([1, 2]).slice(0, 17)],
      ['1/1 @1000002000', 'cut-record'],
    ],
    [
      'absurd captured length',
      [pcapHeader(), pcapRecord([1]), pcapRecord([1], { captured: 0x7fffffff }), pcapRecord([1])],
      ['1/1 @1000002000', 'absurd-length'],
    ],
    [
      'absurd length that the snap length allows',
      [pcapHeader({ snapLength: 0xffffffff }), pcapRecord([], { captured: 0xfffffff0 })],
      ['absurd-length'],
    ],
    ['empty file', [], ['empty-file']],
    ['three bytes', [[1, 2, 3]], ['unknown-format']],
    ['text', [ascii('hello world, this is no capture')], ['unknown-format']],
    ['gzip', [[0x1f, 0x8b, 8, 0, 0, 0, 0]], ['gzip-compressed']],
    ['zstd', [[0x28, 0xb5, 0x2f, 0xfd, 0]], ['zstd-compressed']],
    ['perf.data', [ascii('PERFILE2')], ['unsupported-format']],
  ] as const)('%s', (_, parts, expected) => {
    expect(brief(...parts)).toEqual(expected);
  });

  it('says where it stopped and what it kept', () => {
    const { problems } = readAll(bytesOf(pcapHeader(), pcapRecord([1]), pcapRecord([1, 2, 3, 4]).slice(0, 18)));
    expect(problems).toEqual([
      {
        code: 'cut-record',
        offset: 41,
        message: 'packet 2 at byte 41 is cut: 2 of 4 bytes are there; the packet before it is kept',
        recoverable: false,
      },
    ]);
  });

  it('names its format', () => {
    expect(readAll(bytesOf(pcapHeader({ ...nano, ...big }))).format).toBe('pcap, nanoseconds, big endian, Ethernet');
    expect(readAll(bytesOf(pcapHeader({ linkType: 276 }))).format).toBe(
      'pcap, microseconds, little endian, Linux cooked v2',
    );
  });
});
