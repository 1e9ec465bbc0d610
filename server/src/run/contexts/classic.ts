import type { Event, PacketEvent } from '../../events/event.ts';
import { LINKTYPE } from '../../events/linkTypes.ts';
import type { ClassicInsn } from '../../isa/classic.ts';
import { EXTENSION_OFFSET, classicExtension, loadsPacket, NETWORK_OFFSET } from '../../kernel/classicExtensions.ts';
import { contextOf } from '../../kernel/contextAccess.ts';
import type { ClassicForm, Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import { SKB } from '../../vm/packet.ts';
import { ETHERNET_BYTES, networkOf, type Network } from '../linkLayer.ts';
import type { ContextBuilder, After } from './enter.ts';
import { protocolOf } from './skb.ts';
import { writableBytes } from './writable.ts';

/** Head room that the machine keeps before every skb. */
const HEAD_ROOM = 0x1_0000;
const LARGEST = LAYOUT.packetBytes - HEAD_ROOM;

/** PACKET_* of include/uapi/linux/if_packet.h. */
const PACKET = { host: 0, broadcast: 1, multicast: 2, outgoing: 4 } as const;

/**
 * What a filter sees on a packet socket or in tcpdump: the packet as it was captured, whatever its link layer, and its
 * length on the wire. Unlike in a test run nothing is made up or left out.
 */
export function classicContext(classic: ClassicForm): ContextBuilder {
  return new ClassicContext(classic, READ_ONLY);
}

/** The same for a socket filter in eBPF that is attached to a packet socket, instead of run by BPF_PROG_TEST_RUN. */
export function packetSocketContext(program: Program): ContextBuilder {
  return new ClassicContext({ insns: [] }, writableBytes(program, SKB.bytes));
}

const READ_ONLY = new Uint8Array(SKB.bytes);

class ClassicContext implements ContextBuilder {
  private readonly context = new Uint8Array(SKB.bytes);
  private readonly view = new DataView(this.context.buffer);
  private readonly writable: Uint8Array;
  /** The filter asks for the EtherType or for offsets from the network header. */
  private readonly asksNetwork: boolean;
  /** Values that the filter reads and most recordings do not have: as the filter names them, by context field. */
  private readonly asked: ReadonlyMap<string, string>;
  private readonly missing = new Set<string>();
  private cut = 0;

  constructor({ insns }: Pick<ClassicForm, 'insns'>, writable: Uint8Array) {
    this.writable = writable;
    const loads = insns.filter(({ code }) => loadsPacket(code));
    const fields = new Map(loads.flatMap(fieldRead));
    const relative = loads.some(({ k }) => k >= NETWORK_OFFSET && k < EXTENSION_OFFSET);
    this.asksNetwork = fields.has('protocol') || relative;
    this.asked = new Map([...fields].filter(([field]) => SELDOM_RECORDED.has(field)));
  }

  enter(machine: Machine, event: Event): string | null {
    if (event.kind !== 'packet') return 'this is no packet, but a hook of another kind';
    const { data, wireLength } = event;
    if (data.length > LARGEST) return `${data.length} bytes are too many: at most ${LARGEST} can be given to a filter`;
    const network = networkHeader(event);
    if (typeof network === 'string' && this.asksNetwork) return network;
    const { offset, etherType } = typeof network === 'string' ? NO_NETWORK : network;
    if (data.length < wireLength) this.cut++;
    this.fillContext(event, etherType);
    machine.setContext(this.context, this.writable);
    machine.regions.objects = [];
    const shape = { headRoom: HEAD_ROOM, tailRoom: 0, networkOffset: offset, writable: false, direct: false };
    machine.packet.set(data, { kind: 'skb', ...shape });
    machine.packet.macStart = machine.packet.start;
    machine.memory.set32(LAYOUT.ctx + SKB.len, wireLength);
    return null;
  }

  /** A filter cannot change its packet. */
  leave({ packet }: Machine): After {
    const nothing = { metaBytes: 0, packetChanged: false, context: null };
    return { packet: packet.bytes, ...nothing };
  }

  notes(): string[] {
    const notes = [...this.missing].map((name) => `the recording does not say ${name}: it is 0`);
    if (this.cut > 0)
      notes.push(
        `${this.cut === 1 ? '1 packet has' : `${this.cut} packets have`} fewer bytes than there were on the wire (snap length)`,
      );
    return notes;
  }

  private fillContext(event: PacketEvent, etherType: number): void {
    const { view } = this;
    this.context.fill(0);
    view.setUint32(SKB.pktType, packetTypeOf(event), true);
    view.setUint16(SKB.protocol, etherType);
    view.setUint32(SKB.ifindex, interfaceOf(event), true);
    view.setUint32(SKB.queueMapping, event.queue ?? 0, true);
    view.setUint32(SKB.wireLen, event.wireLength, true);
    for (const [name, value] of event.recorded?.fields ?? []) {
      const off = OFFSETS.get(name);
      if (off !== undefined) view.setUint32(off, Number(BigInt.asUintN(32, value)), true);
    }
    for (const [field, name] of this.asked) if (event.recorded?.fields.has(field) !== true) this.missing.add(name);
  }
}

/** A VLAN tag stands in the recorded bytes, so none was taken out of them. */
const SELDOM_RECORDED: ReadonlySet<string> = new Set(['mark', 'hash', 'vlan_tci', 'vlan_present', 'vlan_proto']);

function fieldRead(insn: ClassicInsn): [field: string, name: string][] {
  const extension = classicExtension(insn);
  return extension?.source.kind === 'field' ? [[extension.source.field, extension.name]] : [];
}

/** Fields of struct __sk_buff with 32 bits, by name. */
const OFFSETS: ReadonlyMap<string, number> = new Map(
  contextOf('socket_filter')?.fields.flatMap(({ name, size, off }) => (size === 4 ? [[name, off] as const] : [])),
);

const NO_NETWORK: Network = { offset: 0, etherType: 0 };

function networkHeader({ linkType, data }: PacketEvent): Network | string {
  if (linkType !== LINKTYPE.ethernet) return networkOf(linkType, data);
  return data.length < ETHERNET_BYTES
    ? 'shorter than an Ethernet header'
    : { offset: ETHERNET_BYTES, etherType: protocolOf(data) };
}

/** Cooked captures say it; else the direction and the address do. */
function packetTypeOf({ linkType, data, direction }: PacketEvent): number {
  if (linkType === LINKTYPE.sll) return data[1] ?? 0;
  if (linkType === LINKTYPE.sll2) return data[10] ?? 0;
  if (direction === 'out') return PACKET.outgoing;
  if (linkType !== LINKTYPE.ethernet || ((data[0] ?? 0) & 1) === 0) return PACKET.host;
  return data.subarray(0, 6).every((byte) => byte === 0xff) ? PACKET.broadcast : PACKET.multicast;
}

function interfaceOf({ linkType, data, interfaceId }: PacketEvent): number {
  const cooked = linkType === LINKTYPE.sll2 && data.length >= 8;
  return cooked ? new DataView(data.buffer, data.byteOffset).getUint32(4) : interfaceId + 1;
}
