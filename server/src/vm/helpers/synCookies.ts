import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import type { GivenSocket } from '../given.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { socketAt } from '../sockets.ts';
import { argHigh, argU32, done, done64, note, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/**
 * SYN cookies. A kernel makes them with a secret of its own; here they depend on the packet alone, so that what one
 * helper makes another one accepts, and nothing else.
 */
export const COOKIE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  100: checkCookie,
  110: makeCookie,
  204: (machine) => makeRaw(machine, 'bpf_tcp_raw_gen_syncookie_ipv4', IP4),
  205: (machine) => makeRaw(machine, 'bpf_tcp_raw_gen_syncookie_ipv6', IP6),
  206: (machine) => checkRaw(machine, 'bpf_tcp_raw_check_syncookie_ipv4', IP4),
  207: (machine) => checkRaw(machine, 'bpf_tcp_raw_check_syncookie_ipv6', IP6),
};

interface Family {
  readonly headerBytes: number;
  readonly addressesAt: number;
  readonly addressBytes: number;
  /** What a packet without the option stands for, and the sizes that a cookie can express. */
  readonly usualSize: number;
  readonly sizes: readonly number[];
}

/** `msstab` of net/ipv4/syncookies.c and net/ipv6/syncookies.c. */
const IP4: Family = {
  headerBytes: 20,
  addressesAt: 12,
  addressBytes: 8,
  usualSize: 536,
  sizes: [536, 1300, 1440, 1460],
};
const IP6: Family = {
  headerBytes: 40,
  addressesAt: 8,
  addressBytes: 32,
  usualSize: 1220,
  sizes: [1220, 1420, 1440, 8940],
};

const TCP_BYTES = 20;
const TCP = { sequence: 4, acknowledged: 8, length: 12, flags: 13 } as const;
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

const NOTE = 'the kernel makes cookies with a secret; these depend on the packet alone';

function makeRaw(machine: Machine, name: string, family: Family): HelperStatus {
  const size = argU32(machine, 3);
  const ip = range(machine, name, 1, family.headerBytes, false);
  const tcp = ip === 0 ? 0 : range(machine, name, 2, size, false);
  if (tcp === 0) return HELPER_STATUS.trap;
  const { u8, view } = machine.memory;
  if (size < TCP_BYTES || size !== 4 * (u8[tcp + TCP.length]! >> 4)) return done(machine, -ERRNO.EINVAL);
  note(machine, `${name}: ${NOTE}`);
  const asked = sizeOption(u8.subarray(tcp + TCP_BYTES, tcp + size)) || family.usualSize;
  const segment = family.sizes.findLast((one) => one <= asked) ?? family.sizes[0]!;
  return done64(machine, cookieOf(machine, ip, tcp, family, view.getUint32(tcp + TCP.sequence)), segment);
}

/** The kernel takes any acknowledgement whose cookie fits. */
function checkRaw(machine: Machine, name: string, family: Family): HelperStatus {
  const ip = range(machine, name, 1, family.headerBytes, false);
  const tcp = ip === 0 ? 0 : range(machine, name, 2, TCP_BYTES, false);
  if (tcp === 0) return HELPER_STATUS.trap;
  note(machine, `${name}: ${NOTE}`);
  return done(machine, isCookie(machine, ip, tcp, family) ? 0 : -ERRNO.EACCES);
}

function isCookie(machine: Machine, ip: number, tcp: number, family: Family): boolean {
  const { view } = machine.memory;
  const expected = cookieOf(machine, ip, tcp, family, view.getUint32(tcp + TCP.sequence) - 1);
  return ((view.getUint32(tcp + TCP.acknowledged) - 1) | 0) === expected;
}

/** A number of 32 bits that depends on addresses, ports and sequence number (FNV-1a, mixed once more). */
function cookieOf({ memory }: Machine, ip: number, tcp: number, family: Family, sequence: number): number {
  let hash = 0x811c_9dc5;
  const mix = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x0100_0193);
  };
  for (let i = 0; i < family.addressBytes; i++) mix(memory.u8[ip + family.addressesAt + i]!);
  for (let i = 0; i < 4; i++) mix(memory.u8[tcp + i]!);
  for (let shift = 0; shift < 32; shift += 8) mix((sequence >>> shift) & 0xff);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) | 0;
}

/** The maximum segment size among a header's options; 0 when there is none. Mirrors `tcp_parse_mss_option`. */
function sizeOption(options: Uint8Array): number {
  for (let at = 0; at < options.length;) {
    const kind = options[at] ?? 0;
    if (kind === 0) return 0;
    const size = kind === 1 ? 1 : (options[at + 1] ?? 0);
    if ((kind !== 1 && size < 2) || at + size > options.length) return 0;
    if (kind === 2 && size === 4) {
      const found = ((options[at + 2] ?? 0) << 8) | (options[at + 3] ?? 0);
      if (found !== 0) return found;
    }
    at += size;
  }
  return 0;
}

/** The headers of arguments 2 to 5 and the listener of argument 1; a number is an errno, null a fault. */
function listening(
  machine: Machine,
  name: string,
): { ip: number; ipBytes: number; tcp: number; tcpBytes: number; socket: GivenSocket | null } | null {
  const [ipBytes, tcpBytes] = [argU32(machine, 3), argU32(machine, 5)];
  const ip = range(machine, name, 2, ipBytes, false);
  const tcp = ip === 0 ? 0 : range(machine, name, 4, tcpBytes, false);
  if (tcp === 0) return null;
  const socket = argHigh(machine, 1) === 0 ? socketAt(machine, argU32(machine, 1)) : null;
  return { ip, ipBytes, tcp, tcpBytes, socket: socket?.state === 'listen' ? socket : null };
}

/** What the IP header says, and whether the listener takes such packets: the family, or an errno. */
function familyOf({ memory }: Machine, ip: number, ipBytes: number, socket: GivenSocket): Family | number {
  const version = memory.u8[ip]! >> 4;
  const socketIs6 = socket.localIp.length === 16;
  if (version === 4) return socketIs6 && socket.v6Only ? ERRNO.EINVAL : IP4;
  if (version !== 6) return ERRNO.EPROTONOSUPPORT;
  return ipBytes < IP6.headerBytes || !socketIs6 ? ERRNO.EINVAL : IP6;
}

/** Mirrors bpf_tcp_check_syncookie of net/core/filter.c, v6.18; the listener counts as one that has sent cookies. */
function checkCookie(machine: Machine): HelperStatus {
  const name = 'bpf_tcp_check_syncookie';
  const headers = listening(machine, name);
  if (headers === null) return HELPER_STATUS.trap;
  const { ip, ipBytes, tcp, tcpBytes, socket } = headers;
  if (tcpBytes < TCP_BYTES || socket === null) return done(machine, -ERRNO.EINVAL);
  const flags = machine.memory.u8[tcp + TCP.flags]!;
  if ((flags & (ACK | RST | SYN)) !== ACK) return done(machine, -ERRNO.ENOENT);
  if (ipBytes < IP4.headerBytes) return done(machine, -ERRNO.EINVAL);
  const family = familyOf(machine, ip, ipBytes, socket);
  if (typeof family === 'number') return done(machine, -family);
  note(machine, `${name}: ${NOTE}`);
  return done(machine, isCookie(machine, ip, tcp, family) ? 0 : -ERRNO.ENOENT);
}

/** Mirrors bpf_tcp_gen_syncookie of net/core/filter.c, v6.18: a listener whose queue has room makes none. */
function makeCookie(machine: Machine): HelperStatus {
  const name = 'bpf_tcp_gen_syncookie';
  const headers = listening(machine, name);
  if (headers === null) return HELPER_STATUS.trap;
  const { ip, ipBytes, tcp, tcpBytes, socket } = headers;
  const { u8 } = machine.memory;
  const isWhole = tcpBytes >= TCP_BYTES && tcpBytes === 4 * (u8[tcp + TCP.length]! >> 4);
  if (!isWhole || socket === null) return done(machine, -ERRNO.EINVAL);
  if ((u8[tcp + TCP.flags]! & (SYN | ACK | FIN | RST)) !== SYN) return done(machine, -ERRNO.ENOENT);
  if (ipBytes < IP4.headerBytes) return done(machine, -ERRNO.EINVAL);
  const family = familyOf(machine, ip, ipBytes, socket);
  if (typeof family === 'number') return done(machine, -family);
  return unknown(machine, name, "the listener's queue is not recorded, and counts as not full", -ERRNO.ENOENT);
}
