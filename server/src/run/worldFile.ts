import { isJsonError, parseJson } from '../base/json.ts';
import { positionAt, sourceText } from '../base/source.ts';
import { MOST_SOCKETS } from '../vm/sockets.ts';
import type { GivenRoute, GivenSocket, GivenWorld } from '../vm/given.ts';
import { placeOf } from './jsonKinds.ts';
import type { Problem } from './jsonKinds.ts';
import { mocksOf } from './mocks.ts';
import { WORLD_SHAPE } from './worldShape.ts';

type Parsed = NonNullable<ReturnType<typeof WORLD_SHAPE.read>>;

/** Told at most; the rest is counted. */
const MOST_PROBLEMS = 10;

/** What a world file says, or what is wrong with it: lines such as "3:14: routes[2].via: expected …". */
export function parseWorldFile(text: string): GivenWorld | readonly string[] {
  const parsed = parseJson(text);
  if (isJsonError(parsed)) return lines(text, [{ at: parsed.at, message: `no valid JSON: ${parsed.message}` }]);
  const problems: Problem[] = [];
  const file = WORLD_SHAPE.read(parsed, '', problems);
  if (file === null) return lines(text, problems);
  const world = worldOf(file, parsed.at, problems);
  return problems.length > 0 ? lines(text, problems) : world;
}

export function isWorld(result: GivenWorld | readonly string[]): result is GivenWorld {
  return 'mocks' in result;
}

function lines(text: string, problems: readonly Problem[]): string[] {
  const source = sourceText('', text);
  const told = problems.toSorted((a, b) => a.at - b.at).slice(0, MOST_PROBLEMS);
  const shown = told.map(({ at, message }) => {
    const { line, column } = positionAt(source, at);
    return `${line + 1}:${column + 1}: ${message}`;
  });
  const more = problems.length - told.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

function worldOf(file: Parsed, at: number, problems: Problem[]): GivenWorld {
  const complain = (row: object, message: string): void => {
    problems.push({ at: placeOf(row), message });
  };
  const { bootTime, ticks, seed, cpus, cpu, numaNode, symbols } = file;
  if (cpus !== null && cpu >= cpus) complain(file, `cpu: there is no CPU ${cpu} among ${cpus}`);
  if (file.sockets.length > MOST_SOCKETS) complain(file, `sockets: there is room for ${MOST_SOCKETS} only`);
  const index = indexOf(file, complain);
  return {
    bootTimeNs: bootTime,
    ticks,
    seed,
    cpus,
    cpu,
    numaNode,
    task: taskOf(file.task, complain),
    devices: file.devices,
    routes: file.routes.map((route, i) => routeOf(route, `routes[${i}]`, index, complain)),
    neighbours: file.neighbours.map((neighbour, i) => {
      const { ip, mac, dev } = neighbour;
      return { ip, mac, ifindex: index(neighbour, dev, `neighbours[${i}].dev`) };
    }),
    sockets: file.sockets.map((socket, i) => socketOf(socket, i, index, complain)),
    cgroups: file.cgroups.map(({ id, path, classid }) => ({ id: BigInt.asUintN(64, id), path, classId: classid })),
    files: file.files.map((one) => ({ ...one, address: BigInt.asUintN(64, one.address) })),
    symbols: new Map([...symbols].map(([name, address]) => [name, BigInt.asUintN(64, address)])),
    mocks: mocksOf(file.mocks, at, problems),
  };
}

/** Says what is wrong with a row. */
type Complain = (row: object, message: string) => void;
type DeviceIndex = (row: object, name: string | null, where: string) => number;

/** Numbers of devices by name; 0 for none. */
function indexOf({ devices }: Parsed, complain: Complain): DeviceIndex {
  const numbers = new Map<string, number>();
  const seen = new Set<number>();
  for (const [i, device] of devices.entries()) {
    const { name, ifindex } = device;
    if (numbers.has(name)) complain(device, `devices[${i}].name: there are two devices ${name}`);
    if (seen.has(ifindex)) complain(device, `devices[${i}].ifindex: there are two devices of number ${ifindex}`);
    numbers.set(name, ifindex);
    seen.add(ifindex);
  }
  return (row, name, where) => {
    const found = name === null ? 0 : numbers.get(name);
    if (found === undefined) complain(row, `${where}: there is no device ${name}; add it to "devices"`);
    return found ?? 0;
  };
}

function taskOf(task: Parsed['task'], complain: Complain): GivenWorld['task'] {
  if (task === null) return null;
  const { pid, tid, uid, gid, comm, cgroup, address } = task;
  if (new TextEncoder().encode(comm).length > 15) complain(task, 'task.comm: has more than 15 bytes');
  return {
    tgid: pid,
    tid: tid ?? pid,
    uid,
    gid,
    comm,
    cgroupId: BigInt.asUintN(64, cgroup),
    address: BigInt.asUintN(64, address),
  };
}

function routeOf(route: Parsed['routes'][number], where: string, index: DeviceIndex, complain: Complain): GivenRoute {
  const { to, dev, via, type, src, metric, mtu, table } = route;
  if (dev === null && type === 'unicast')
    complain(route, `${where}.dev: is missing; a unicast route leaves through a device`);
  if (src !== null && src.length !== to.address.length) complain(route, `${where}.src: is of the other address family`);
  if (via !== null && via.length < to.address.length) complain(route, `${where}.via: is of the other address family`);
  const ifindex = index(route, dev, `${where}.dev`);
  return { to: to.address, bits: to.bits, type, ifindex, via, source: src, metric, mtu, table };
}

function socketOf(socket: Parsed['sockets'][number], i: number, index: DeviceIndex, complain: Complain): GivenSocket {
  const { protocol, local, remote, state, dev, v6only, mark, priority, cookie, uid, cgroup, queue, tcp } = socket;
  const family = local.address.length;
  if (remote !== null && remote.address.length !== family)
    complain(socket, `sockets[${i}].remote: is of the other address family`);
  const unconnected = protocol === 'udp' ? 'close' : 'listen';
  const usual = remote === null ? unconnected : 'established';
  return {
    protocol,
    state: state ?? usual,
    localIp: local.address,
    localPort: local.port,
    remoteIp: remote?.address ?? new Uint8Array(family),
    remotePort: remote?.port ?? 0,
    ifindex: index(socket, dev, `sockets[${i}].dev`),
    mark,
    priority,
    cookie: BigInt.asUintN(64, cookie ?? BigInt(i + 1)),
    uid,
    cgroupId: BigInt.asUintN(64, cgroup),
    queue,
    v6Only: v6only,
    tcp,
  };
}
