import { ETH_P_IP, ETH_P_IPV6, ETHERNET_BYTES } from '../linkLayer.ts';

/** Offsets in struct bpf_sock of include/uapi/linux/bpf.h. */
const SOCK = {
  family: 4, type: 8, protocol: 12, srcIp4: 24, srcIp6: 28, srcPort: 44, dstPort: 48, dstIp4: 52, dstIp6: 56, state: 72,
  rxQueueMapping: 76,
} as const; // prettier-ignore
export const SOCKET_BYTES = 80;

const AF_INET = 2;
const AF_INET6 = 10;
const TCP_ESTABLISHED = 1;
const TCP_CLOSE = 7;
const IPPROTO_TCP = 6;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

export interface TestSocket {
  /** As programs see it: struct bpf_sock. */
  readonly bytes: Uint8Array;
  readonly family: number;
  readonly localIp4: Uint8Array;
  readonly remoteIp4: Uint8Array;
  readonly localIp6: Uint8Array;
  readonly remoteIp6: Uint8Array;
}

/**
 * The socket a test run makes: its own address is the packet's source, its peer the packet's destination. It is written
 * into `bytes`, which is asked for because every packet gets one.
 */
export function socketOf(frame: Uint8Array, protocol: number, bytes: Uint8Array): TestSocket {
  const family = protocol === ETH_P_IP ? AF_INET : protocol === ETH_P_IPV6 ? AF_INET6 : 0;
  const part = (wanted: number, offset: number, length: number): Uint8Array =>
    family === wanted ? frame.subarray(ETHERNET_BYTES + offset, ETHERNET_BYTES + offset + length) : NOTHING;
  const socket = {
    family,
    localIp4: part(AF_INET, 12, 4),
    remoteIp4: part(AF_INET, 16, 4),
    localIp6: part(AF_INET6, 8, 16),
    remoteIp6: part(AF_INET6, 24, 16),
  };
  bytes.fill(0);
  bytes[SOCK.family] = family;
  bytes.set(socket.localIp4, SOCK.srcIp4);
  bytes.set(socket.localIp6, SOCK.srcIp6);
  bytes.set(socket.remoteIp4, SOCK.dstIp4);
  bytes.set(socket.remoteIp6, SOCK.dstIp6);
  bytes[SOCK.state] = TCP_CLOSE;
  bytes.fill(0xff, SOCK.rxQueueMapping, SOCK.rxQueueMapping + 4);
  return { bytes, ...socket };
}

/** The two ends of a socket that received a packet. */
export interface SocketEnds {
  readonly family: number;
  readonly protocol: number;
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** The socket that a packet was for, as programs see it: struct bpf_sock. */
export function socketBytes({ family, protocol, local, remote, sourcePort, destinationPort }: SocketEnds): Uint8Array {
  const bytes = new Uint8Array(SOCKET_BYTES);
  const view = new DataView(bytes.buffer);
  const stream = protocol === IPPROTO_TCP;
  view.setUint32(SOCK.family, family, true);
  view.setUint32(SOCK.type, stream ? SOCK_STREAM : SOCK_DGRAM, true);
  view.setUint32(SOCK.protocol, protocol, true);
  bytes.set(local, family === AF_INET ? SOCK.srcIp4 : SOCK.srcIp6);
  bytes.set(remote, family === AF_INET ? SOCK.dstIp4 : SOCK.dstIp6);
  view.setUint32(SOCK.srcPort, destinationPort, true);
  view.setUint16(SOCK.dstPort, sourcePort);
  view.setUint32(SOCK.state, stream ? TCP_ESTABLISHED : TCP_CLOSE, true);
  view.setInt32(SOCK.rxQueueMapping, -1, true);
  return bytes;
}

const NOTHING = new Uint8Array();
