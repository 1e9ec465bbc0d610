import { deviceOf } from './devices.ts';
import type { GivenRoute } from './given.ts';
import type { World } from './world.ts';

/** RT_TABLE_* of include/uapi/linux/rtnetlink.h. */
export const TABLE = { default: 253, main: 254, local: 255 } as const;

/** Where to look: one table, or those the kernel's own rules name. */
export interface RouteQuery {
  readonly to: Uint8Array;
  readonly table: number | null;
  /** IPv4: only routes that leave through this device; 0 for any. IPv6 takes them first among equal ones. */
  readonly through: number;
}

/**
 * The route the kernel would take: IPv4 looks through the local and the main table as one (as long as there are no
 * rules of the user's own), IPv6 one after the other.
 */
export function routeTo(world: World, query: RouteQuery): GivenRoute | null {
  const ip4 = query.to.length === 4;
  const { main, local } = TABLE;
  const order =
    query.table !== null
      ? [ip4 && (query.table === main || query.table === local) ? [main, local] : [query.table]]
      : ip4
        ? [[local, main], [TABLE.default]]
        : [[local], [main]];
  for (const tables of order) {
    const found = longest(world, query, tables);
    if (found !== null) return found;
  }
  return null;
}

/** The longest prefix, then the smallest metric, then (IPv6) the device that is wished for, then the first one. */
function longest(world: World, { to, through }: RouteQuery, tables: readonly number[]): GivenRoute | null {
  const ip4 = to.length === 4;
  let best: GivenRoute | null = null;
  for (const route of world.given.routes) {
    if (!tables.includes(route.table) || !matches(route, to) || !usable(world, route, ip4 ? through : 0)) continue;
    if (best === null || isBetter(route, best, ip4 ? 0 : through)) best = route;
  }
  return best;
}

function isBetter(one: GivenRoute, other: GivenRoute, device: number): boolean {
  if (one.bits !== other.bits) return one.bits > other.bits;
  if (one.metric !== other.metric) return one.metric < other.metric;
  return device !== 0 && one.ifindex === device && other.ifindex !== device;
}

/** What leads nowhere needs no device. */
function usable(world: World, { ifindex }: GivenRoute, through: number): boolean {
  if (ifindex === 0) return true;
  return (through === 0 || through === ifindex) && deviceOf(world, ifindex)?.up === true;
}

function matches({ to, bits }: GivenRoute, address: Uint8Array): boolean {
  if (to.length !== address.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (to[i] !== address[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (((to[whole] ?? 0) ^ (address[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0;
}

/** The link address of a neighbour; null when the table has none, or knows that it fails. */
export function neighbourMac(world: World, ip: Uint8Array, ifindex: number): Uint8Array | null {
  const same = (one: Uint8Array): boolean => one.length === ip.length && one.every((byte, i) => byte === ip[i]);
  return world.given.neighbours.find((one) => one.ifindex === ifindex && same(one.ip))?.mac ?? null;
}
