import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { argHigh, argLow, argU32, done, type HelperFunction } from './frame.ts';

/** Helpers that make a packet of the network stack longer, shorter, or of another protocol. */
export const SKB_SHAPE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  18: vlanPush,
  19: vlanPop,
  31: changeProtocol,
  38: changeTail,
  43: changeHead,
  50: adjustRoom,
};

const VLAN_BYTES = 4;
const VLAN_ETHERNET_BYTES = 18;
const ETHERNET_BYTES = 14;
/** BPF_SKB_MAX_LEN: what one allocation of four pages holds besides struct skb_shared_info. */
const MAX_BYTES = 4 * 4096 - 320;

/** Ethernet types as they stand in the context: big-endian words read little-endian. */
const P_IP = 0x0008;
const P_IPV6 = 0xdd86;
const P_8021Q = 0x0081;
const P_8021AD = 0xa888;
const P_802_3 = 0x0100;
const P_802_2 = 0x0400;

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;

const ROOM_NET = 0;
const ROOM_MAC = 1;
/** BPF_F_ADJ_ROOM_* of v6.18; the top byte of the flags is the length of the inner link header. */
const ROOM = {
  fixedGso: 1, encapIpv4: 2, encapIpv6: 4, gre: 8, udp: 0x10, noChecksumReset: 0x20, innerEthernet: 0x40,
  decapIpv4: 0x80, decapIpv6: 0x100, all: 0x1ff,
} as const; // prettier-ignore
const DECAP = ROOM.decapIpv4 | ROOM.decapIpv6;
const ENCAP = ROOM.encapIpv4 | ROOM.encapIpv6;

function field(machine: Machine, offset: number): number {
  return machine.memory.u32[(LAYOUT.ctx + offset) >> 2]!;
}
function setField(machine: Machine, offset: number, value: number): void {
  machine.memory.set32(LAYOUT.ctx + offset, value);
}
function isVlan(protocol: number): boolean {
  return protocol === P_8021Q || protocol === P_8021AD;
}

/** Opens `size` zero bytes at `offset`; everything in front of them moves down. False when the buffer is too small. */
function insert(machine: Machine, offset: number, size: number): boolean {
  const { packet, memory } = machine;
  const start = packet.start - size;
  if (start < packet.hardStart) return false;
  memory.move(start, packet.start, offset);
  memory.fill(start + offset, size);
  packet.macStart = Math.max(packet.hardStart, packet.macStart - size);
  packet.move(start, packet.end);
  return true;
}

/** Takes `size` bytes at `offset` away; everything in front of them moves up. */
function cut(machine: Machine, offset: number, size: number): void {
  const { packet, memory } = machine;
  memory.move(packet.start + size, packet.start, offset);
  packet.macStart += size;
  packet.move(packet.start + size, packet.end);
  packet.meta = Math.max(packet.meta, packet.start);
  packet.publish();
}

function putTag(machine: Machine, protocol: number, tci: number): void {
  setField(machine, SKB.vlanPresent, 1);
  setField(machine, SKB.vlanTci, tci);
  setField(machine, SKB.vlanProto, protocol);
}

/** The tag stays beside the packet, as in the kernel; only a second one moves the first into the packet. */
function vlanPush(machine: Machine): HelperStatus {
  const asked = argU32(machine, 2) & 0xffff;
  const protocol = isVlan(asked) ? asked : P_8021Q;
  if (field(machine, SKB.vlanPresent) !== 0) {
    const outer = field(machine, SKB.vlanProto);
    if (!insert(machine, 12, VLAN_BYTES)) return done(machine, -ERRNO.ENOMEM);
    const { view } = machine.memory;
    view.setUint16(machine.packet.start + 12, outer, true);
    view.setUint16(machine.packet.start + 14, field(machine, SKB.vlanTci), false);
    setField(machine, SKB.protocol, outer);
  }
  putTag(machine, protocol, argU32(machine, 3) & 0xffff);
  return done(machine, 0);
}

/** Takes the first tag out of the packet's bytes; null when the packet is too short. */
function takeTag(machine: Machine): number | null {
  const { packet, memory } = machine;
  if (packet.length < VLAN_ETHERNET_BYTES) return null;
  const tci = memory.view.getUint16(packet.start + 14, false);
  const inner = memory.view.getUint16(packet.start + 16, false);
  const next = packet.length >= 20 ? memory.view.getUint16(packet.start + 18, false) : 0;
  const swapped = ((inner & 0xff) << 8) | (inner >> 8);
  cut(machine, 12, VLAN_BYTES);
  // The network header stays where it is, but not inside the link header.
  packet.networkOffset = Math.max(ETHERNET_BYTES, packet.networkOffset - VLAN_BYTES);
  setField(machine, SKB.protocol, inner >= 0x600 ? swapped : next === 0xffff ? P_802_3 : P_802_2);
  return tci;
}

function vlanPop(machine: Machine): HelperStatus {
  if (field(machine, SKB.vlanPresent) !== 0) {
    putTag(machine, 0, 0);
    setField(machine, SKB.vlanPresent, 0);
  } else {
    if (!isVlan(field(machine, SKB.protocol))) return done(machine, 0);
    if (takeTag(machine) === null) return done(machine, -ERRNO.ENOMEM);
  }
  const protocol = field(machine, SKB.protocol);
  if (!isVlan(protocol)) return done(machine, 0);
  const tci = takeTag(machine);
  if (tci === null) return done(machine, -ERRNO.ENOMEM);
  putTag(machine, protocol, tci);
  return done(machine, 0);
}

function changeTail(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const length = argU32(machine, 2);
  const flagged = argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0;
  if (flagged || length > MAX_BYTES || length < Math.max(0, packet.networkOffset)) return done(machine, -ERRNO.EINVAL);
  if (packet.encapsulated) return done(machine, -ERRNO.ENOTSUPP);
  const end = packet.start + length;
  if (end > packet.hardEnd) return done(machine, -ERRNO.ENOMEM);
  if (end > packet.end) memory.fill(packet.end, end - packet.end);
  packet.move(packet.start, end);
  return done(machine, 0);
}

function changeHead(machine: Machine): HelperStatus {
  const { packet } = machine;
  const size = argLow(machine, 2);
  const flagged = argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0;
  if (flagged || size < 0 || packet.length + size > MAX_BYTES) return done(machine, -ERRNO.EINVAL);
  if (!insert(machine, 0, size)) return done(machine, -ERRNO.ENOMEM);
  packet.networkOffset += size;
  packet.macStart = packet.start;
  return done(machine, 0);
}

function changeProtocol(machine: Machine): HelperStatus {
  const to = argU32(machine, 2) & 0xffff;
  const from = field(machine, SKB.protocol);
  if (argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0) return done(machine, -ERRNO.EINVAL);
  const offset = machine.packet.networkOffset;
  const difference = IPV6_BYTES - IPV4_BYTES;
  if (from === P_IP && to === P_IPV6) {
    if (!insert(machine, offset, difference)) return done(machine, -ERRNO.ENOMEM);
  } else if (from === P_IPV6 && to === P_IP) {
    if (machine.packet.length < offset + difference) return done(machine, -ERRNO.ENOMEM);
    cut(machine, offset, difference);
  } else return done(machine, -ERRNO.ENOTSUPP);
  setField(machine, SKB.protocol, to);
  setField(machine, SKB.hash, 0);
  return done(machine, 0);
}

/** Mirrors bpf_skb_adjust_room in net/core/filter.c, v6.18, in the order of its checks. */
function adjustRoom(machine: Machine): HelperStatus {
  const { packet } = machine;
  const difference = argLow(machine, 2);
  const mode = argU32(machine, 3);
  const flags = argU32(machine, 4);
  const protocol = field(machine, SKB.protocol);
  if ((flags & ~ROOM.all) !== 0 || (argHigh(machine, 4) & 0x00ff_ffff) !== 0) return done(machine, -ERRNO.EINVAL);
  if (Math.abs(difference) > 0xfff) return done(machine, -ERRNO.EFAULT);
  if (protocol !== P_IP && protocol !== P_IPV6) return done(machine, -ERRNO.ENOTSUPP);
  if (mode !== ROOM_NET && mode !== ROOM_MAC) return done(machine, -ERRNO.ENOTSUPP);
  const header = protocol === P_IP ? IPV4_BYTES : IPV6_BYTES;
  const offset = packet.networkOffset + (mode === ROOM_NET ? header : 0);
  const both = (flags & DECAP) === DECAP;
  if ((flags & DECAP) !== 0 && (difference >= 0 || both)) return done(machine, -ERRNO.EINVAL);
  const answer =
    difference < 0 ? shrink(machine, offset, -difference, flags, header) : grow(machine, offset, difference, flags);
  if (answer === 0 && (flags & ROOM.noChecksumReset) === 0) packet.checksumLevel = -1;
  return done(machine, -answer);
}

/** Whether too little of the network header would be left. */
function tooShort({ packet }: Machine, size: number, flags: number, header: number): boolean {
  const behind = packet.length - packet.networkOffset;
  const inner = (flags & ROOM.decapIpv4) !== 0 ? IPV4_BYTES : (flags & ROOM.decapIpv6) !== 0 ? IPV6_BYTES : header;
  return size >= behind || behind - size < inner;
}

/** 0 or an errno. */
function shrink(machine: Machine, offset: number, size: number, flags: number, header: number): number {
  const { packet } = machine;
  if (tooShort(machine, size, flags, header)) return ERRNO.ENOTSUPP;
  const known = ROOM.fixedGso | DECAP | ROOM.noChecksumReset;
  if ((flags & ~known) !== 0 || argHigh(machine, 4) !== 0) return ERRNO.EINVAL;
  if (packet.length < offset + size) return ERRNO.ENOMEM;
  cut(machine, offset, size);
  if ((flags & ROOM.decapIpv4) !== 0) setField(machine, SKB.protocol, P_IP);
  if ((flags & ROOM.decapIpv6) !== 0) setField(machine, SKB.protocol, P_IPV6);
  return 0;
}

/** 0 or an errno. */
function grow(machine: Machine, offset: number, size: number, flags: number): number {
  const { packet } = machine;
  if (packet.length + size > MAX_BYTES) return ERRNO.ENOTSUPP;
  const refused = (flags & ENCAP) === 0 ? 0 : refuseEncapsulation(machine, size, flags);
  if (refused !== 0) return refused;
  if (!insert(machine, offset, size)) return ERRNO.ENOMEM;
  if ((flags & ENCAP) === 0) return 0;
  packet.encapsulated = true;
  setField(machine, SKB.protocol, (flags & ROOM.encapIpv4) !== 0 ? P_IP : P_IPV6);
  return 0;
}

function refuseEncapsulation(machine: Machine, size: number, flags: number): number {
  const innerLink = argHigh(machine, 4) >>> 24;
  const bothTunnels = (flags & ROOM.gre) !== 0 && (flags & ROOM.udp) !== 0;
  if ((flags & ENCAP) === ENCAP || bothTunnels) return ERRNO.EINVAL;
  if (machine.packet.encapsulated) return ERRNO.EALREADY;
  if (innerLink > size || ((flags & ROOM.innerEthernet) !== 0 && innerLink < ETHERNET_BYTES)) return ERRNO.EINVAL;
  return 0;
}
