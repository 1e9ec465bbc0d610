import { ETH_P_IP, ETH_P_IPV6, ETHERNET_BYTES } from '../linkLayer.ts';

/** Offsets in struct bpf_sock of include/uapi/linux/bpf.h. */
const SOCK = { family: 4, srcIp4: 24, srcIp6: 28, dstIp4: 52, dstIp6: 56, state: 72, rxQueueMapping: 76 } as const;
export const SOCKET_BYTES = 80;

const AF_INET = 2;
const AF_INET6 = 10;
const TCP_CLOSE = 7;

export interface TestSocket {
  /** As programs see it: struct bpf_sock. */
  readonly bytes: Uint8Array;
  readonly family: number;
  readonly localIp4: Uint8Array;
  readonly remoteIp4: Uint8Array;
  readonly localIp6: Uint8Array;
  readonly remoteIp6: Uint8Array;
}

/** The socket a test run makes: its own address is the packet's source, its peer the packet's destination. */
export function socketOf(frame: Uint8Array, protocol: number): TestSocket {
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
  const bytes = new Uint8Array(SOCKET_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(SOCK.family, family, true);
  bytes.set(socket.localIp4, SOCK.srcIp4);
  bytes.set(socket.localIp6, SOCK.srcIp6);
  bytes.set(socket.remoteIp4, SOCK.dstIp4);
  bytes.set(socket.remoteIp6, SOCK.dstIp6);
  view.setUint32(SOCK.state, TCP_CLOSE, true);
  view.setInt32(SOCK.rxQueueMapping, -1, true);
  return { bytes, ...socket };
}

const NOTHING = new Uint8Array();
