import type { Machine } from './createMachine.ts';
import type { GivenSocket, SocketProtocol } from './given.ts';

/** A packet's addresses as a socket sees them: its own side is `local`. */
export interface SocketQuery {
  readonly protocol: SocketProtocol;
  readonly remoteIp: Uint8Array;
  readonly remotePort: number;
  readonly localIp: Uint8Array;
  readonly localPort: number;
  /** Device the packet came in by; 0 for any. */
  readonly ifindex: number;
}

/** Number of the socket that the kernel would find; -1 for none. */
export function findSocket({ world }: Machine, query: SocketQuery): number {
  const { sockets } = world.given;
  return query.protocol === 'tcp' ? findTcp(sockets, query) : findUdp(sockets, query);
}

/** Connections first, then listeners. Mirrors `__inet_lookup` and `__inet6_lookup`, v6.18. */
function findTcp(sockets: readonly GivenSocket[], query: SocketQuery): number {
  const { localIp, localPort, remoteIp, remotePort } = query;
  const connected = sockets.findIndex(
    (socket) =>
      socket.protocol === 'tcp' &&
      isOnDevice(socket, query.ifindex) &&
      socket.state !== 'listen' &&
      socket.state !== 'close' &&
      socket.localPort === localPort &&
      socket.remotePort === remotePort &&
      same(socket.localIp, localIp) &&
      same(socket.remoteIp, remoteIp),
  );
  if (connected >= 0) return connected;
  return findListener(sockets, query);
}

/** Mirrors `__inet_lookup_listener` and `inet6_lookup_listener`, v6.18. */
function findListener(
  sockets: readonly GivenSocket[],
  { localIp, localPort, ifindex }: Pick<SocketQuery, 'localIp' | 'localPort' | 'ifindex'>,
): number {
  const listens = (socket: GivenSocket): boolean =>
    socket.protocol === 'tcp' &&
    socket.state === 'listen' &&
    isOnDevice(socket, ifindex) &&
    socket.localPort === localPort;
  const score = (socket: GivenSocket): number =>
    (socket.ifindex === 0 ? 1 : 2) + (localIp.length === 4 && socket.localIp.length === 4 ? 1 : 0);
  return exactFirst(sockets, localIp, listens, score);
}

/** The socket, or what stands for it where a full one is wanted: a request's listener. Mirrors `sk_to_full_sk`. */
export function fullSocket({ world }: Machine, index: number): number {
  const { sockets } = world.given;
  const socket = sockets[index];
  if (socket === undefined || isFull(socket)) return index;
  return socket.state === 'new-syn-recv' ? findListener(sockets, socket) : -1;
}

/** Mirrors `__udp4_lib_lookup` and `__udp6_lib_lookup`, v6.18. */
function findUdp(sockets: readonly GivenSocket[], query: SocketQuery): number {
  const fits = (socket: GivenSocket): boolean =>
    socket.protocol === 'udp' &&
    isOnDevice(socket, query.ifindex) &&
    socket.localPort === query.localPort &&
    (isZero(socket.remoteIp) || same(socket.remoteIp, query.remoteIp)) &&
    (socket.remotePort === 0 || socket.remotePort === query.remotePort);
  // The families weigh what is connected and bound differently, but in the same order.
  const score = (socket: GivenSocket): number =>
    (query.localIp.length === 4 && socket.localIp.length === 4 ? 1 : 0) +
    (isZero(socket.remoteIp) ? 0 : 4) +
    (socket.remotePort === 0 ? 0 : 4) +
    (socket.ifindex === 0 ? 0 : 4);
  return exactFirst(sockets, query.localIp, fits, score);
}

/** The best socket of the address itself, else of those for all addresses. */
function exactFirst(
  sockets: readonly GivenSocket[],
  address: Uint8Array,
  fits: (socket: GivenSocket) => boolean,
  score: (socket: GivenSocket) => number,
): number {
  for (const bound of [true, false]) {
    let best = -1;
    for (const [i, socket] of sockets.entries()) {
      const matches = bound ? same(socket.localIp, address) && !isZero(address) : takesAll(socket, address.length);
      if (!matches || !fits(socket)) continue;
      const other = sockets[best];
      if (other === undefined || score(socket) > score(other)) best = i;
    }
    if (best >= 0) return best;
  }
  return -1;
}

/** Sockets of IPv6 take packets of IPv4 as well unless told otherwise. */
function takesAll({ localIp, v6Only }: GivenSocket, addressBytes: number): boolean {
  if (!isZero(localIp)) return false;
  return localIp.length === addressBytes || (addressBytes === 4 && !v6Only);
}

function isOnDevice({ ifindex }: GivenSocket, device: number): boolean {
  return ifindex === 0 || ifindex === device;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function isZero(address: Uint8Array): boolean {
  return address.every((byte) => byte === 0);
}

/** Whether it is a socket of its own and neither a request nor what is left of a connection. */
export function isFull({ state }: GivenSocket): boolean {
  return state !== 'time-wait' && state !== 'new-syn-recv';
}
