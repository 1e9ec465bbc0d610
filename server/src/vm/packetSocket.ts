import type { Machine } from './createMachine.ts';
import type { GivenSocket } from './given.ts';
import { LAYOUT } from './machine.ts';
import { SKB } from './packet.ts';
import { findSocket, type SocketQuery } from './socketLookup.ts';

const TCP = 6;
const UDP = 17;

/**
 * Number of the socket in the user's world that a packet belongs to: the one it is for, else the one it comes from; -1
 * for none. A kernel knows it from elsewhere; here only the packet's addresses tell.
 */
export function packetSocketIndex(machine: Machine): number {
  if (machine.world.given.sockets.length === 0) return -1;
  const query = queryOf(machine);
  if (query === null) return -1;
  const found = findSocket(machine, query);
  if (found >= 0) return found;
  const { remoteIp, remotePort, localIp, localPort } = query;
  const back = { remoteIp: localIp, remotePort: localPort, localIp: remoteIp, localPort: remotePort };
  return findSocket(machine, { ...query, ...back });
}

export function packetSocket(machine: Machine): GivenSocket | null {
  return machine.world.given.sockets[packetSocketIndex(machine)] ?? null;
}

function queryOf({ packet, memory }: Machine): SocketQuery | null {
  const at = packet.start + packet.networkOffset;
  const { u8, view } = memory;
  const ip4 = (u8[at] ?? 0) >> 4 === 4;
  const transport = at + (ip4 ? 4 * ((u8[at] ?? 0) & 15) : 40);
  const protocol = u8[at + (ip4 ? 9 : 6)] ?? 0;
  if (packet.kind === 'none' || transport + 4 > packet.end || (protocol !== TCP && protocol !== UDP)) return null;
  if (!ip4 && (u8[at] ?? 0) >> 4 !== 6) return null;
  const [from, size] = ip4 ? [at + 12, 4] : [at + 8, 16];
  return {
    protocol: protocol === TCP ? 'tcp' : 'udp',
    remoteIp: u8.slice(from, from + size),
    localIp: u8.slice(from + size, from + 2 * size),
    remotePort: view.getUint16(transport),
    localPort: view.getUint16(transport + 2),
    ifindex: packet.kind === 'skb' ? memory.u32[(LAYOUT.ctx + SKB.ifindex) >> 2]! : 0,
  };
}
