import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { XDP_FRAME_BYTES } from '../packet.ts';
import { argHigh, argLow, argU32, done, mapArg, range, type HelperFunction } from './frame.ts';

const ETHERNET_BYTES = 14;

/** Longest metadata: what fits the u8 `meta_len` of struct skb_shared_info, in steps of four. */
const MAX_META_BYTES = 255;

const PAGE = 4096;

const XDP_ABORTED = 0;
const XDP_REDIRECT = 4;
/** The two low flag bits are the verdict for an empty slot. */
const FALLBACK_MASK = 3;
/** BPF_F_BROADCAST and BPF_F_EXCLUDE_INGRESS, for device maps only. */
const BROADCAST = 8;
const DEVICE_MAP_FLAGS = 0x18;

export const XDP_HELPERS: Readonly<Record<number, HelperFunction>> = {
  44: adjustHead,
  51: redirectMap,
  54: adjustMeta,
  65: adjustTail,
  188: (machine) => done(machine, machine.packet.length),
  189: (machine) => copyBytes(machine, 'bpf_xdp_load_bytes', true),
  190: (machine) => copyBytes(machine, 'bpf_xdp_store_bytes', false),
};

/** Metadata moves along with the head. Mirrors the limits of bpf_xdp_adjust_head in net/core/filter.c, v6.18. */
function adjustHead(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const delta = argLow(machine, 2);
  const metaBytes = packet.start - packet.meta;
  const start = packet.start + delta;
  const lowest = packet.hardStart + XDP_FRAME_BYTES + metaBytes;
  if (start < lowest || start > packet.linearEnd - ETHERNET_BYTES) return done(machine, -ERRNO.EINVAL);
  memory.move(packet.meta + delta, packet.meta, metaBytes);
  packet.meta += delta;
  packet.move(start, packet.end);
  return done(machine, 0);
}

function adjustMeta(machine: Machine): HelperStatus {
  const { packet } = machine;
  const meta = packet.meta + argLow(machine, 2);
  if (meta < packet.hardStart + XDP_FRAME_BYTES || meta > packet.start) return done(machine, -ERRNO.EINVAL);
  const bytes = packet.start - meta;
  if (bytes % 4 !== 0 || bytes > MAX_META_BYTES) return done(machine, -ERRNO.EACCES);
  packet.meta = meta;
  packet.publish();
  return done(machine, 0);
}

function adjustTail(machine: Machine): HelperStatus {
  const { packet, memory } = machine;
  const delta = argLow(machine, 2);
  const end = packet.end + delta;
  if (end > packet.end + tailRoom(machine) || end < packet.start + ETHERNET_BYTES) return done(machine, -ERRNO.EINVAL);
  if (delta > 0) memory.fill(packet.end, delta);
  packet.move(packet.start, end);
  return done(machine, 0);
}

/** A fragment grows to the end of its page, a packet in one piece to the end of its buffer. */
function tailRoom({ packet }: Machine): number {
  const inFragments = packet.end - packet.linearLimit;
  if (inFragments <= 0) return Math.min(packet.hardEnd, packet.linearLimit) - packet.end;
  return Math.min(packet.hardEnd - packet.end, (PAGE - (inFragments % PAGE)) % PAGE);
}

function copyBytes(machine: Machine, name: string, load: boolean): HelperStatus {
  const { packet, memory } = machine;
  const offset = argU32(machine, 2);
  const size = argU32(machine, 4);
  const buffer = range(machine, name, 3, size, load);
  if (buffer === 0) return HELPER_STATUS.trap;
  if (offset > 0xffff || size > 0xffff) return done(machine, -ERRNO.EFAULT);
  if (offset + size > packet.length) return done(machine, -ERRNO.EINVAL);
  if (load) memory.move(buffer, packet.start + offset, size);
  else memory.move(packet.start + offset, buffer, size);
  return done(machine, 0);
}

function redirectMap(machine: Machine): HelperStatus {
  const map = mapArg(machine, 'bpf_redirect_map', 1);
  if (map === null) return HELPER_STATUS.trap;
  const flags = argU32(machine, 3);
  const deviceMap = map.spec.type === 'devmap' || map.spec.type === 'devmap_hash';
  const allowed = FALLBACK_MASK | (deviceMap ? DEVICE_MAP_FLAGS : 0);
  if ((flags & ~allowed) !== 0 || argHigh(machine, 3) !== 0) return done(machine, XDP_ABORTED);
  const key = Uint8Array.of(...u32(argU32(machine, 2)));
  const found = map.find(key, 0, 0) !== 0;
  if (!found && (flags & BROADCAST) === 0) return done(machine, flags & FALLBACK_MASK);
  machine.redirect = { kind: 'map', target: argU32(machine, 2), flags, map: map.spec.name };
  return done(machine, XDP_REDIRECT);
}

function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
