import { checksumReplace2 } from '../checksum.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

const INT_MAX = 0x7fff_ffff;
const ENOMEM = ERRNO.ENOMEM;

/** BPF_F_RECOMPUTE_CSUM and BPF_F_INVALIDATE_HASH. */
const STORE_FLAGS = 3;
const INVALIDATE_HASH = 2;

/** Ethernet types as they stand in the context. */
const P_IP = 0x0008;
const P_IPV6 = 0xdd86;
const P_8021Q = 0x0081;
const P_8021AD = 0xa888;

/** What packets of the network stack (struct __sk_buff) offer, whole-packet changes excepted. */
export const SKB_HELPERS: Readonly<Record<number, HelperFunction>> = {
  9: storeBytes,
  24: (machine) => unknown(machine, 'bpf_get_route_realm', 'routing realms are not recorded', 0),
  26: loadBytes,
  39: pullData,
  68: loadBytesRelative,
  97: ecnSetCe,
};

/** A range outside the packet clears the buffer, so that programs never see what was there. */
function loadAt(machine: Machine, name: string, from: number, size: number): HelperStatus {
  const { packet, memory } = machine;
  const to = range(machine, name, 3, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (from < packet.macStart || from + size > packet.end) {
    memory.fill(to, size);
    return done(machine, -ERRNO.EFAULT);
  }
  memory.move(to, from, size);
  return done(machine, 0);
}

function loadBytes(machine: Machine): HelperStatus {
  const offset = argU32(machine, 2);
  const from = offset > INT_MAX ? Infinity : machine.packet.start + offset;
  return loadAt(machine, 'bpf_skb_load_bytes', from, argU32(machine, 4));
}

/** From the link-layer header (0) or the network header (1). */
function loadBytesRelative(machine: Machine): HelperStatus {
  const { packet } = machine;
  const offset = argU32(machine, 2);
  const header = argU32(machine, 5);
  const base = header === 0 ? packet.macStart : header === 1 ? packet.start + packet.networkOffset : Infinity;
  const from = offset > 0xffff || argHigh(machine, 5) !== 0 ? Infinity : base + offset;
  return loadAt(machine, 'bpf_skb_load_bytes_relative', from, argU32(machine, 4));
}

function storeBytes(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const offset = argU32(machine, 2);
  const size = argU32(machine, 4);
  const flags = argU32(machine, 5);
  const from = range(machine, 'bpf_skb_store_bytes', 3, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  if ((flags & ~STORE_FLAGS) !== 0 || argHigh(machine, 5) !== 0) return done(machine, -ERRNO.EINVAL);
  if (offset > INT_MAX || offset + size > packet.length) return done(machine, -ERRNO.EFAULT);
  memory.move(packet.start + offset, from, size);
  if ((flags & INVALIDATE_HASH) !== 0) memory.set32(LAYOUT.ctx + SKB.hash, 0);
  return done(machine, 0);
}

/** The packet is in one piece here, so only its length can stand in the way. */
function pullData(machine: Machine): HelperStatus {
  return done(machine, argU32(machine, 2) > machine.packet.length ? -ENOMEM : 0);
}

/** Most VLAN tags that are looked through: VLAN_MAX_DEPTH of include/linux/if_vlan.h. */
const MAX_TAGS = 8;

/**
 * Mirrors `__vlan_get_protocol` of include/linux/if_vlan.h, v6.18, which counts from the packet's beginning as if the
 * link header stood there, also where it does not.
 */
function protocolBehindTags({ packet, memory }: Machine): number {
  let protocol = memory.u32[(LAYOUT.ctx + SKB.protocol) >> 2]!;
  const linkBytes = packet.start + packet.networkOffset - packet.macStart;
  let at = packet.start + linkBytes - 2;
  for (let tags = 1; protocol === P_8021Q || protocol === P_8021AD; tags++, at += 4) {
    if (tags === MAX_TAGS || at + 2 > packet.end) return 0;
    protocol = memory.view.getUint16(at, true);
  }
  return protocol;
}

/**
 * Marks congestion in a packet that can carry the mark: 1 when it stands there afterwards. Mirrors INET_ECN_set_ce and
 * IP6_ECN_set_ce of include/net/inet_ecn.h.
 */
function ecnSetCe(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const at = packet.start + packet.networkOffset;
  const protocol = protocolBehindTags(machine);
  const isIpv4 = protocol === P_IP;
  if ((!isIpv4 && protocol !== P_IPV6) || at + (isIpv4 ? 20 : 40) > packet.end) return done(machine, 0);
  // The two bits end the second byte of an IPv4 header and stand in the middle of an IPv6 header's second byte.
  const shift = isIpv4 ? 0 : 4;
  const bits = (memory.u8[at + 1]! >> shift) & 3;
  if (bits === 0) return done(machine, 0);
  if (bits === 3) return done(machine, 1);
  memory.touch(at, isIpv4 ? 12 : 2);
  const before = memory.view.getUint16(at, true);
  memory.u8[at + 1] = memory.u8[at + 1]! | (3 << shift);
  if (!isIpv4) return done(machine, 1);
  const sum = checksumReplace2(memory.view.getUint16(at + 10, true), before, memory.view.getUint16(at, true));
  memory.view.setUint16(at + 10, sum, true);
  return done(machine, 1);
}
