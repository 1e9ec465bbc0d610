import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { SOCKET_STATES } from '../given.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import type { GuestMap } from '../maps/guestMap.ts';
import { ReuseportArray, SocketArray, SocketHash } from '../maps/socketMaps.ts';
import { packetSocketIndex } from '../packetSocket.ts';
import { fullSocket } from '../socketLookup.ts';
import { holdSocket, socketIndexAt } from '../sockets.ts';
import { argHigh, argU32, done, donePointer, mapArg, note, range, trap, type HelperFunction } from './frame.ts';

/** Maps of sockets: putting sockets into them, and sending packets and messages to one of them. */
export const SOCKET_MAP_HELPERS: Readonly<Record<number, HelperFunction>> = {
  52: (machine) => redirect(machine, 'bpf_sk_redirect_map'),
  53: (machine) => putOwnSocket(machine, 'bpf_sock_map_update'),
  60: (machine) => redirect(machine, 'bpf_msg_redirect_map'),
  70: (machine) => putOwnSocket(machine, 'bpf_sock_hash_update'),
  71: (machine) => redirect(machine, 'bpf_msg_redirect_hash'),
  72: (machine) => redirect(machine, 'bpf_sk_redirect_hash'),
  82: selectReuseport,
};

const SK_DROP = 0;
const SK_PASS = 1;
const BPF_F_INGRESS = 1;

/** BPF_SOCK_OPS_TCP_CONNECT_CB and its neighbours that a socket may be put into a map from. */
const SOCK_OPS_WITH_SOCKET: ReadonlySet<number> = new Set([4, 5, 11]);

export type AnySocketMap = SocketArray | SocketHash;

export function isSocketMap(map: GuestMap): map is AnySocketMap {
  return map instanceof SocketArray || map instanceof SocketHash;
}

/** What bpf_map_lookup_elem yields: the socket itself, which the program has to give back. */
export function lookupSocket(machine: Machine, name: string, map: AnySocketMap, key: number): HelperStatus {
  const found = map instanceof ReuseportArray ? 0 : map.socket(machine.memory.u8, key);
  return donePointer(machine, name, found === 0 ? 0 : holdSocket(machine, found - 1));
}

/** bpf_map_update_elem with a socket for a value. Mirrors `sock_map_update_elem` of net/core/sock_map.c, v6.18. */
export function updateSocket(machine: Machine, map: AnySocketMap, key: number): HelperStatus {
  const address = argHigh(machine, 3) === 0 ? argU32(machine, 3) : 0;
  if (address === 0) return done(machine, -ERRNO.EINVAL);
  const index = fullSocket(machine, socketIndexAt(machine, address));
  if (index < 0) return unknownSocket(machine, 'bpf_map_update_elem', -ERRNO.EINVAL);
  return done(machine, put(machine, map, key, index, 4));
}

function put(machine: Machine, map: AnySocketMap, key: number, index: number, flags: number): number {
  if (argHigh(machine, flags) !== 0) return -ERRNO.EINVAL;
  const socket = new Uint8Array(Uint32Array.of(index + 1).buffer);
  return map.update(machine.memory.u8, key, socket, 0, argU32(machine, flags), machine.world.cpu);
}

function unknownSocket(machine: Machine, name: string, answer: number): HelperStatus {
  note(machine, `${name}: the socket is not known; give it in a world file; it answered ${answer}`);
  return done(machine, answer);
}

function mapOf(machine: Machine, name: string, n: number): AnySocketMap | null {
  const map = mapArg(machine, name, n);
  if (map === null || isSocketMap(map)) return map;
  trap(machine, 'helper', `${name}: map ${map.spec.name} holds no sockets`);
  return null;
}

/** The key: bytes for a hash, a number for an array. 0 is a fault. */
function keyOf(machine: Machine, name: string, map: AnySocketMap, n: number): number {
  if (map instanceof SocketHash) return range(machine, name, n, map.spec.keySize, false);
  machine.memory.set32(LAYOUT.scratch, argU32(machine, n));
  return LAYOUT.scratch;
}

/** Mirrors `bpf_sk_redirect_map` and its neighbours of net/core/sock_map.c, v6.18. */
function redirect(machine: Machine, name: string): HelperStatus {
  const map = mapOf(machine, name, 2);
  const key = map === null ? 0 : keyOf(machine, name, map, 3);
  if (map === null || key === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  if ((flags & ~BPF_F_INGRESS) !== 0 || argHigh(machine, 4) !== 0) return done(machine, SK_DROP);
  const found = map.socket(machine.memory.u8, key);
  const socket = machine.world.given.sockets[found - 1];
  const takes = socket !== undefined && (socket.protocol === 'tcp' ? socket.state !== 'listen' : isConnected(socket));
  if (!takes) return done(machine, SK_DROP);
  machine.redirect = { kind: 'map', target: argU32(machine, 3), flags, map: map.spec.name };
  return done(machine, SK_PASS);
}

function isConnected({ state, remotePort }: { readonly state: string; readonly remotePort: number }): boolean {
  return state === SOCKET_STATES[1] || remotePort !== 0;
}

/** The socket that the program was called for. */
function putOwnSocket(machine: Machine, name: string): HelperStatus {
  const map = mapOf(machine, name, 2);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 3, map.spec.keySize, false);
  if (key === 0) return HELPER_STATUS.trap;
  const operation = machine.memory.u32[LAYOUT.ctx >> 2]!;
  if (!SOCK_OPS_WITH_SOCKET.has(operation)) return done(machine, -ERRNO.EOPNOTSUPP);
  const index = packetSocketIndex(machine);
  return index < 0 ? unknownSocket(machine, name, -ERRNO.EOPNOTSUPP) : done(machine, put(machine, map, key, index, 4));
}

/** Mirrors `sk_select_reuseport` of net/core/filter.c, v6.18, as if all sockets of the map were of the same group. */
function selectReuseport(machine: Machine): HelperStatus {
  const name = 'bpf_sk_select_reuseport';
  const map = mapOf(machine, name, 2);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 3, map.spec.keySize, false);
  if (key === 0) return HELPER_STATUS.trap;
  if (argU32(machine, 4) !== 0 || argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  if (map.socket(machine.memory.u8, key) === 0) return done(machine, -ERRNO.ENOENT);
  machine.redirect = { kind: 'map', target: machine.memory.view.getUint32(key, true), flags: 0, map: map.spec.name };
  return done(machine, 0);
}
