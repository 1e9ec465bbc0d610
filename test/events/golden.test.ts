import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PacketEvent } from '../../server/src/events/event.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { random, readAll } from './readAll.ts';

/** What tshark said about each packet: time, captured length, length, interface, md5. */
interface Golden {
  readonly timeNs: bigint | null;
  readonly captured: number;
  readonly wireLength: number;
  readonly interfaceId: number;
  readonly md5: string;
}

const folders: readonly (readonly [folder: string, prefix: string])[] = [
  ['pcap', 'pcap'],
  ['pcap-variants', 'pcap-variants'],
  ['pcap-thirdparty', 'pcaps-thirdparty'],
  ['golden/third-party/libpcap-filter/pcaps', 'libpcap-filter'],
];

/** Tshark refuses link types that it has no dissector for; our reader does not care what is inside. */
const REFUSED_BY_TSHARK = new Set(['brcm-tag-stp.pcap', 'brcm-tag.pcap', 'dsa.pcap']);

const cases = folders.flatMap(([folder, prefix]) =>
  (existsSync(sharedPath('recordings', folder)) ? readdirSync(sharedPath('recordings', folder)) : [])
    .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name))
    .map((name) => ({ name, file: sharedPath('recordings', folder, name), golden: `${prefix}__${name}.tsv` })),
);

describe.skipIf(sharedFolder === null)('packets equal tshark’s (skipped where ../shared is absent)', () => {
  it('finds the recordings', () => expect(cases.length).toBeGreaterThan(150));

  it.each(cases.filter(({ name }) => !REFUSED_BY_TSHARK.has(name)))('$golden', ({ file, golden }) => {
    const bytes = contents(file);
    const expected = goldenPackets(sharedPath('recordings/golden/readers', golden));
    const next = random(7);
    expect(readAll(bytes).events.map(summary)).toEqual(expected);
    expect(readAll(bytes, () => 1 + next(200)).events.map(summary)).toEqual(expected);
    if (bytes.length < 100_000) expect(readAll(bytes, () => 1).events.map(summary)).toEqual(expected);
  });
});

function contents(file: string): Uint8Array {
  const bytes = readFileSync(file);
  return new Uint8Array(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

function summary(event: PacketEvent): Golden {
  const { timeNs, wireLength, interfaceId } = event;
  const md5 = createHash('md5').update(event.data).digest('hex');
  return { timeNs, captured: event.data.length, wireLength, interfaceId, md5 };
}

/** Rows without a link type are blocks that tshark counts as frames although they hold no packet. */
function goldenPackets(file: string): Golden[] {
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean);
  return rows
    .map((row) => row.split('\t'))
    .filter((columns) => columns[5] !== '')
    .map(goldenOf);
}

function goldenOf(columns: readonly string[]): Golden {
  const [, written = '', captured, wireLength, interfaceId = '', , md5 = ''] = columns;
  // A fraction of 2^31 ns or more is negative to tshark, which then prints a sign; we take what stands in the file.
  const [seconds, fraction] = written.replace(/^-/, '').split('.');
  const timeNs =
    seconds === undefined || fraction === undefined ? null : BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
  return { timeNs, captured: Number(captured), wireLength: Number(wireLength), interfaceId: Number(interfaceId), md5 };
}
