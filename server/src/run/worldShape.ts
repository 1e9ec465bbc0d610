/** What a world file may hold: read, explained and described as JSON Schema from one table. */
import { BPF_TCP_SOCK } from '../kernel/sockets.ts';
import { ROUTE_TYPES, SOCKET_PROTOCOLS, SOCKET_STATES } from '../vm/given.ts';
import { readEndpoint, readPrefix } from './addresses.ts';
import {
  ADDRESS, HEX, kindOf, list, MAC, named, oneOf, optional, required, shape, small, TEXT, U32, U64, YES_OR_NO,
} from './jsonKinds.ts'; // prettier-ignore
import { MOCK } from './mocks.ts';

const PREFIX = kindOf(
  { type: 'string' },
  'a prefix such as "10.0.0.0/8", with nothing behind its length',
  ({ value }) => (value.kind === 'string' ? readPrefix(value.text) : null),
);

const ENDPOINT = kindOf(
  { type: 'string' },
  'an address with a port: "10.0.0.1:80" or "[2001:db8::1]:80"',
  ({ value }) => (value.kind === 'string' ? readEndpoint(value.text) : null),
);

/** Nanoseconds since the epoch, from a number or a date. */
const MOMENT = kindOf(
  { anyOf: [{ type: 'integer' }, { type: 'string' }] },
  'nanoseconds of the events’ clock, or a date such as "2026-01-31T12:00:00Z"',
  ({ value }) => {
    if (value.kind !== 'string' && value.kind !== 'number') return null;
    if (/^\d{1,19}$/.test(value.text)) return BigInt(value.text);
    const date = value.kind === 'string' ? Date.parse(value.text) : Number.NaN;
    return Number.isNaN(date) || date < 0 ? null : BigInt(date) * 1_000_000n;
  },
);

const TASK = shape({
  pid: optional(U32, 0, 'Process id (the kernel’s tgid).'),
  tid: optional(U32, null, 'Thread id (the kernel’s pid); the process id unless given.'),
  uid: optional(U32, 0, 'User id.'),
  gid: optional(U32, 0, 'Group id.'),
  comm: optional(TEXT, 'swapper/0', 'Name of the task, at most 15 bytes.'),
  cgroup: optional(U64, 1n, 'Id of the task’s cgroup.'),
  address: optional(U64, 0n, 'Address of its task_struct, as the recorded memory has it.'),
});

const DEVICE = shape({
  ifindex: required(small(1, 0x7fff_ffff), 'Number of the device.'),
  name: required(TEXT, 'Name that other tables refer to it by.'),
  mac: optional(MAC, new Uint8Array(6), 'Link address.'),
  mtu: optional(small(0, 0x7fff_ffff), 1500, 'Largest packet in bytes, without the link header.'),
  forwarding: optional(YES_OR_NO, true, 'Packets that come in here may be forwarded.'),
  up: optional(YES_OR_NO, true, 'The device is up.'),
  addresses: optional(
    list(ADDRESS),
    [],
    'Its own addresses; the first one of a family is the source of what it sends.',
  ),
});

const ROUTE = shape({
  to: required(PREFIX, 'Destination: "10.0.0.0/8"; "0.0.0.0/0" or "::/0" is the default route.'),
  dev: optional(TEXT, null, 'Device that packets leave through.'),
  via: optional(ADDRESS, null, 'Next hop; left out for what is on the link.'),
  type: optional(oneOf(ROUTE_TYPES), 'unicast', 'What is done with matching packets.'),
  src: optional(ADDRESS, null, 'Preferred source address.'),
  metric: optional(U32, 0, 'Of equally long prefixes the smallest metric is taken.'),
  mtu: optional(U32, 0, 'Largest packet on this route (as with `mtu lock`); the device’s unless given.'),
  table: optional(U32, 254, 'Routing table: 254 is main, 255 local.'),
});

const NEIGHBOUR = shape({
  ip: required(ADDRESS, 'Address of the neighbour.'),
  dev: required(TEXT, 'Device it is reached through.'),
  mac: optional(MAC, null, 'Its link address; left out, it is known to fail.'),
});

const TCP_FIELDS = new Set(BPF_TCP_SOCK.map(({ name }) => name));

const SOCKET = shape({
  protocol: required(oneOf(SOCKET_PROTOCOLS), 'tcp or udp.'),
  local: required(ENDPOINT, 'Own address and port; the zero address takes packets to every address.'),
  remote: optional(ENDPOINT, null, 'Address and port of the other side, for connected sockets.'),
  state: optional(
    oneOf(SOCKET_STATES),
    null,
    'State of the connection. Unless given: established with `remote`; without it TCP listens and UDP is `close`.',
  ),
  dev: optional(TEXT, null, 'Device the socket is bound to.'),
  v6only: optional(YES_OR_NO, false, 'An IPv6 socket that takes no IPv4 packets.'),
  mark: optional(U32, 0, 'The mark that its packets carry.'),
  priority: optional(U32, 0, 'The priority that its packets carry.'),
  cookie: optional(U64, null, 'What bpf_get_socket_cookie answers; counted from 1 unless given.'),
  uid: optional(U32, 0, 'User that owns it.'),
  cgroup: optional(U64, 1n, 'Id of its cgroup.'),
  queue: optional(small(-1, 0xffff), -1, 'Receive queue that its last packet came through.'),
  tcp: optional(
    named(U64, (name) => (TCP_FIELDS.has(name) ? null : 'struct bpf_tcp_sock has no such field')),
    new Map<string, bigint>(),
    'Fields of struct bpf_tcp_sock.',
  ),
});

const CGROUP = shape({
  id: required(U64, 'Id of the cgroup (its inode number).'),
  path: required(TEXT, 'Path from the root: "/", "/user.slice/app".'),
  classid: optional(U32, 0, 'Class of the net_cls controller.'),
});

const FILE = shape({
  address: required(U64, 'Address of the kernel object that programs hand to the helper, as recorded.'),
  path: required(TEXT, 'Whole path of the file.'),
  hash: optional(HEX, null, 'What bpf_ima_inode_hash and bpf_ima_file_hash write.'),
  hashAlgorithm: optional(U32, 4, 'What they answer: 4 is SHA-256 (HASH_ALGO_*).'),
});

export const WORLD_SHAPE = shape({
  bootTime: optional(
    MOMENT,
    null,
    'When the machine was started: bpf_ktime_get_ns counts from here. Unless given, from where the events do.',
  ),
  ticks: optional(small(1, 10_000), 250, 'Ticks in a second (CONFIG_HZ), for bpf_jiffies64.'),
  seed: optional(U32, null, 'What random numbers start from; --seed goes first.'),
  cpus: optional(small(1, 1024), null, 'Number of CPUs; --cpus goes first.'),
  cpu: optional(small(0, 1023), 0, 'The CPU that programs run on, unless an event says so.'),
  numaNode: optional(U32, 0, 'The NUMA node of that CPU.'),
  task: optional(TASK, null, 'The current task, unless an event says so.'),
  devices: optional(list(DEVICE), [], 'Network devices.'),
  routes: optional(list(ROUTE), [], 'Routes, for bpf_fib_lookup and bpf_redirect_neigh.'),
  neighbours: optional(list(NEIGHBOUR), [], 'Link addresses of the next hops.'),
  sockets: optional(list(SOCKET), [], 'Sockets that lookups find.'),
  cgroups: optional(list(CGROUP), [], 'Control groups.'),
  files: optional(list(FILE), [], 'Files, for bpf_d_path and the hash helpers.'),
  symbols: optional(named(U64), new Map<string, bigint>(), 'Addresses of kernel symbols by name.'),
  mocks: optional(named(MOCK), new Map(), 'Answers of helpers by name, in place of computed ones.'),
});
