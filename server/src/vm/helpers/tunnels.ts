import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { OPTION_FLAGS, type Tunnel } from '../tunnel.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';

/** Tunnel metadata that goes with a packet. Mirrors bpf_skb_*_tunnel_* of net/core/filter.c, v6.18. */
export const TUNNEL_HELPERS: Readonly<Record<number, HelperFunction>> = {
  20: getKey,
  21: setKey,
  29: getOptions,
  30: setOptions,
};

/** Offsets in struct bpf_tunnel_key, include/uapi/linux/bpf.h. */
const KEY = { id: 0, remote: 4, tos: 20, ttl: 21, flags: 22, label: 24, local: 28, bytes: 44 } as const;

/** Sizes that older programs have, which leave out the end. */
const OLD_SIZES: ReadonlySet<number> = new Set([8, 22, 24, 28]);
/** The oldest one has room for an IPv4 address only. */
const IP4_BYTES = 8;

const IP6 = 1;
const GET_FLAGS = 1 << 4;
/** BPF_F_ZERO_CSUM_TX, BPF_F_DONT_FRAGMENT, BPF_F_SEQ_NUMBER, BPF_F_NO_TUNNEL_KEY. */
const SET = { zeroChecksum: 2, dontFragment: 4, sequence: 8, noKey: 16, all: 31 } as const;

/** TUNNEL_* of include/uapi/linux/if_tunnel.h. */
const BIT = { checksum: 1, key: 4, sequence: 8, dontFragment: 0x100, noCache: 0x2000 } as const;

const FLOW_LABEL = 0x000f_ffff;
const MOST_OPTIONS = 255;

function getKey(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const to = range(machine, 'bpf_skb_get_tunnel_key', 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  const { tunnel } = machine.packet;
  const known = argHigh(machine, 4) === 0 && (flags & ~(IP6 | GET_FLAGS)) === 0;
  machine.memory.fill(to, size);
  if (tunnel === null || !known) return done(machine, -ERRNO.EINVAL);
  if (tunnel.ip6 !== ((flags & IP6) !== 0)) return done(machine, -ERRNO.EPROTO);
  if (size !== KEY.bytes && (!OLD_SIZES.has(size) || (size === IP4_BYTES && tunnel.ip6)))
    return done(machine, -ERRNO.EINVAL);
  machine.memory.copyIn(to, keyBytes(tunnel, (flags & GET_FLAGS) !== 0).subarray(0, size));
  return done(machine, 0);
}

/** What is remote to the one who receives is the packet's source. */
function keyBytes(tunnel: Tunnel, withFlags: boolean): Uint8Array {
  const bytes = new Uint8Array(KEY.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(KEY.id, tunnel.id, true);
  bytes.set(tunnel.source, KEY.remote);
  bytes.set(tunnel.destination, KEY.local);
  bytes[KEY.tos] = tunnel.tos;
  bytes[KEY.ttl] = tunnel.ttl;
  if (withFlags) view.setUint16(KEY.flags, tunnel.flags);
  view.setUint32(KEY.label, tunnel.ip6 ? tunnel.label : 0, true);
  return bytes;
}

function setKey(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const from = range(machine, 'bpf_skb_set_tunnel_key', 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  const known = argHigh(machine, 4) === 0 && (flags & ~SET.all) === 0;
  if (!known || (size !== KEY.bytes && !OLD_SIZES.has(size))) return done(machine, -ERRNO.EINVAL);
  const bytes = new Uint8Array(KEY.bytes);
  bytes.set(machine.memory.u8.subarray(from, from + size));
  const view = new DataView(bytes.buffer);
  const ip6 = (flags & IP6) !== 0;
  const label = view.getUint32(KEY.label, true);
  if ((!ip6 && label !== 0) || view.getUint16(KEY.flags) !== 0) return done(machine, -ERRNO.EINVAL);
  const address = (offset: number): Uint8Array => {
    const whole = new Uint8Array(16);
    whole.set(bytes.subarray(offset, offset + (ip6 ? 16 : 4)));
    return whole;
  };
  machine.packet.tunnel = {
    id: view.getUint32(KEY.id, true),
    ip6,
    source: address(KEY.local),
    destination: address(KEY.remote),
    tos: bytes[KEY.tos] ?? 0,
    ttl: bytes[KEY.ttl] ?? 0,
    label: label & FLOW_LABEL,
    flags: tunnelFlags(flags),
    options: new Uint8Array(),
  };
  effect(machine, `bpf_skb_set_tunnel_key: the packet leaves through tunnel ${machine.packet.tunnel.id}`);
  return done(machine, 0);
}

function tunnelFlags(flags: number): number {
  return (
    BIT.noCache |
    ((flags & SET.dontFragment) === 0 ? 0 : BIT.dontFragment) |
    ((flags & SET.zeroChecksum) === 0 ? BIT.checksum : 0) |
    ((flags & SET.sequence) === 0 ? 0 : BIT.sequence) |
    ((flags & SET.noKey) === 0 ? BIT.key : 0)
  );
}

function getOptions(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const to = range(machine, 'bpf_skb_get_tunnel_opt', 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  machine.memory.fill(to, size);
  const { tunnel } = machine.packet;
  if (tunnel === null || (tunnel.flags & OPTION_FLAGS) === 0) return done(machine, -ERRNO.ENOENT);
  if (size < tunnel.options.length) return done(machine, -ERRNO.ENOMEM);
  machine.memory.copyIn(to, tunnel.options);
  return done(machine, tunnel.options.length);
}

/** Only a tunnel that the program has set takes options. */
function setOptions(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const from = range(machine, 'bpf_skb_set_tunnel_opt', 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const { packet, memory } = machine;
  if (packet.tunnel === null || size % 4 !== 0) return done(machine, -ERRNO.EINVAL);
  if (size > MOST_OPTIONS) return done(machine, -ERRNO.ENOMEM);
  const flags = packet.tunnel.flags | OPTION_FLAGS;
  packet.tunnel = { ...packet.tunnel, flags, options: memory.u8.slice(from, from + size) };
  return done(machine, 0);
}
