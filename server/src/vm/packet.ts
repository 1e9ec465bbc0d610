import { assert } from '../base/assert.ts';
import { LAYOUT } from './machine.ts';
import type { GuestMemory } from './memory.ts';
import type { RegionTable } from './regions.ts';
import type { Tunnel } from './tunnel.ts';

/** Which context fields follow the packet: struct xdp_md, struct __sk_buff, or none. */
export type PacketKind = 'xdp' | 'skb' | 'none';

/** Offsets in struct __sk_buff, include/uapi/linux/bpf.h. */
export const SKB = {
  len: 0, pktType: 4, mark: 8, queueMapping: 12, protocol: 16, vlanPresent: 20, vlanTci: 24, vlanProto: 28,
  priority: 32, ingressIfindex: 36, ifindex: 40, tcIndex: 44, cb: 48, hash: 68, tcClassid: 72, data: 76, dataEnd: 80,
  napiId: 84, family: 88, remoteIp4: 92, localIp4: 96, remoteIp6: 100, localIp6: 116, remotePort: 132, localPort: 136,
  dataMeta: 140, flowKeys: 144, tstamp: 152, wireLen: 160, gsoSegs: 164, sk: 168, gsoSize: 176, tstampType: 180,
  hwtstamp: 184, bytes: 192,
} as const; // prettier-ignore

/** Offsets in struct xdp_md. */
export const XDP = {
  data: 0,
  dataEnd: 4,
  dataMeta: 8,
  ingressIfindex: 12,
  rxQueueIndex: 16,
  egressIfindex: 20,
  bytes: 24,
} as const;

export interface PacketOptions {
  readonly kind: PacketKind;
  /** Free bytes in front of the data, at least XDP's 256; an skb gets more, since the kernel's grows on demand. */
  readonly headRoom: number;
  /** Free bytes behind the data into which the packet may grow. */
  readonly tailRoom: number;
  /** Of the data, how many bytes in front are metadata (data_meta). */
  readonly metaBytes: number;
  /** Where the network header begins; 14 for Ethernet, 0 when the link header lies in front of what the program sees. */
  readonly networkOffset: number;
  readonly writable: boolean;
  /** What direct pointers reach, data_meta to data_end; the rest lies in fragments that only helpers reach. */
  readonly linearBytes: number;
  /** False for programs whose context has no data pointers filled in. */
  readonly direct: boolean;
}

const DEFAULTS: PacketOptions = {
  kind: 'xdp',
  headRoom: 256,
  tailRoom: 256,
  metaBytes: 0,
  linearBytes: Infinity,
  networkOffset: 14,
  writable: true,
  direct: true,
};

/** The kernel reallocates an skb that grows; here it simply has the room from the start. */
const SKB_DEFAULTS: PacketOptions = { ...DEFAULTS, headRoom: 0x1_0000, tailRoom: 0x1_0000 };

/** A test run's page: head room, data, and at its end struct skb_shared_info. What is longer goes into fragments. */
const XDP_DEFAULTS: PacketOptions = { ...DEFAULTS, linearBytes: 4096 - 256 - 320 };

const ETHERNET_BYTES = 14;

/** struct xdp_frame is built in the head room, so a packet may not grow into its last 40 bytes. */
export const XDP_FRAME_BYTES = 40;

/** Undoes what a packet's helpers change outside memory. */
export interface PacketState {
  readonly kind: PacketKind;
  readonly start: number;
  readonly end: number;
  readonly meta: number;
  readonly hardStart: number;
  readonly hardEnd: number;
  readonly networkOffset: number;
  readonly macStart: number;
  readonly linearLimit: number;
  readonly encapsulated: boolean;
  readonly checksumLevel: number;
  readonly tunnel: Tunnel | null;
  readonly writable: boolean;
  readonly direct: boolean;
}

/** The packet in the linear memory: where it begins and ends, and the context fields that say so. */
export class Packet {
  kind: PacketKind = 'none';
  /** Guest addresses: data, data_end, data_meta. */
  start: number = LAYOUT.packet;
  end: number = LAYOUT.packet;
  meta: number = LAYOUT.packet;
  /** The buffer around the packet: it may grow from hardStart to hardEnd. */
  hardStart: number = LAYOUT.packet;
  hardEnd: number = LAYOUT.packet;
  networkOffset = 0;
  /** Direct pointers never reach past this address. */
  linearLimit: number = LAYOUT.packet;
  /** Address of the link-layer header. */
  macStart: number = LAYOUT.packet;
  /** An outer header was pushed with bpf_skb_adjust_room's encapsulation flags. */
  encapsulated = false;
  /** How many checksums behind the first the device has checked (csum_level); -1: none at all. */
  checksumLevel = -1;
  /** Metadata of the tunnel it came or leaves through. */
  tunnel: Tunnel | null = null;
  writable = true;
  direct = true;
  /** Where packets go, without room around them, instead of the usual buffer: set while a batch is filled. */
  place: number | null = null;
  private readonly memory: GuestMemory;
  private readonly regions: RegionTable;

  constructor(memory: GuestMemory, regions: RegionTable) {
    this.memory = memory;
    this.regions = regions;
  }

  /** Puts a packet into the buffer and its addresses into the context (which must be there already). */
  set(data: Uint8Array, options: Partial<PacketOptions> = {}): void {
    const usual = options.kind === 'skb' ? SKB_DEFAULTS : options.kind === 'none' ? DEFAULTS : XDP_DEFAULTS;
    // Spelled out, because this runs for every event.
    const kind = options.kind ?? usual.kind;
    const metaBytes = options.metaBytes ?? usual.metaBytes;
    const { place } = this;
    const asked = options.headRoom ?? usual.headRoom;
    const headRoom = place !== null ? 0 : kind === 'skb' ? Math.max(asked, usual.headRoom) : asked;
    const tailRoom = place !== null ? 0 : (options.tailRoom ?? usual.tailRoom);
    const bytes = headRoom + data.length + tailRoom;
    assert(bytes <= LAYOUT.packetBytes && metaBytes <= data.length, 'the packet does not fit the packet buffer');
    this.kind = kind;
    this.hardStart = place ?? LAYOUT.packet;
    this.hardEnd = this.hardStart + bytes;
    this.meta = this.hardStart + headRoom;
    this.start = this.meta + metaBytes;
    this.end = this.meta + data.length;
    const linearBytes = options.linearBytes ?? usual.linearBytes;
    this.linearLimit = kind === 'none' ? this.end : Math.min(this.meta + linearBytes, this.hardEnd);
    this.networkOffset = options.networkOffset ?? usual.networkOffset;
    this.macStart = this.start - (this.networkOffset === 0 && kind === 'skb' ? ETHERNET_BYTES : 0);
    this.encapsulated = false;
    this.checksumLevel = -1;
    this.tunnel = null;
    this.writable = options.writable ?? usual.writable;
    this.direct = options.direct ?? usual.direct;
    this.clearHeadRoom();
    this.memory.copyIn(this.meta, data);
    this.publish();
  }

  /** No packet: for programs that get none. */
  clear(): void {
    this.kind = 'none';
    this.start = this.end = this.meta = this.hardStart = this.hardEnd = LAYOUT.packet;
    this.publish();
  }

  get length(): number {
    return this.end - this.start;
  }

  /** data_end: where direct access ends. */
  get linearEnd(): number {
    return Math.min(this.end, this.linearLimit);
  }

  /** The packet as it is now, a view. */
  get bytes(): Uint8Array {
    return this.memory.u8.subarray(this.start, this.end);
  }

  /** Moves begin and end; the caller has checked the limits. */
  move(start: number, end: number): void {
    this.start = start;
    this.end = end;
    if (this.meta > start) this.meta = start;
    this.publish();
  }

  /** Tells the regions and the context where the packet is now. */
  publish(): void {
    this.openRegions();
    if (this.kind === 'xdp') this.publishXdp();
    else if (this.kind === 'skb') this.publishSkb();
  }

  private publishXdp(): void {
    this.memory.set32(LAYOUT.ctx + XDP.data, this.start);
    this.memory.set32(LAYOUT.ctx + XDP.dataEnd, this.linearEnd);
    this.memory.set32(LAYOUT.ctx + XDP.dataMeta, this.meta);
  }

  private publishSkb(): void {
    const { memory, direct } = this;
    memory.set32(LAYOUT.ctx + SKB.len, this.length);
    memory.set32(LAYOUT.ctx + SKB.data, this.start);
    memory.set32(LAYOUT.ctx + SKB.dataEnd, direct ? this.linearEnd : this.start);
    memory.set32(LAYOUT.ctx + SKB.dataMeta, direct ? this.meta : this.start);
  }

  /**
   * What LD_ABS and LD_IND load: `size` bytes in network order. Offsets from -0x100000 are relative to the network
   * header, from -0x200000 to the link-layer header (SKF_NET_OFF, SKF_LL_OFF). null when out of range.
   */
  loadNetworkOrder(offset: number, size: number): number | null {
    let at = this.start + offset;
    if (offset < 0) {
      if (offset >= -0x10_0000) at = this.start + this.networkOffset + offset + 0x10_0000;
      else if (offset >= -0x20_0000) at = this.macStart + offset + 0x20_0000;
      else return null;
    }
    if (at < this.macStart || at + size > this.end) return null;
    const { view } = this.memory;
    return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, false) : view.getInt32(at, false);
  }

  save(): PacketState {
    const { kind, start, end, meta, hardStart, hardEnd, networkOffset } = this;
    const { macStart, linearLimit, encapsulated, checksumLevel, tunnel, writable, direct } = this;
    const ends = { start, end, meta, hardStart, hardEnd, macStart, linearLimit };
    return { kind, networkOffset, encapsulated, checksumLevel, tunnel, writable, direct, ...ends };
  }

  /** A test run's page is zero at first, and XDP programs can move into the head room. */
  clearHeadRoom(): void {
    if (this.kind === 'xdp') this.memory.fill(this.hardStart, this.meta - this.hardStart);
  }

  /** The memory must be restored as well: this sets no context fields. */
  restore(state: PacketState): void {
    Object.assign(this, state);
    this.openRegions();
  }

  private openRegions(): void {
    const { regions } = this;
    regions.packetMeta = this.direct ? this.meta : this.start;
    regions.packetStart = this.start;
    regions.packetEnd = this.direct ? this.linearEnd : this.start;
    regions.packetWritable = this.writable;
  }
}
