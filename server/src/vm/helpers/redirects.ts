import type { Machine } from '../createMachine.ts';
import { deviceName, deviceOf, LINK_HEADER_BYTES } from '../devices.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB, XDP } from '../packet.ts';
import { argHigh, argLow, argU32, done, note, range, type HelperFunction } from './frame.ts';
import { putOut } from './output.ts';

const TC_ACT_SHOT = 2;
const TC_ACT_REDIRECT = 7;
const XDP_ABORTED = 0;
const XDP_REDIRECT = 4;
const BPF_F_INGRESS = 1;

/** Smallest struct bpf_redir_neigh. */
const REDIRECT_NEIGHBOUR_BYTES = 20;

const FRAGMENTATION_NEEDED = 1;
const CHECK_SEGMENTS = 1;

/** Helpers about network devices: where packets go, and whether they fit. */
export const REDIRECT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  13: cloneRedirect,
  23: redirect,
  152: redirectNeighbour,
  155: (machine) => redirectTo(machine, 'peer', argU32(machine, 2) !== 0 || argHigh(machine, 2) !== 0),
  163: checkMtu,
};

function redirect(machine: Machine): HelperStatus {
  const flags = argU32(machine, 2);
  const isXdp = machine.packet.kind === 'xdp';
  const unknownFlags = argHigh(machine, 2) !== 0 || (flags & ~(isXdp ? 0 : BPF_F_INGRESS)) !== 0;
  if (unknownFlags) return done(machine, isXdp ? XDP_ABORTED : TC_ACT_SHOT);
  machine.redirect = { kind: 'device', target: argU32(machine, 1), flags, map: null };
  return done(machine, isXdp ? XDP_REDIRECT : TC_ACT_REDIRECT);
}

function redirectTo(machine: Machine, kind: 'peer' | 'neighbour', refused: boolean): HelperStatus {
  if (refused) return done(machine, TC_ACT_SHOT);
  machine.redirect = { kind, target: argU32(machine, 1), flags: 0, map: null };
  return done(machine, TC_ACT_REDIRECT);
}

function redirectNeighbour(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const flagged = argU32(machine, 4) !== 0 || argHigh(machine, 4) !== 0;
  return redirectTo(machine, 'neighbour', flagged || (size > 0 && size < REDIRECT_NEIGHBOUR_BYTES));
}

/** The clone is put out with the event. Where devices are told, an unknown one is refused as the kernel does. */
function cloneRedirect(machine: Machine): HelperStatus {
  const { world, packet } = machine;
  const ifindex = argU32(machine, 2);
  const flags = argU32(machine, 3);
  const missing = ifindex === 0 || (world.given.devices.length > 0 && deviceOf(world, ifindex) === null);
  if ((flags & ~BPF_F_INGRESS) !== 0 || argHigh(machine, 3) !== 0 || missing) return done(machine, -ERRNO.EINVAL);
  const way = (flags & BPF_F_INGRESS) === 0 ? 'sent out of' : 'received on';
  const text = `clone ${way} ${deviceName(world, ifindex)}`;
  return done(machine, putOut(machine, 'packet', packet.bytes.slice(), null, text) ? 0 : -ERRNO.ENOMEM);
}

/** Mirrors bpf_skb_check_mtu and bpf_xdp_check_mtu of net/core/filter.c, v6.18. */
function checkMtu(machine: Machine): HelperStatus {
  const { memory, packet, world } = machine;
  const at = range(machine, 'bpf_check_mtu', 3, 4, true);
  if (at === 0) return HELPER_STATUS.trap;
  const isXdp = packet.kind === 'xdp';
  const flags = argU32(machine, 5);
  const given = memory.u32[at >> 2]!;
  const difference = argLow(machine, 4);
  const segments = !isXdp && (flags & CHECK_SEGMENTS) !== 0;
  if (argHigh(machine, 5) !== 0 || (flags & ~(isXdp ? 0 : CHECK_SEGMENTS)) !== 0) return done(machine, -ERRNO.EINVAL);
  if (segments && (difference !== 0 || given !== 0)) return done(machine, -ERRNO.EINVAL);
  const here = memory.u32[(LAYOUT.ctx + (isXdp ? XDP.ingressIfindex : SKB.ifindex)) >> 2]!;
  const ifindex = argU32(machine, 2) === 0 ? here : argU32(machine, 2);
  const device = deviceOf(world, ifindex);
  if (device === null) {
    note(machine, `bpf_check_mtu: there is no device ${ifindex}; give it in a world file`);
    return done(machine, -ERRNO.ENODEV);
  }
  const own = isXdp ? packet.linearEnd - packet.start : packet.length;
  const length = ((given === 0 ? own : (given + LINK_HEADER_BYTES) | 0) + difference) | 0;
  const isGso = !isXdp && memory.u32[(LAYOUT.ctx + SKB.gsoSize) >> 2] !== 0;
  if (isGso && segments)
    note(machine, 'bpf_check_mtu: the length of segments is not computed; it answered that they fit');
  memory.set32(at, device.mtu);
  return done(machine, isGso || length <= device.mtu + LINK_HEADER_BYTES ? 0 : FRAGMENTATION_NEEDED);
}
