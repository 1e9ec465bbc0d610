import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../server/src/events/openRecording.ts';
import { NOTHING_RECORDED, type Event, type PacketEvent } from '../../server/src/events/event.ts';
import { classicFile, classicProgram, decimals, recordedFilters, type RecordedFilter } from '../asm/classicPrograms.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { compileFilter, countPackets, tcpdumpVersion } from '../support/tcpdump.ts';
import { packetEvent, sessionOf } from './classicRun.ts';

const ENGINES = ['jit', 'interpreter'] as const;

describe.skipIf(sharedFolder === null)('tcpdump filters over recordings (skipped where ../shared is absent)', () => {
  const byCapture = new Map<string, RecordedFilter[]>();
  for (const filter of sharedFolder === null ? [] : recordedFilters())
    byCapture.set(filter.pcap, [...(byCapture.get(filter.pcap) ?? []), filter]);
  const cases = [...byCapture.keys()].flatMap((capture) => ENGINES.map((engine) => ({ capture, engine })));

  it('are many', () => {
    expect(cases.length).toBeGreaterThan(40);
    expect([...byCapture.values()].flat().length).toBeGreaterThan(1300);
  });

  it.each(cases)('$capture, $engine: the packets that match in libpcap and the kernel', ({ capture, engine }) => {
    const filters = byCapture.get(capture) ?? [];
    const runs = filters.map(({ insns }) => ({
      session: sessionOf(classicProgram(decimals(insns)), engine),
      found: [] as number[],
    }));
    const packets = eachEvent(captureFile(capture), (event) => {
      for (const { session, found } of runs) if (session.run(event).verdict === 'accept') found.push(event.index);
    });
    expect(packets).toBeGreaterThan(0);
    expect(runs.map(({ session }) => session.summary().skipped)).toEqual(runs.map(() => 0));
    expect(runs.map(({ found }, i) => [filters[i]?.expr, found])).toEqual(
      filters.map(({ expr, matches }) => [expr, matches]),
    );
  });

  it.each(countedCaptures())('%s: as many as tcpdump counts', (capture) => {
    const counts = tcpdumpCounts().filter((row) => row.capture === capture && /^\d+$/.test(row.count));
    const linkType = linkTypeOf(captureFile(capture));
    const runs = counts.map(({ expr }) => {
      const insns = compiled.get(`${linkType === RAW ? DLT_RAW : linkType} ${expr}`) ?? [];
      return { expr, session: sessionOf(classicProgram(decimals(insns)), 'jit') };
    });
    eachEvent(captureFile(capture), (event) => runs.forEach(({ session }) => session.run(event)));
    expect(runs.map(({ expr, session }) => [expr, session.summary().returns.get('accept') ?? 0])).toEqual(
      counts.map(({ expr, count }) => [expr, Number(count)]),
    );
  });

  const compiled = new Map([...byCapture.values()].flat().map(({ dlt, expr, insns }) => [`${dlt} ${expr}`, insns]));
});

interface CountRow {
  readonly capture: string;
  readonly expr: string;
  readonly count: string;
}

function tcpdumpCounts(): CountRow[] {
  const file = sharedPath('recordings/golden/results/tcpdump-counts.tsv');
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [capture = '', expr = '', count = ''] = row.split('\t');
    return { capture, expr, count };
  });
}

/** The large capture is not among the recordings. */
function countedCaptures(): string[] {
  if (sharedFolder === null) return [];
  return [...new Set(tcpdumpCounts().map(({ capture }) => capture))].filter((name) => existsSync(pathOf(name)));
}

function linkTypeOf(file: string): number {
  let linkType = -1;
  eachEvent(file, (event) => {
    if (linkType === -1 && event.kind === 'packet') ({ linkType } = event);
  });
  return linkType;
}

function pathOf(name: string): string {
  return sharedPath('recordings', name.replace('fixtures/', '').replace('pcaps-thirdparty', 'pcap-thirdparty'));
}

function captureFile(name: string): string {
  const file = pathOf(name);
  expect(existsSync(file)).toBe(true);
  return file;
}

function eachEvent(file: string, take: (event: Event) => void): number {
  const reader = createReader();
  let count = 0;
  const each = (event: Event): void => {
    count++;
    take(event);
  };
  reader.push(new Uint8Array(readFileSync(file)), each);
  reader.end(each);
  return count;
}

describe.skipIf(tcpdumpVersion() === null || sharedFolder === null)(
  'filters of libpcap’s own tests, beside the installed tcpdump (skipped where it is not)',
  () => {
    const folder = 'recordings/golden/third-party/libpcap-filter';
    const rows = sharedFolder === null ? [] : (JSON.parse(readFileSync(sharedPath(folder, 'filter_apply_blocks.json'), 'utf8')) as { expr: string; savefile: string }[]); // prettier-ignore
    const cases = rows.filter((_, index) => index % 4 === 0);

    it.each(cases)('$expr over $savefile', ({ expr, savefile }) => {
      const capture = sharedPath(folder, 'pcaps', savefile);
      const compiled = compiledFor(capture, expr);
      // Newer than the installed libpcap, or not for kernels: protochain.
      if (compiled === null || classicFile(compiled).object.diagnostics.length > 0) return;
      const session = sessionOf(classicProgram(compiled), 'both');
      eachEvent(capture, (event) => void session.run(event));
      expect(session.difference).toBe(null);
      expect(session.summary().returns.get('accept') ?? 0).toBe(countPackets(capture, expr));
    });
  },
);

function compiledFor(capture: string, expression: string): string | null {
  try {
    return compileFilter(capture, 'ddd', expression);
  } catch {
    return null;
  }
}

const ETHERNET = 1;
const SLL = 113;
const SLL2 = 276;
const RAW = 101;
/** What libpcap calls raw IP on Linux. */
const DLT_RAW = 12;

/** An IPv4 header's first bytes behind a link layer of zeros but for its protocol. */
function packet(linkBytes: number, protocolAt: number): Uint8Array {
  const data = new Uint8Array(linkBytes + 20);
  if (protocolAt >= 0) data[protocolAt] = 8;
  data[linkBytes] = 0x45;
  return data;
}

/** What a filter returns for one packet. */
function returned(text: string, event: PacketEvent): number | string | null {
  const session = sessionOf(classicProgram(text), 'both');
  const { returnValue, skipped } = session.run(event);
  return session.difference ?? skipped ?? returnValue;
}

describe('what a filter sees of a packet', () => {
  it('is the link layer of the capture', () => {
    const links = [[ETHERNET, 14, 12], [SLL, 16, 14], [SLL2, 20, 0], [RAW, 0, -1]] as const; // prettier-ignore
    for (const [linkType, linkBytes, protocolAt] of links) {
      const event = packetEvent(packet(linkBytes, protocolAt), 0, { linkType });
      expect(returned(`ldb [${linkBytes}]\nret a`, event)).toBe(0x45);
      // SKF_NET_OFF and SKF_LL_OFF.
      expect(returned('ldb [-0x100000]\nret a', event)).toBe(0x45);
      expect(returned(`ldb [${linkBytes - 0x20_0000}]\nret a`, event)).toBe(0x45);
      expect(returned('ld proto\nret a', event)).toBe(0x0800);
      expect(returned(`ldxb 4*([${linkBytes}]&0xf)\ntxa\nret a`, event)).toBe(20);
    }
  });

  it('ends with the captured bytes, though its length is that on the wire', () => {
    const event = packetEvent(new Uint8Array(10).fill(7), 0, { wireLength: 1500 });
    expect(returned('ld len\nret a', event)).toBe(1500);
    expect(returned('ldx len\ntxa\nret a', event)).toBe(1500);
    expect(returned('ld [6]\nret #1', event)).toBe(1);
    expect(returned('ld [7]\nret #1', event)).toBe(0);
  });

  it('comes with what the recording says of it', () => {
    const cooked = new Uint8Array(24);
    cooked[7] = 3;
    cooked[10] = 4;
    const broadcast = packet(14, 12).fill(0xff, 0, 6);
    const outgoing = { linkType: ETHERNET, direction: 'out', queue: 2 } as const;
    expect(returned('ld type\nret a', packetEvent(cooked, 0, { linkType: SLL2 }))).toBe(4);
    expect(returned('ld ifidx\nret a', packetEvent(cooked, 0, { linkType: SLL2 }))).toBe(3);
    expect(returned('ld type\nret a', packetEvent(packet(14, 12), 0, outgoing))).toBe(4);
    expect(returned('ld queue\nret a', packetEvent(packet(14, 12), 0, outgoing))).toBe(2);
    expect(returned('ld type\nret a', packetEvent(broadcast, 0, { linkType: ETHERNET }))).toBe(1);
    expect(returned('ldb vlan_avail\nadd #5\nret a', packetEvent(broadcast, 0, { linkType: ETHERNET }))).toBe(5);
  });

  it('is told where the recording says nothing', () => {
    const session = sessionOf(classicProgram('ld mark\nld rxhash\nret a'), 'both');
    session.run(packetEvent(new Uint8Array(4), 0, { wireLength: 9 }));
    expect(session.summary().notes).toEqual([
      'the recording does not say mark: it is 0',
      'the recording does not say rxhash: it is 0',
      '1 packet has fewer bytes than there were on the wire (snap length)',
    ]);
    const fields = new Map([['mark', 7n]]);
    const recorded = { ...NOTHING_RECORDED, fields };
    expect(returned('ld mark\nret a', packetEvent(new Uint8Array(4), 0, { recorded }))).toBe(7);
    const unknown = returned('ldh proto\nret a', packetEvent(new Uint8Array(4), 0));
    expect(unknown).toBe('captured on user-defined 0, which cannot be turned into an Ethernet frame');
  });

  it('may be huge, and nothing at all', () => {
    expect(returned('ldx #0x3fff0\nldb [x+0xf]\nret a', packetEvent(new Uint8Array(0x40000).fill(9), 0))).toBe(9);
    expect(returned('ldb [0]\nret #1', packetEvent(new Uint8Array(), 0))).toBe(0);
    expect(returned('ret #0xffffffff', packetEvent(new Uint8Array(), 0))).toBe(0xffff_ffff);
    const tooLarge = returned('ret #1', packetEvent(new Uint8Array(0x8_0000), 0));
    expect(tooLarge).toMatch(/bytes are too many/);
  });
});
