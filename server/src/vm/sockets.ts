import { BPF_SOCK, BPF_TCP_SOCK } from '../kernel/sockets.ts';
import type { Machine } from './createMachine.ts';
import { SOCKET_STATES, type GivenSocket } from './given.ts';
import { LAYOUT } from './machine.ts';

/**
 * Sockets of the user's world as objects in guest memory. Each has a place of its own: struct bpf_sock, struct
 * bpf_tcp_sock, and an address that stands for the kernel's own structure, of which nothing can be read.
 */
const FIRST = LAYOUT.objects + 0x1000;
const STRIDE = 0x200;
const TCP_OFFSET = 0x80;
const KERNEL_OFFSET = 0x180;
export const MOST_SOCKETS = 500;

const SOCK_BYTES = 80;
const TCP_SOCK_BYTES = 112;

const AF_INET = 2;
const AF_INET6 = 10;

/** What a pointer points to: the socket seen as struct bpf_sock, as struct bpf_tcp_sock, or as the kernel's own. */
export type SocketView = 'sock' | 'tcp' | 'kernel';

const VIEW_OFFSETS: Readonly<Record<SocketView, number>> = { sock: 0, tcp: TCP_OFFSET, kernel: KERNEL_OFFSET };

/** Number of the socket that an address, of whatever view, belongs to; -1 for none. */
export function socketIndexAt(machine: Machine, address: number): number {
  const offset = address - FIRST;
  if (offset < 0 || !Object.values(VIEW_OFFSETS).includes(offset % STRIDE)) return -1;
  const index = Math.floor(offset / STRIDE);
  return index < machine.world.given.sockets.length ? index : -1;
}

export function socketAt(machine: Machine, address: number): GivenSocket | null {
  return machine.world.given.sockets[socketIndexAt(machine, address)] ?? null;
}

/** Address of a socket's view, whose memory is opened to the program; 0 when there are too many sockets. */
export function openSocket(machine: Machine, index: number, view: SocketView): number {
  const socket = machine.world.given.sockets[index];
  if (socket === undefined || index >= MOST_SOCKETS) return 0;
  const start = FIRST + index * STRIDE + VIEW_OFFSETS[view];
  if (view === 'kernel' || machine.regions.objects.some((region) => region.start === start)) return start;
  const bytes = view === 'tcp' ? tcpBytes(socket) : sockBytes(socket);
  machine.memory.copyIn(start, bytes);
  const name = view === 'tcp' ? 'TCP socket' : 'socket';
  const region = { kind: 'object', name, start, end: start + bytes.length, writable: false } as const;
  machine.regions.objects = [...machine.regions.objects, region];
  return start;
}

/** `openSocket` for a socket that must be given back. */
export function holdSocket(machine: Machine, index: number): number {
  const address = openSocket(machine, index, 'sock');
  if (address !== 0) machine.world.heldSockets = [...machine.world.heldSockets, address];
  return address;
}

/** Gives a socket back; its memory is closed when nobody holds it any more. False when it was not held. */
export function releaseSocket(machine: Machine, address: number): boolean {
  const { world } = machine;
  const index = socketIndexAt(machine, address);
  const start = FIRST + index * STRIDE;
  const held = world.heldSockets.indexOf(start);
  if (index < 0 || held < 0) return false;
  world.heldSockets = world.heldSockets.filter((_, i) => i !== held);
  if (!world.heldSockets.includes(start)) closeSockets(machine, start, start + STRIDE);
  return true;
}

/** What a run held is gone with it. */
export function forgetSockets(machine: Machine): void {
  machine.world.heldSockets = [];
  closeSockets(machine, FIRST, LAYOUT.mapHandle);
}

function closeSockets(machine: Machine, from: number, to: number): void {
  machine.regions.objects = machine.regions.objects.filter(({ start }) => start < from || start >= to);
}

/** struct bpf_sock of a socket, as the kernel converts its fields. */
function sockBytes(socket: GivenSocket): Uint8Array {
  const bytes = new Uint8Array(SOCK_BYTES);
  const view = new DataView(bytes.buffer);
  const ip4 = socket.localIp.length === 4;
  const fields: Record<string, number> = {
    bound_dev_if: socket.ifindex,
    family: ip4 ? AF_INET : AF_INET6,
    type: socket.protocol === 'tcp' ? 1 : 2,
    protocol: socket.protocol === 'tcp' ? 6 : 17,
    mark: socket.mark,
    priority: socket.priority,
    src_port: socket.localPort,
    state: SOCKET_STATES.indexOf(socket.state),
    rx_queue_mapping: socket.queue,
  };
  for (const { name, off } of BPF_SOCK) view.setInt32(off, fields[name] ?? 0, true);
  bytes.set(socket.localIp, ip4 ? offsetOf('src_ip4') : offsetOf('src_ip6'));
  bytes.set(socket.remoteIp, ip4 ? offsetOf('dst_ip4') : offsetOf('dst_ip6'));
  view.setUint16(offsetOf('dst_port'), socket.remotePort);
  return bytes;
}

function offsetOf(name: string): number {
  return BPF_SOCK.find((field) => field.name === name)?.off ?? 0;
}

function tcpBytes(socket: GivenSocket): Uint8Array {
  const bytes = new Uint8Array(TCP_SOCK_BYTES);
  const view = new DataView(bytes.buffer);
  for (const { name, off, size } of BPF_TCP_SOCK) {
    const value = socket.tcp.get(name) ?? 0n;
    if (size === 8) view.setBigUint64(off, BigInt.asUintN(64, value), true);
    else view.setUint32(off, Number(BigInt.asUintN(32, value)), true);
  }
  return bytes;
}
