/** Which fields of a socket may be read. Mirrors `bpf_sock_is_valid_access` and its siblings of net/core/filter.c. */
import type { RegisterKind } from './state/register.ts';

/** Offsets of `struct bpf_sock` of include/uapi/linux/bpf.h. */
const SOCK_SIZE = 80;
const DST_PORT = 48;
/** Fields of four bytes that may be read in part, but only from their beginning: family, type, protocol, … */
const NARROW_STARTS: ReadonlySet<number> = new Set([4, 8, 12, 44, 72, 76]);
/** Offsets of `struct bpf_tcp_sock`. */
const TCP_SIZE = 116;
const TCP_WIDE: ReadonlySet<number> = new Set([80, 88]);

export function mayReadSocket(kind: RegisterKind, off: number, size: number): boolean {
  switch (kind) {
    case 'sockCommon':
      // Only what every kind of socket has.
      return !(off >= 8 && off < 24) && mayReadSock(off, size);
    case 'tcpSock':
      return inside(off, size, TCP_SIZE) && size === (TCP_WIDE.has(off) ? 8 : 4);
    case 'xdpSock':
      return inside(off, size, 4) && size === 4;
    default:
      return mayReadSock(off, size);
  }
}

function inside(off: number, size: number, limit: number): boolean {
  return off >= 0 && off < limit && off % size === 0;
}

function mayReadSock(off: number, size: number): boolean {
  if (!inside(off, size, SOCK_SIZE)) return false;
  const isAddress = (off >= 24 && off < 44) || (off >= 52 && off < 72);
  const isPort = off === DST_PORT || off === DST_PORT + 1;
  if (NARROW_STARTS.has(off) || isAddress || isPort) return size <= 4;
  if (off > DST_PORT && off < 52) return false;
  return size === 4;
}
