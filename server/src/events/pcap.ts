import { linkTypeName } from './linkTypes.ts';
import { kept } from './problems.ts';
import type { ProblemList } from './problems.ts';
import type { EachEvent, RecordParser } from './recordParser.ts';

/** Largest packet that other tools write; a longer one is taken only where the file's own snap length allows it. */
const USUAL_LIMIT = 262_144;
const UPPER_LIMIT = 16 * 1024 * 1024;

interface Magic {
  readonly name: string;
  readonly unit: string;
  /** Nanoseconds in one unit of the record's fraction. */
  readonly fractionNs: number;
  readonly recordHeaderBytes: 16 | 24;
}

/** The third is Alexey Kuznetzov's format of the 1990s, with eight more bytes in each record's header. */
const MAGICS: ReadonlyMap<number, Magic> = new Map([
  [0xa1b2c3d4, { name: 'pcap', unit: 'microseconds', fractionNs: 1000, recordHeaderBytes: 16 }],
  [0xa1b23c4d, { name: 'pcap', unit: 'nanoseconds', fractionNs: 1, recordHeaderBytes: 16 }],
  [0xa1b2cd34, { name: 'modified pcap', unit: 'microseconds', fractionNs: 1000, recordHeaderBytes: 24 }],
]);

/** Whether the first four bytes are those of a pcap file. */
export function isPcap(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  return MAGICS.has(view.getUint32(0, true)) || MAGICS.has(view.getUint32(0, false));
}

/** Parses classic pcap. Source: draft-ietf-opsawg-pcap and the behaviour of libpcap 1.10 and Wireshark 4.0. */
export class PcapParser implements RecordParser {
  wanted = 24;
  format = 'pcap';
  private readonly problems: ProblemList;
  private magic: Magic | null = null;
  private littleEndian = true;
  private linkType = 0;
  private lengths: 'normal' | 'swapped' | 'maybeSwapped' = 'normal';
  private limit = USUAL_LIMIT;
  private index = 0;

  constructor(problems: ProblemList) {
    this.problems = problems;
  }

  parse(bytes: Uint8Array, base: number, each: EachEvent): number {
    const view = viewOf(bytes);
    let at = 0;
    if (this.magic === null) {
      if (bytes.length < 24) return 0;
      this.readFileHeader(view);
      at = 24;
    }
    while (!this.problems.stopped) {
      const next = this.readRecord(bytes, view, at, base, each);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  end(base: number, rest: number): void {
    if (this.magic === null)
      this.problems.stop('cut-file-header', base, `the file ends after ${rest} of its 24 header bytes`);
    else if (rest > 0) this.cutRecord(base, rest);
  }

  private cutRecord(base: number, rest: number): void {
    const header = this.magic?.recordHeaderBytes ?? 16;
    const where = `packet ${this.index + 1} at byte ${base} is cut`;
    if (rest < header)
      this.problems.stop(
        'cut-record',
        base,
        `${where}: the file ends in its header (${rest} of ${header} bytes); ${kept(this.index)}`,
      );
    else
      this.problems.stop(
        'cut-record',
        base,
        `${where}: ${rest - header} of ${this.wanted - header} bytes are there; ${kept(this.index)}`,
      );
  }

  private readFileHeader(view: DataView): void {
    this.littleEndian = MAGICS.has(view.getUint32(0, true));
    const le = this.littleEndian;
    const magic = MAGICS.get(view.getUint32(0, le));
    if (magic === undefined) return this.problems.stop('unknown-format', 0, 'this is no pcap file');
    this.magic = magic;
    this.readVersion(view.getUint16(4, le), view.getUint16(6, le));
    const snapLength = view.getUint32(16, le);
    this.limit = Math.max(USUAL_LIMIT, Math.min(snapLength, UPPER_LIMIT));
    this.readLinkType(view.getUint32(20, le));
    const order = le ? 'little endian' : 'big endian';
    this.format = `${magic.name}, ${magic.unit}, ${order}, ${linkTypeName(this.linkType)}`;
    this.wanted = magic.recordHeaderBytes;
  }

  /** Before version 2.3 the two lengths stood the other way round; 2.3 was written both ways. */
  private readVersion(major: number, minor: number): void {
    if (major !== 2)
      return this.problems.stop('unsupported-version', 4, `pcap version ${major}.${minor} is not known; 2.4 is usual`);
    this.lengths = minor < 3 ? 'swapped' : minor === 3 ? 'maybeSwapped' : 'normal';
  }

  /** The upper bits tell whether frames end in a check sequence (bit 26) and its length (bits 28-31). */
  private readLinkType(field: number): void {
    this.linkType = field & 0xffff;
    if ((field & 0x0bff_0000) !== 0)
      this.problems.stop(
        'unsupported-link-type',
        20,
        `reserved bits of the link type are set (0x${field.toString(16)})`,
      );
  }

  private readRecord(bytes: Uint8Array, view: DataView, at: number, base: number, each: EachEvent): number {
    const header = this.magic?.recordHeaderBytes ?? 16;
    const le = this.littleEndian;
    this.wanted = header;
    if (bytes.length - at < header) return at;
    let captured = view.getUint32(at + 8, le);
    let wireLength = view.getUint32(at + 12, le);
    if (this.lengths === 'swapped' || (this.lengths === 'maybeSwapped' && captured > wireLength))
      [captured, wireLength] = [wireLength, captured];
    if (captured > this.limit) {
      this.absurdLength(base + at, captured);
      return at;
    }
    this.wanted = header + captured;
    if (bytes.length - at < this.wanted) return at;
    each({
      kind: 'packet',
      index: this.index++,
      timeNs: this.timeNs(view.getUint32(at, le), view.getUint32(at + 4, le)),
      linkType: this.linkType,
      data: bytes.subarray(at + header, at + header + captured),
      wireLength,
      interfaceId: 0,
      interfaceName: null,
      direction: null,
      queue: null,
      packetId: null,
      verdict: null,
    });
    this.wanted = header;
    return at + header + captured;
  }

  private absurdLength(offset: number, captured: number): void {
    this.problems.stop(
      'absurd-length',
      offset,
      `packet ${this.index + 1} at byte ${offset} claims ${captured} bytes, more than the largest packet ` +
        `(${this.limit}); the file is damaged here; ${kept(this.index)}`,
    );
  }

  /** A fraction of a second or more is carried into the seconds, as other readers do. */
  private timeNs(seconds: number, fraction: number): bigint {
    const { fractionNs } = this.magic ?? { fractionNs: 1 };
    return BigInt(seconds) * 1_000_000_000n + BigInt(fraction * fractionNs);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
