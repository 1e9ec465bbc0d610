import { linkTypeName } from './linkTypes.ts';
import { eachOption, readInterface, readPacketOptions } from './pcapngOptions.ts';
import type { Interface, PacketOptions } from './pcapngOptions.ts';
import { kept } from './problems.ts';
import type { ProblemList } from './problems.ts';
import type { EachEvent, RecordParser } from './recordParser.ts';

/** A block that must be read whole may be this large; others are skipped unread whatever their size. */
const LARGEST_BLOCK = 16 * 1024 * 1024;
const MOST_INTERFACES = 65_536;

const SECTION_HEADER = 0x0a0d_0d0a;
const BLOCK = { interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const;
const NO_OPTIONS: PacketOptions = { direction: null, queue: null, packetId: null, verdict: null };

interface Block {
  readonly type: number;
  /** Position of the block in `bytes`, and its length with header and trailer. */
  readonly at: number;
  readonly total: number;
  /** Offset in the recording, for messages. */
  readonly offset: number;
}

/** Parses pcapng. Source: draft-ietf-opsawg-pcapng and the behaviour of Wireshark 4.0. */
export class PcapngParser implements RecordParser {
  wanted = 12;
  private readonly problems: ProblemList;
  private littleEndian = true;
  private interfaces: Interface[] = [];
  private readonly linkNames = new Set<string>();
  private index = 0;
  /** Total length of a block whose body was skipped and whose trailer comes next. */
  private trailerOf: Block | null = null;

  constructor(problems: ProblemList) {
    this.problems = problems;
  }

  get format(): string {
    const order = this.littleEndian ? 'little endian' : 'big endian';
    const links = [...this.linkNames];
    const unit = this.interfaces[0]?.unit;
    return [
      'pcapng',
      ...(unit === undefined ? [] : [unit]),
      order,
      ...(links.length > 0 ? [links.join(' and ')] : []),
    ].join(', ');
  }

  parse(bytes: Uint8Array, base: number, each: EachEvent): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (!this.problems.stopped) {
      const next = this.step(bytes, view, at, base, each);
      if (next === at) break;
      at = next;
      if (at > bytes.length) break;
    }
    return at;
  }

  end(base: number, rest: number, missing: number): void {
    if (rest === 0 && missing === 0 && this.trailerOf === null) return;
    this.problems.stop('cut-record', base, `the file ends inside a block at byte ${base}; ${kept(this.index)}`);
  }

  private step(bytes: Uint8Array, view: DataView, at: number, base: number, each: EachEvent): number {
    if (this.trailerOf !== null) return this.takeTrailer(view, at);
    const block = this.readBlockHeader(view, at, base);
    if (block === null) return at;
    if (!this.readsWhole(block.type)) {
      this.trailerOf = block;
      this.wanted = 4;
      return at + block.total - 4;
    }
    this.wanted = block.total;
    if (bytes.length - at < block.total) return at;
    if (this.checkTrailer(view, at + block.total - 4, block)) this.readBlock(bytes, view, block, each);
    this.wanted = 12;
    return at + block.total;
  }

  private readsWhole(type: number): boolean {
    return type === SECTION_HEADER || (type >= 1 && type <= 3) || type === BLOCK.enhancedPacket;
  }

  private takeTrailer(view: DataView, at: number): number {
    const block = this.trailerOf;
    if (block === null || view.byteLength - at < 4) return at;
    this.trailerOf = null;
    this.wanted = 12;
    this.checkTrailer(view, at, block);
    return at + 4;
  }

  private readBlockHeader(view: DataView, at: number, base: number): Block | null {
    this.wanted = 12;
    if (view.byteLength - at < 12) return null;
    const offset = base + at;
    if (view.getUint32(at, true) === SECTION_HEADER && !this.readByteOrder(view, at, offset)) return null;
    const block = {
      type: view.getUint32(at, this.littleEndian),
      total: view.getUint32(at + 4, this.littleEndian),
      at,
      offset,
    };
    return this.checkTotal(block) ? block : null;
  }

  /** Each section has a byte order of its own. */
  private readByteOrder(view: DataView, at: number, offset: number): boolean {
    const magic = view.getUint32(at + 8, true);
    if (magic !== 0x1a2b_3c4d && magic !== 0x4d3c_2b1a) {
      this.problems.stop('damaged-block', offset, `the section at byte ${offset} has no valid byte-order mark`);
      return false;
    }
    this.littleEndian = magic === 0x1a2b_3c4d;
    return true;
  }

  private checkTotal(block: Block): boolean {
    const { type, total, offset } = block;
    const least = type === SECTION_HEADER ? 28 : type === BLOCK.interface ? 20 : type === BLOCK.simplePacket ? 16 : 12;
    if (total < least || total % 4 !== 0)
      this.problems.stop('damaged-block', offset, `the block at byte ${offset} has the impossible length ${total}`);
    else if (this.readsWhole(type) && total > LARGEST_BLOCK)
      this.problems.stop(
        'absurd-length',
        offset,
        `the block at byte ${offset} claims ${total} bytes; the file is damaged`,
      );
    return !this.problems.stopped;
  }

  private checkTrailer(view: DataView, at: number, block: Block): boolean {
    const trailer = view.getUint32(at, this.littleEndian);
    if (trailer === block.total) return true;
    this.problems.stop(
      'damaged-block',
      block.offset,
      `the block at byte ${block.offset} begins with length ${block.total} and ends with ${trailer}; ` +
        kept(this.index),
    );
    return false;
  }

  private readBlock(bytes: Uint8Array, view: DataView, block: Block, each: EachEvent): void {
    switch (block.type) {
      case SECTION_HEADER:
        return this.readSection(view, block);
      case BLOCK.interface:
        return this.addInterface(bytes, view, block);
      case BLOCK.simplePacket:
        return this.readSimplePacket(bytes, view, block, each);
      default:
        return this.readPacket(bytes, view, block, each);
    }
  }

  private readSection(view: DataView, block: Block): void {
    const major = view.getUint16(block.at + 12, this.littleEndian);
    const minor = view.getUint16(block.at + 14, this.littleEndian);
    this.interfaces = [];
    // Version 1.2 was written by some tools and means the same as 1.0.
    if (major !== 1 || (minor !== 0 && minor !== 2))
      this.problems.stop('unsupported-version', block.offset, `pcapng version ${major}.${minor} is not known`);
    const start = block.at + 24;
    const end = block.at + block.total - 4;
    if (!eachOption(view, start, end, this.littleEndian, () => undefined)) this.badOptions(block);
  }

  private addInterface(bytes: Uint8Array, view: DataView, block: Block): void {
    if (this.interfaces.length >= MOST_INTERFACES)
      return this.problems.stop('too-many-interfaces', block.offset, `more than ${MOST_INTERFACES} interfaces`);
    const { made, intact } = readInterface(bytes, view, block.at + 8, block.at + block.total - 4, this.littleEndian);
    if (!intact) this.badOptions(block);
    this.interfaces.push(made);
    if (this.linkNames.size < 8) this.linkNames.add(linkTypeName(made.linkType));
  }

  private badOptions(block: Block): void {
    this.problems.note(
      'damaged-options',
      block.offset,
      `the block at byte ${block.offset} has options that run past its end`,
    );
  }

  /** No time and no interface: it belongs to interface 0, whose snap length says how much of it was kept. */
  private readSimplePacket(bytes: Uint8Array, view: DataView, block: Block, each: EachEvent): void {
    const from = this.interfaceOf(0, block);
    if (from === null) return;
    const wireLength = view.getUint32(block.at + 8, this.littleEndian);
    const captured = Math.min(wireLength, from.snapLength === 0 ? wireLength : from.snapLength, block.total - 16);
    const start = block.at + 12;
    this.emit(bytes.subarray(start, start + captured), null, wireLength, 0, from, NO_OPTIONS, each);
  }

  /** Enhanced packets, and the obsolete packet block whose interface id has 16 bits followed by a drop count. */
  private readPacket(bytes: Uint8Array, view: DataView, block: Block, each: EachEvent): void {
    const le = this.littleEndian;
    const { at, total, offset } = block;
    if (total < 32)
      return this.problems.note('damaged-block', offset, `the packet at byte ${offset} is too short; skipped`);
    const id = block.type === BLOCK.packet ? view.getUint16(at + 8, le) : view.getUint32(at + 8, le);
    const from = this.interfaceOf(id, block);
    if (from === null) return;
    const captured = view.getUint32(at + 20, le);
    const start = at + 28;
    const end = at + total - 4;
    if (captured > end - start)
      return this.problems.note(
        'damaged-block',
        offset,
        `the packet at byte ${offset} claims ${captured} bytes, but its block holds ${end - start}; skipped`,
      );
    const timeNs = from.timeNs(view.getUint32(at + 12, le), view.getUint32(at + 16, le));
    const options = this.packetOptions(view, start + ((captured + 3) & ~3), end, block);
    this.emit(bytes.subarray(start, start + captured), timeNs, view.getUint32(at + 24, le), id, from, options, each);
  }

  private packetOptions(view: DataView, start: number, end: number, block: Block): PacketOptions {
    if (end - start < 4) return NO_OPTIONS;
    const { options, intact } = readPacketOptions(view, start, end, this.littleEndian);
    if (!intact) this.badOptions(block);
    return options;
  }

  private interfaceOf(id: number, block: Block): Interface | null {
    const found = this.interfaces[id];
    if (found !== undefined) return found;
    this.problems.stop(
      'unknown-interface',
      block.offset,
      `the packet at byte ${block.offset} names interface ${id}, but the section has described ${this.interfaces.length}; ` +
        kept(this.index),
    );
    return null;
  }

  private emit(
    data: Uint8Array,
    timeNs: bigint | null,
    wireLength: number,
    interfaceId: number,
    from: Interface,
    options: PacketOptions,
    each: EachEvent,
  ): void {
    each({
      kind: 'packet',
      index: this.index++,
      timeNs,
      linkType: from.linkType,
      data,
      wireLength,
      interfaceId,
      interfaceName: from.name,
      direction: options.direction,
      queue: options.queue,
      packetId: options.packetId,
      verdict: options.verdict,
    });
  }
}
