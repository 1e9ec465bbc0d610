import { checksumFold, checksumPartial } from '../checksum.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { argU32, done, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/** Headers that routes put in front of packets. */
export const LIGHTWEIGHT_TUNNEL_HELPERS: Readonly<Record<number, HelperFunction>> = {
  73: pushHeader,
  74: (machine) => unknown(machine, 'bpf_lwt_seg6_store_bytes', 'segment routing is not simulated', -ERRNO.EINVAL),
  75: (machine) => unknown(machine, 'bpf_lwt_seg6_adjust_srh', 'segment routing is not simulated', -ERRNO.EINVAL),
  76: (machine) => unknown(machine, 'bpf_lwt_seg6_action', 'segment routing is not simulated', -ERRNO.EINVAL),
};

/** BPF_LWT_ENCAP_IP; the two smaller numbers are for segment routing. */
const ENCAP_IP = 2;
/** LWT_BPF_MAX_HEADROOM. */
const MOST_BYTES = 256;
const IP4_BYTES = 20;
const IP6_BYTES = 40;
const IP4_PROTOCOL = 9;
const IP6_NEXT_HEADER = 6;
const CHECKSUM = 10;
const UDP = 17;
const UDP_BYTES = 8;

/** Ethernet types as they stand in the context. */
const P_IP = 0x0008;
const P_IPV6 = 0xdd86;

/** Mirrors `bpf_lwt_push_ip_encap` of net/core/lwt_bpf.c, v6.18. */
function pushHeader(machine: Machine): HelperStatus {
  const name = 'bpf_lwt_push_encap';
  const { memory, packet, programType } = machine;
  const size = argU32(machine, 4);
  const from = range(machine, name, 3, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const kind = argU32(machine, 2);
  if (kind < ENCAP_IP && programType === 'lwt_in')
    return unknown(machine, name, 'segment routing is not simulated', -ERRNO.EINVAL);
  const header = memory.u8.slice(from, from + size);
  if (kind !== ENCAP_IP || !isHeader(header)) return done(machine, -ERRNO.EINVAL);
  const start = packet.start - size;
  if (start < packet.hardStart) return done(machine, -ERRNO.ENOMEM);
  const ip4 = (header[0] ?? 0) >> 4 === 4;
  if (ip4 && header[CHECKSUM] === 0 && header[CHECKSUM + 1] === 0) putChecksum(header);
  memory.copyIn(start, header);
  packet.encapsulated = true;
  packet.networkOffset = 0;
  packet.macStart = Math.max(packet.hardStart, packet.macStart - size);
  packet.move(start, packet.end);
  memory.set32(LAYOUT.ctx + SKB.protocol, ip4 ? P_IP : P_IPV6);
  memory.set32(LAYOUT.ctx + SKB.hash, 0);
  return done(machine, 0);
}

/** A header of IP with its options, and, as 6.18.44 wants it, all of the UDP header behind it. */
function isHeader(header: Uint8Array): boolean {
  if (header.length < IP4_BYTES || header.length > MOST_BYTES) return false;
  const first = header[0] ?? 0;
  const ip4 = first >> 4 === 4;
  if (!ip4 && first >> 4 !== 6) return false;
  const ipBytes = ip4 ? 4 * (first & 15) : IP6_BYTES;
  const protocol = header[ip4 ? IP4_PROTOCOL : IP6_NEXT_HEADER];
  return header.length >= ipBytes + (protocol === UDP ? UDP_BYTES : 0);
}

function putChecksum(header: Uint8Array): void {
  const sum = checksumFold(checksumPartial(header, 0, 4 * ((header[0] ?? 0) & 15), 0));
  new DataView(header.buffer).setUint16(CHECKSUM, sum, true);
}
