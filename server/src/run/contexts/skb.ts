import type { Event } from '../../events/event.ts';
import { CONTEXTS } from '../../kernel/contexts.ts';
import { packetAccess } from '../../kernel/programTypes.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import { SKB } from '../../vm/packet.ts';
import { ETH_P_IP, ETH_P_IPV6, ETHERNET_BYTES } from '../linkLayer.ts';
import type { ContextBuilder, After, ContextAfter } from './enter.ts';
import { sameBytes } from '../../base/bytes.ts';
import { putFields } from './fields.ts';
import { Frames } from './frames.ts';
import { socketOf, SOCKET_BYTES } from './socket.ts';
import { writableBytes } from './writable.ts';

/** A page, minus NET_SKB_PAD, minus struct skb_shared_info. */
const LARGEST = 4096 - 64 - 320;

/** Room for encapsulation; the kernel allocates more when a helper needs it. */
const HEAD_ROOM = 4096;
const TAIL_ROOM = 0x1_0000;

const ETH_P_802_3 = 0x0001;
const ETH_P_802_2 = 0x0004;
const PACKET = { host: 0, multicast: 2, otherHost: 3 } as const;

/** Mirrors `bpf_prog_test_run_skb` of net/bpf/test_run.c, v6.18: the loopback device and a socket of its own. */
export function skbContext(program: Program): ContextBuilder {
  return new SkbContext(program);
}

class SkbContext implements ContextBuilder {
  private readonly frames = new Frames(LARGEST);
  private readonly context = new Uint8Array(SKB.bytes);
  private readonly view = new DataView(this.context.buffer);
  private readonly socket = new Uint8Array(SOCKET_BYTES);
  private readonly writable: Uint8Array;
  /** Whether the program sees the Ethernet header. The other types begin at the network header, in a test run. */
  private readonly linkLayer: boolean;
  private readonly access: ReturnType<typeof packetAccess>;
  readonly batch = { contextBytes: SKB.bytes, objectBytes: SOCKET_BYTES };
  frame: Uint8Array = new Uint8Array();
  /** The context of an event that tells more than a capture does. */
  private before: Uint8Array | null = null;
  private after = new Uint8Array(LARGEST + HEAD_ROOM + TAIL_ROOM);

  constructor(program: Program) {
    this.linkLayer = program.type === 'sched_cls' || program.type === 'sched_act';
    this.access = packetAccess(program.type);
    this.writable = writableBytes(program, SKB.bytes);
  }

  enter(machine: Machine, event: Event): string | null {
    if (event.kind !== 'packet') return 'this is no packet, but a hook of another kind';
    const frame = this.frames.take(event);
    if (typeof frame === 'string') return frame;
    const { bytes } = frame;
    const protocol = protocolOf(bytes);
    const network = bytes.length - ETHERNET_BYTES;
    if (protocol === ETH_P_IP && network < 20) return `${network} bytes after the Ethernet header are no IPv4 header`;
    if (protocol === ETH_P_IPV6 && network < 40) return `${network} bytes after the Ethernet header are no IPv6 header`;
    this.frame = bytes;
    this.fillContext(bytes, protocol, machine);
    const problem = event.recorded === undefined ? null : this.putRecorded(event.recorded.fields, bytes);
    if (problem !== null) return problem;
    machine.setContext(this.context, this.writable);
    this.fillPacket(bytes, machine);
    const end = LAYOUT.ctx + SKB.bytes;
    this.before = event.recorded === undefined ? null : machine.memory.u8.slice(LAYOUT.ctx, end);
    return null;
  }

  leave({ packet, memory }: Machine): After {
    const { bytes } = packet;
    const nothing = { metaBytes: 0, context: this.before === null ? null : this.contextAfter(memory.u8, this.before) };
    if (this.linkLayer) return { packet: bytes, packetChanged: !sameBytes(bytes, this.frame), ...nothing };
    // The kernel puts the link header back as zeros.
    const length = ETHERNET_BYTES + bytes.length;
    if (length > this.after.length) this.after = new Uint8Array(length);
    this.after.set(bytes, ETHERNET_BYTES);
    const packetChanged = !sameBytes(bytes, this.frame.subarray(ETHERNET_BYTES));
    return { packet: this.after.subarray(0, length), packetChanged, ...nothing };
  }

  notes(): string[] {
    return this.frames.notes();
  }

  private contextAfter(memory: Uint8Array, before: Uint8Array): ContextAfter {
    const bytes = memory.subarray(LAYOUT.ctx, LAYOUT.ctx + SKB.bytes);
    const changed = this.writable.some((writable, i) => writable === 1 && bytes[i] !== before[i]);
    return { before, bytes, changed, writable: true };
  }

  private fillContext(frame: Uint8Array, protocol: number, machine: Machine): void {
    const { view } = this;
    this.context.fill(0);
    view.setUint32(SKB.pktType, packetTypeOf(frame), true);
    view.setUint16(SKB.protocol, protocol);
    view.setUint32(SKB.ifindex, 1, true);
    view.setUint32(SKB.wireLen, this.linkLayer ? frame.length : frame.length - ETHERNET_BYTES, true);
    const socket = socketOf(frame, protocol, this.socket);
    machine.memory.copyIn(LAYOUT.objects, socket.bytes);
    machine.regions.objects = [
      { kind: 'object', name: 'socket', start: LAYOUT.objects, end: LAYOUT.objects + SOCKET_BYTES, writable: false },
    ];
    view.setUint32(SKB.sk, LAYOUT.objects, true);
    view.setUint32(SKB.family, socket.family, true);
    this.context.set(socket.remoteIp4, SKB.remoteIp4);
    this.context.set(socket.localIp4, SKB.localIp4);
    this.context.set(socket.remoteIp6, SKB.remoteIp6);
    this.context.set(socket.localIp6, SKB.localIp6);
  }

  /** What a recording tells of the context; the kernel takes back the length on the wire if it is too small. */
  private putRecorded(fields: ReadonlyMap<string, bigint>, frame: Uint8Array): string | null {
    const length = this.linkLayer ? frame.length : frame.length - ETHERNET_BYTES;
    const wireLength = fields.get('wire_len') ?? 0n;
    if (wireLength !== 0n && wireLength < BigInt(length))
      return `a length on the wire of ${wireLength} bytes: the packet has ${length}`;
    const told = new Map([...fields].filter(([name, value]) => name !== 'wire_len' || value !== 0n));
    return putFields(CONTEXTS.__sk_buff, this.view, told);
  }

  private fillPacket(frame: Uint8Array, machine: Machine): void {
    const { packet, memory } = machine;
    const hidden = this.linkLayer ? 0 : ETHERNET_BYTES;
    packet.set(frame.subarray(hidden), {
      kind: 'skb',
      headRoom: HEAD_ROOM,
      tailRoom: TAIL_ROOM,
      networkOffset: ETHERNET_BYTES - hidden,
      writable: this.access === 'readWrite',
      direct: this.access === 'read' || this.access === 'readWrite',
    });
    // Helpers and LD_ABS reach the link header even where the program's data begins behind it.
    if (hidden > 0) memory.copyIn(packet.start - hidden, frame.subarray(0, hidden));
  }
}

/** The EtherType, or what stands for 802.3 frames. Mirrors `eth_type_trans` of net/ethernet/eth.c. */
export function protocolOf(frame: Uint8Array): number {
  const field = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (field >= 0x0600) return field;
  return frame.length >= 16 && frame[14] === 0xff && frame[15] === 0xff ? ETH_P_802_3 : ETH_P_802_2;
}

/** As seen from the loopback device, whose own address and broadcast address are zero. */
function packetTypeOf(frame: Uint8Array): number {
  if (((frame[0] ?? 0) & 1) !== 0) return PACKET.multicast;
  for (let i = 0; i < 6; i++) if (frame[i] !== 0) return PACKET.otherHost;
  return PACKET.host;
}
