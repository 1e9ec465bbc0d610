import { contextOf } from '../kernel/contextAccess.ts';
import type { Machine } from './createMachine.ts';
import type { GivenSocket } from './given.ts';
import { LAYOUT } from './machine.ts';
import { SKB } from './packet.ts';
import { findSocket, type SocketQuery } from './socketLookup.ts';

const TCP = 6;
const UDP = 17;

/**
 * Number of the socket in the user's world that the program is called for: the one its packet is for, else the one the
 * packet comes from, or the one whose addresses stand in the context; -1 for none. A kernel knows it from elsewhere.
 */
export function packetSocketIndex(machine: Machine): number {
  if (machine.world.given.sockets.length === 0) return -1;
  const query = queryOf(machine) ?? queryOfContext(machine);
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

const AF_INET = 2;

/** From the fields that socket operations and messages tell their connection by. */
function queryOfContext({ programType, memory, regions }: Machine): SocketQuery | null {
  const fields = contextOf(programType)?.fields ?? [];
  const at = (name: string): number => LAYOUT.ctx + (fields.find((field) => field.name === name)?.off ?? 0);
  const named = ['local_port', 'remote_port', 'local_ip4', 'local_ip6'].every((name) =>
    fields.some((field) => field.name === name && field.off + field.size <= regions.ctxBytes),
  );
  if (!named) return null;
  const { u8, view } = memory;
  const ip4 = view.getUint32(at('family'), true) === AF_INET;
  const address = (side: string): Uint8Array => {
    const start = at(`${side}_${ip4 ? 'ip4' : 'ip6'}`);
    return u8.slice(start, start + (ip4 ? 4 : 16));
  };
  return {
    protocol: 'tcp',
    remoteIp: address('remote'),
    localIp: address('local'),
    // In network byte order, in the upper half.
    remotePort: view.getUint16(at('remote_port') + 2),
    localPort: view.getUint32(at('local_port'), true) & 0xffff,
    ifindex: 0,
  };
}
