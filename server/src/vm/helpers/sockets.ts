import type { Machine } from '../createMachine.ts';
import type { GivenSocket } from '../given.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB, XDP } from '../packet.ts';
import { findSocket, fullSocket, isFull } from '../socketLookup.ts';
import { holdSocket, openSocket, releaseSocket, socketAt, socketIndexAt } from '../sockets.ts';
import { argHigh, argLow, argU32, done, donePointer, note, range, trap, type HelperFunction } from './frame.ts';

/** Looking up sockets of the user's world, and seeing them as what they are. */
export const SOCKET_HELPERS: Readonly<Record<number, HelperFunction>> = {
  84: (machine) => lookup(machine, 'bpf_sk_lookup_tcp', 'tcp', true),
  85: (machine) => lookup(machine, 'bpf_sk_lookup_udp', 'udp', true),
  86: release,
  95: (machine) => view(machine, 'bpf_sk_fullsock', 'sock', isFull),
  96: (machine) => view(machine, 'bpf_tcp_sock', 'tcp', isTcp),
  98: listener,
  99: (machine) => lookup(machine, 'bpf_skc_lookup_tcp', 'tcp', false),
  136: (machine) => kernelView(machine, 'bpf_skc_to_tcp6_sock', (socket) => isTcp(socket) && isIp6(socket)),
  137: (machine) => kernelView(machine, 'bpf_skc_to_tcp_sock', isTcp),
  138: (machine) => kernelView(machine, 'bpf_skc_to_tcp_timewait_sock', ({ state }) => state === 'time-wait'),
  139: (machine) => kernelView(machine, 'bpf_skc_to_tcp_request_sock', ({ state }) => state === 'new-syn-recv'),
  140: (machine) => kernelView(machine, 'bpf_skc_to_udp6_sock', (socket) => socket.protocol === 'udp' && isIp6(socket)),
  178: (machine) => kernelView(machine, 'bpf_skc_to_unix_sock', () => false),
  196: (machine) => kernelView(machine, 'bpf_skc_to_mptcp_sock', () => false),
};

const TUPLE_BYTES = { ip4: 12, ip6: 36 } as const;

function isTcp(socket: GivenSocket): boolean {
  return isFull(socket) && socket.protocol === 'tcp';
}

function isIp6({ localIp }: GivenSocket): boolean {
  return localIp.length === 16;
}

/** Mirrors `__bpf_skc_lookup` of net/core/filter.c, v6.18: only the packet's own network namespace is known. */
function lookup(machine: Machine, name: string, protocol: 'tcp' | 'udp', full: boolean): HelperStatus {
  const size = argU32(machine, 3);
  const at = range(machine, name, 2, size, false);
  if (at === 0) return HELPER_STATUS.trap;
  const foreign = argLow(machine, 4) >= 0;
  const flagged = argLow(machine, 5) !== 0 || argHigh(machine, 5) !== 0;
  if ((size !== TUPLE_BYTES.ip4 && size !== TUPLE_BYTES.ip6) || flagged) return donePointer(machine, name, 0);
  if (machine.world.given.sockets.length === 0)
    note(machine, `${name}: no sockets are known; give them in a world file`);
  if (foreign) note(machine, `${name}: other network namespaces are not known; it answered null`);
  const found = foreign ? -1 : find(machine, protocol, at, size === TUPLE_BYTES.ip4 ? 4 : 16);
  const index = full ? fullSocket(machine, found) : found;
  return donePointer(machine, name, index < 0 ? 0 : holdSocket(machine, index));
}

function find(machine: Machine, protocol: 'tcp' | 'udp', at: number, addressBytes: 4 | 16): number {
  const { u8, view } = machine.memory;
  const ports = at + 2 * addressBytes;
  return findSocket(machine, {
    protocol,
    remoteIp: u8.slice(at, at + addressBytes),
    localIp: u8.slice(at + addressBytes, at + 2 * addressBytes),
    remotePort: view.getUint16(ports),
    localPort: view.getUint16(ports + 2),
    ifindex: deviceHere(machine),
  });
}

/** The device of the packet; 0 where there is none. */
function deviceHere({ packet, memory }: Machine): number {
  if (packet.kind === 'none') return 0;
  return memory.u32[(LAYOUT.ctx + (packet.kind === 'xdp' ? XDP.ingressIfindex : SKB.ifindex)) >> 2]!;
}

function release(machine: Machine): HelperStatus {
  const address = argU32(machine, 1);
  const isWorlds = argHigh(machine, 1) === 0 && socketAt(machine, address) !== null;
  if (isWorlds && !releaseSocket(machine, address))
    return trap(machine, 'helper', 'bpf_sk_release: argument 1 is a socket that the program does not hold');
  return done(machine, 0);
}

/** Another view of the same socket, or null. The socket of the packet itself is always a full one. */
function view(
  machine: Machine,
  name: string,
  kind: 'sock' | 'tcp',
  fits: (socket: GivenSocket) => boolean,
): HelperStatus {
  const address = argHigh(machine, 1) === 0 ? argU32(machine, 1) : 0;
  const socket = socketAt(machine, address);
  if (socket === null) return donePointer(machine, name, kind === 'sock' ? address : 0);
  return donePointer(machine, name, fits(socket) ? openSocket(machine, socketIndexAt(machine, address), kind) : 0);
}

function listener(machine: Machine): HelperStatus {
  const name = 'bpf_get_listener_sock';
  const index = fullSocket(machine, socketIndexAt(machine, argU32(machine, 1)));
  const listens = machine.world.given.sockets[index]?.state === 'listen';
  return donePointer(machine, name, listens ? openSocket(machine, index, 'sock') : 0);
}

/** The pointer is good for handing on; what the kernel's structure holds is not known. */
function kernelView(machine: Machine, name: string, fits: (socket: GivenSocket) => boolean): HelperStatus {
  const index = socketIndexAt(machine, argHigh(machine, 1) === 0 ? argU32(machine, 1) : 0);
  const socket = machine.world.given.sockets[index];
  const found = socket !== undefined && fits(socket);
  return donePointer(machine, name, found ? openSocket(machine, index, 'kernel') : 0);
}
