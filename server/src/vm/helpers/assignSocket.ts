import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import type { GivenSocket } from '../given.ts';
import { LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { openSocket, socketIndexAt } from '../sockets.ts';
import { argHigh, argU32, done, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';

/** Choosing the socket that a packet is delivered to. */
export const ASSIGN_HELPERS: Readonly<Record<number, HelperFunction>> = {
  124: (machine) => (machine.programType === 'sk_lookup' ? assignLookup(machine) : assignPacket(machine)),
};

/** Offsets in struct bpf_sk_lookup of include/uapi/linux/bpf.h. */
const LOOKUP = { socket: 0, family: 8, protocol: 12 } as const;
/** BPF_SK_LOOKUP_F_REPLACE, BPF_SK_LOOKUP_F_NO_REUSEPORT. */
const REPLACE = 1;
const LOOKUP_FLAGS = 3;

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO = { tcp: 6, udp: 17 } as const;

function socketArg(machine: Machine): number {
  return argHigh(machine, 2) === 0 ? socketIndexAt(machine, argU32(machine, 2)) : -1;
}

function choose(machine: Machine, index: number, field: number): HelperStatus {
  const socket = machine.world.given.sockets[index];
  machine.memory.set32(LAYOUT.ctx + field, socket === undefined ? 0 : openSocket(machine, index, 'sock'));
  const name = socket === undefined ? 'no socket' : `the ${socket.protocol} socket of cookie ${socket.cookie}`;
  effect(machine, `bpf_sk_assign: ${name} gets the packet`);
  return done(machine, 0);
}

/** Mirrors bpf_sk_assign of net/core/filter.c, v6.18, on the way in. */
function assignPacket(machine: Machine): HelperStatus {
  const flagged = argU32(machine, 3) !== 0 || argHigh(machine, 3) !== 0;
  const isNull = argU32(machine, 2) === 0 && argHigh(machine, 2) === 0;
  if (isNull || flagged) return done(machine, -ERRNO.EINVAL);
  const index = socketArg(machine);
  return index < 0 ? done(machine, -ERRNO.EOPNOTSUPP) : choose(machine, index, SKB.sk);
}

/** Mirrors `bpf_sk_lookup_assign` of net/core/filter.c, v6.18, in the order of its checks. */
function assignLookup(machine: Machine): HelperStatus {
  const { memory, world } = machine;
  const flags = argU32(machine, 3);
  if (argHigh(machine, 3) !== 0 || (flags & ~LOOKUP_FLAGS) !== 0) return done(machine, -ERRNO.EINVAL);
  const index = socketArg(machine);
  const socket = world.given.sockets[index];
  if (socket !== undefined) {
    const refused = refusal(machine, socket);
    if (refused !== 0) return done(machine, -refused);
  }
  const taken = memory.u32[(LAYOUT.ctx + LOOKUP.socket) >> 2] !== 0;
  if (taken && (flags & REPLACE) === 0) return done(machine, -ERRNO.EEXIST);
  return choose(machine, index, LOOKUP.socket);
}

/** Only what waits for packets can be chosen, and only of the packet's own kind. */
function refusal({ memory }: Machine, { state, protocol, localIp, v6Only }: GivenSocket): number {
  const waiting = protocol === 'tcp' ? 'listen' : 'close';
  if (state !== waiting) return ERRNO.ESOCKTNOSUPPORT;
  if (IPPROTO[protocol] !== memory.u32[(LAYOUT.ctx + LOOKUP.protocol) >> 2]) return ERRNO.EPROTOTYPE;
  const family = localIp.length === 4 ? AF_INET : AF_INET6;
  const same = family === memory.u32[(LAYOUT.ctx + LOOKUP.family) >> 2];
  return same || (family === AF_INET6 && !v6Only) ? 0 : ERRNO.EAFNOSUPPORT;
}
