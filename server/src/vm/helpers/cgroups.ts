import { ancestorId, cgroupOf, isUnder } from '../cgroups.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { SlotMap } from '../maps/slots.ts';
import { packetSocket, packetSocketIndex } from '../packetSocket.ts';
import { fullSocket, isFull } from '../socketLookup.ts';
import { socketIndexAt } from '../sockets.ts';
import { argHigh, argLow, argU32, done, done64, doneHalves, mapArg, note, trap, type HelperFunction } from './frame.ts';

/** Control groups of packets, sockets and the current task; and what else is known of a packet's socket. */
export const CGROUP_HELPERS: Readonly<Record<number, HelperFunction>> = {
  17: classId,
  33: packetUnderCgroup,
  37: taskUnderCgroup,
  46: cookie,
  47: owner,
  79: (machine) => doneCgroup(machine, packetCgroup(machine)),
  80: (machine) => doneCgroup(machine, machine.world.cgroupId),
  83: (machine) => ancestor(machine, 'bpf_skb_ancestor_cgroup_id', packetCgroup(machine), argLow(machine, 2)),
  123: (machine) => ancestor(machine, 'bpf_get_current_ancestor_cgroup_id', machine.world.cgroupId, argLow(machine, 1)),
  128: (machine) => doneCgroup(machine, socketCgroup(machine)),
  129: (machine) => ancestor(machine, 'bpf_sk_ancestor_cgroup_id', socketCgroup(machine), argLow(machine, 2)),
  151: (machine) => done64(machine, classOf(machine, packetCgroup(machine)) | 0, 0),
};

/** `overflowuid` of kernel/sys.c: a packet without a socket has no owner. */
const NOBODY = 65534;

/** A packet whose socket is not known belongs to the root, as that of a test run does. */
function packetCgroup(machine: Machine): bigint {
  return packetSocket(machine)?.cgroupId ?? 1n;
}

function doneCgroup(machine: Machine, id: bigint): HelperStatus {
  return doneHalves(machine, machine.halves.cgroup.of(id));
}

/** 0 for what is no full socket. */
function socketCgroup(machine: Machine): bigint {
  const at = argHigh(machine, 1) === 0 ? socketIndexAt(machine, argU32(machine, 1)) : -1;
  if (at < 0) return argU32(machine, 1) === 0 ? 0n : packetCgroup(machine);
  return machine.world.given.sockets[fullSocket(machine, at)]?.cgroupId ?? 0n;
}

function classOf({ world }: Machine, id: bigint): number {
  return cgroupOf(world, id)?.classId ?? 0;
}

/** The class of the current task, as packets on their way out still have it. */
function classId(machine: Machine): HelperStatus {
  const socket = packetSocket(machine);
  return done64(machine, classOf(machine, socket?.cgroupId ?? machine.world.cgroupId) | 0, 0);
}

function ancestor(machine: Machine, name: string, id: bigint, level: number): HelperStatus {
  if (id !== 0n && cgroupOf(machine.world, id) === null)
    note(machine, `${name}: cgroup ${id} is not known; give it in a world file; it answered 0`);
  return doneCgroup(machine, ancestorId(machine.world, id, level));
}

/** Mirrors bpf_skb_under_cgroup of net/core/filter.c, v6.18. */
function packetUnderCgroup(machine: Machine): HelperStatus {
  const socket = machine.world.given.sockets[fullSocket(machine, packetSocketIndex(machine))];
  return under(machine, 'bpf_skb_under_cgroup', 2, socket !== undefined && isFull(socket) ? socket.cgroupId : 1n);
}

function taskUnderCgroup(machine: Machine): HelperStatus {
  return under(machine, 'bpf_current_task_under_cgroup', 1, machine.world.cgroupId);
}

/** A slot of a cgroup array names a cgroup by its place in the world's list, plus one. */
function under(machine: Machine, name: string, mapArgument: number, id: bigint): HelperStatus {
  const map = mapArg(machine, name, mapArgument);
  if (map === null) return HELPER_STATUS.trap;
  if (!(map instanceof SlotMap)) return trap(machine, 'helper', `${name}: map ${map.spec.name} holds no cgroups`);
  const position = argU32(machine, mapArgument + 1);
  if (position >= map.spec.maxEntries) return done(machine, -ERRNO.E2BIG);
  const slot = map.slot(position);
  const cgroup = machine.world.given.cgroups[slot - 1];
  if (slot !== 0 && cgroup === undefined)
    note(
      machine,
      `${name}: slot ${position} of map ${map.spec.name} names cgroup number ${slot}, which the world file lacks`,
    );
  return cgroup === undefined
    ? done(machine, -ERRNO.EAGAIN)
    : done(machine, isUnder(machine.world, id, cgroup) ? 1 : 0);
}

function cookie(machine: Machine): HelperStatus {
  const socket = packetSocket(machine);
  if (socket === null) note(machine, 'bpf_get_socket_cookie: the socket is not known; it answered 0');
  return doneHalves(machine, machine.halves.cookie.of(socket?.cookie ?? 0n));
}

function owner(machine: Machine): HelperStatus {
  const socket = packetSocket(machine);
  const full = socket !== null && isFull(socket);
  if (socket === null) note(machine, "bpf_get_socket_uid: the packet's socket is not known; it answered 0");
  return done64(machine, socket === null ? 0 : full ? socket.uid | 0 : NOBODY, 0);
}
