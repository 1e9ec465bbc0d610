import type { Machine } from '../createMachine.ts';
import { deviceOf, LINK_HEADER_BYTES } from '../devices.ts';
import { ERRNO } from '../errno.ts';
import type { GivenDevice, GivenRoute } from '../given.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { neighbourMac, routeTo, TABLE } from '../routes.ts';
import { argU32, done, note, range, type HelperFunction } from './frame.ts';

export const FIB_HELPERS: Readonly<Record<number, HelperFunction>> = { 69: fibLookup };

/** Offsets in struct bpf_fib_lookup of include/uapi/linux/bpf.h. */
const PARAMS = {
  family: 0, totalLength: 6, ifindex: 8, metric: 12, source: 16, destination: 32, vlan: 48, sourceMac: 52,
  destinationMac: 58, bytes: 64,
} as const; // prettier-ignore

/** BPF_FIB_LOOKUP_*. */
const FLAG = { direct: 1, output: 2, skipNeighbour: 4, table: 8, source: 16, mark: 32, all: 63 } as const;

/** BPF_FIB_LKUP_RET_*. */
const RESULT = {
  success: 0, blackhole: 1, unreachable: 2, prohibit: 3, notForwarded: 4, forwardingDisabled: 5, noNeighbour: 7,
  fragmentationNeeded: 8, noSourceAddress: 9,
} as const; // prettier-ignore

const AF_INET = 2;
const AF_INET6 = 10;
const VLAN_BYTES = 4;

/** Mirrors bpf_skb_fib_lookup and bpf_xdp_fib_lookup of net/core/filter.c, v6.18, over the routes the user gives. */
function fibLookup(machine: Machine): HelperStatus {
  const size = argU32(machine, 3);
  const at = range(machine, 'bpf_fib_lookup', 2, size, true);
  if (at === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  if (size < PARAMS.bytes || (flags & ~FLAG.all) !== 0) return done(machine, -ERRNO.EINVAL);
  const family = machine.memory.u8[at + PARAMS.family]!;
  if (family !== AF_INET && family !== AF_INET6) return done(machine, -ERRNO.EAFNOSUPPORT);
  if (machine.world.given.routes.length === 0)
    note(machine, 'bpf_fib_lookup: no routes are known; give them in a world file');
  const lookup = new Lookup(machine, at, flags);
  const isXdp = machine.packet.kind === 'xdp';
  const checkLength = isXdp || lookup.get16(PARAMS.totalLength) !== 0;
  const answer = lookup.run(family === AF_INET, checkLength);
  return done(machine, answer === RESULT.success && !checkLength ? lookup.checkPacket() : answer);
}

/** One lookup: its parameters lie in guest memory and hold the answer afterwards. */
class Lookup {
  private readonly machine: Machine;
  private readonly at: number;
  private readonly flags: number;

  constructor(machine: Machine, at: number, flags: number) {
    this.machine = machine;
    this.at = at;
    this.flags = flags;
  }

  get16(offset: number): number {
    return this.machine.memory.view.getUint16(this.at + offset, true);
  }

  run(ip4: boolean, checkLength: boolean): number {
    const { machine, at } = this;
    const to = this.address(PARAMS.destination, ip4);
    if (!ip4 && (needsLink(to) || needsLink(this.address(PARAMS.source, false)))) return RESULT.notForwarded;
    const ifindex = machine.memory.view.getUint32(at + PARAMS.ifindex, true);
    const device = deviceOf(machine.world, ifindex);
    if (device === null) {
      note(machine, `bpf_fib_lookup: there is no device ${ifindex}; give it in a world file`);
      return -ERRNO.ENODEV;
    }
    if (!device.forwarding) return RESULT.forwardingDisabled;
    const through = ip4 && (this.flags & FLAG.output) === 0 ? 0 : ifindex;
    const route = routeTo(machine.world, { to, table: this.table(), through });
    const refused = route === null ? RESULT.notForwarded : REFUSALS[route.type];
    if (refused !== undefined || route === null) return refused ?? RESULT.notForwarded;
    return this.follow(route, to, checkLength);
  }

  /** The one table that is asked for; null for the usual ones. */
  private table(): number | null {
    if ((this.flags & FLAG.direct) === 0) return null;
    if ((this.flags & FLAG.table) === 0) return TABLE.main;
    const table = this.machine.memory.view.getUint32(this.at + PARAMS.vlan, true);
    this.machine.memory.set32(this.at + PARAMS.vlan, 0);
    return table;
  }

  private follow(route: GivenRoute, to: Uint8Array, checkLength: boolean): number {
    const { memory, world } = this.machine;
    const device = deviceOf(world, route.ifindex);
    if (device === null) return RESULT.notForwarded;
    const mtu = checkLength ? mtuOf(route, device) : 0;
    if (checkLength && this.get16(PARAMS.totalLength) > mtu) {
      this.set16(PARAMS.totalLength, mtu);
      return RESULT.fragmentationNeeded;
    }
    memory.set32(this.at + PARAMS.metric, route.metric);
    memory.set32(this.at + PARAMS.ifindex, route.ifindex);
    const ip4 = to.length === 4;
    // The order of the kernel: IPv6 takes the next hop before it looks for a source address.
    if (!ip4) this.putNextHop(route);
    if ((this.flags & FLAG.source) !== 0 && !this.putSource(route, device, ip4)) return RESULT.noSourceAddress;
    if (ip4) this.putNextHop(route);
    if ((this.flags & FLAG.skipNeighbour) === 0) {
      const mac = neighbourMac(world, route.via ?? to, route.ifindex);
      if (mac === null) return RESULT.noNeighbour;
      memory.copyIn(this.at + PARAMS.destinationMac, mac);
      memory.copyIn(this.at + PARAMS.sourceMac, device.mac);
    }
    memory.set32(this.at + PARAMS.vlan, 0);
    if (mtu !== 0) this.set16(PARAMS.totalLength, mtu);
    return RESULT.success;
  }

  /** A route of IPv4 may lead to a next hop of IPv6. */
  private putNextHop({ via, to }: GivenRoute): void {
    if (via === null) return;
    const { memory } = this.machine;
    if (via.length !== to.length) memory.copyIn(this.at + PARAMS.family, Uint8Array.of(AF_INET6));
    memory.copyIn(this.at + PARAMS.destination, via);
  }

  private putSource({ source }: GivenRoute, { addresses }: GivenDevice, ip4: boolean): boolean {
    const size = ip4 ? 4 : 16;
    const chosen = source ?? addresses.find(({ length }) => length === size);
    if (chosen === undefined && !ip4) return false;
    this.machine.memory.copyIn(this.at + PARAMS.source, chosen ?? new Uint8Array(4));
    return true;
  }

  /** Without a length the packet itself must fit the device. Mirrors `is_skb_forwardable`, v6.18. */
  checkPacket(): number {
    const { memory, world, packet } = this.machine;
    const device = deviceOf(world, memory.view.getUint32(this.at + PARAMS.ifindex, true));
    if (device === null) return RESULT.notForwarded;
    this.set16(PARAMS.totalLength, device.mtu & 0xffff);
    const isGso = memory.u32[(LAYOUT.ctx + SKB.gsoSize) >> 2] !== 0;
    const fits = isGso || packet.length <= device.mtu + LINK_HEADER_BYTES + VLAN_BYTES;
    return device.up && fits ? RESULT.success : RESULT.fragmentationNeeded;
  }

  private address(offset: number, ip4: boolean): Uint8Array {
    const start = this.at + offset;
    return this.machine.memory.u8.slice(start, start + (ip4 ? 4 : 16));
  }

  private set16(offset: number, value: number): void {
    this.machine.memory.touch(this.at + offset, 2);
    this.machine.memory.view.setUint16(this.at + offset, value, true);
  }
}

/** What routes answer that are not followed. */
const REFUSALS: Readonly<Partial<Record<GivenRoute['type'], number>>> = {
  blackhole: RESULT.blackhole,
  unreachable: RESULT.unreachable,
  prohibit: RESULT.prohibit,
  local: RESULT.notForwarded,
  broadcast: RESULT.notForwarded,
};

/** Mirrors ip_mtu_from_fib_result and ip6_mtu_from_fib6: IP_MAX_MTU, and for IPv6 its header besides. */
function mtuOf({ mtu, to }: GivenRoute, device: GivenDevice): number {
  return mtu !== 0 ? mtu : Math.min(device.mtu, to.length === 4 ? 0xffff : 0xffff + 40);
}

/** Multicast, link-local and loopback addresses are never forwarded. Mirrors `rt6_need_strict`. */
function needsLink(address: Uint8Array): boolean {
  const first = address[0] ?? 0;
  if (first === 0xff || (first === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80)) return true;
  return address.every((byte, i) => byte === (i === 15 ? 1 : 0));
}
