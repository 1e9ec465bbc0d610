import type { Told } from './told.ts';

/** What the user says about the world that a program runs in: tables that helpers look into. Never changed. */
export interface GivenWorld {
  /** Moment the machine was started, in the clock of the events; null counts time from where events do. */
  readonly bootTimeNs: bigint | null;
  /** Ticks in a second (CONFIG_HZ), for bpf_jiffies64. */
  readonly ticks: number;
  readonly cpus: number | null;
  readonly cpu: number;
  readonly numaNode: number;
  readonly seed: number | null;
  readonly task: GivenTask | null;
  readonly devices: readonly GivenDevice[];
  readonly routes: readonly GivenRoute[];
  readonly neighbours: readonly GivenNeighbour[];
  readonly sockets: readonly GivenSocket[];
  readonly cgroups: readonly GivenCgroup[];
  readonly files: readonly GivenFile[];
  /** Addresses of kernel symbols by name. */
  readonly symbols: ReadonlyMap<string, bigint>;
  /** Answers of helpers by number, instead of what would be computed. */
  readonly mocks: ReadonlyMap<number, Mock>;
}

export interface GivenTask {
  readonly tgid: number;
  readonly tid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  readonly cgroupId: bigint;
  /** Address of its task_struct; 0 when nobody knows. */
  readonly address: bigint;
}

export interface GivenDevice {
  readonly ifindex: number;
  readonly name: string;
  readonly mac: Uint8Array;
  readonly mtu: number;
  /** Takes part in routing: net.ipv4.conf.NAME.forwarding and the same of IPv6. */
  readonly forwarding: boolean;
  readonly up: boolean;
  /** Its own addresses; the first one of a family is the source of what it sends. */
  readonly addresses: readonly Uint8Array[];
}

/** What is done with packets that a route matches. */
export const ROUTE_TYPES = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit'] as const;
export type RouteType = (typeof ROUTE_TYPES)[number];

export interface GivenRoute {
  /** 4 or 16 bytes. */
  readonly to: Uint8Array;
  readonly bits: number;
  readonly type: RouteType;
  /** Number of the device; 0 for routes that lead nowhere. */
  readonly ifindex: number;
  /** The next hop, of either family; null for what is on the link. */
  readonly via: Uint8Array | null;
  /** Preferred source address. */
  readonly source: Uint8Array | null;
  readonly metric: number;
  /** 0: the device's. */
  readonly mtu: number;
  readonly table: number;
}

export interface GivenNeighbour {
  readonly ip: Uint8Array;
  readonly ifindex: number;
  /** null: known to fail. */
  readonly mac: Uint8Array | null;
}

/** States of TCP sockets by number: include/net/tcp_states.h. Other sockets are `close`. */
export const SOCKET_STATES = [
  'unknown', 'established', 'syn-sent', 'syn-recv', 'fin-wait1', 'fin-wait2', 'time-wait', 'close', 'close-wait',
  'last-ack', 'listen', 'closing', 'new-syn-recv',
] as const; // prettier-ignore
export type SocketState = (typeof SOCKET_STATES)[number];

export const SOCKET_PROTOCOLS = ['tcp', 'udp'] as const;
export type SocketProtocol = (typeof SOCKET_PROTOCOLS)[number];

export interface GivenSocket {
  readonly protocol: SocketProtocol;
  readonly state: SocketState;
  /** 4 or 16 bytes; all zero listens on every address. */
  readonly localIp: Uint8Array;
  readonly localPort: number;
  readonly remoteIp: Uint8Array;
  readonly remotePort: number;
  /** Device it is bound to; 0 for any. */
  readonly ifindex: number;
  readonly mark: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly uid: number;
  readonly cgroupId: bigint;
  readonly queue: number;
  /** An IPv6 socket that takes no IPv4 packets. */
  readonly v6Only: boolean;
  /** Fields of struct bpf_tcp_sock by name. */
  readonly tcp: ReadonlyMap<string, bigint>;
}

export interface GivenCgroup {
  readonly id: bigint;
  /** From the root: "/", "/user.slice/app". */
  readonly path: string;
  /** Class of the net_cls controller. */
  readonly classId: number;
}

export interface GivenFile {
  /** Address of its struct path, or of the object the hash is asked for. */
  readonly address: bigint;
  readonly path: string;
  /** The integrity measurement hash, without its algorithm; null when there is none. */
  readonly hash: Uint8Array | null;
  /** HASH_ALGO_*: what the hash helpers answer. */
  readonly hashAlgorithm: number;
}

export interface Mock {
  /** In turn; the last one stays. */
  readonly answers: readonly Told[];
}

export const NOTHING_GIVEN: GivenWorld = {
  bootTimeNs: null,
  ticks: 250,
  cpus: null,
  cpu: 0,
  numaNode: 0,
  seed: null,
  task: null,
  devices: [],
  routes: [],
  neighbours: [],
  sockets: [],
  cgroups: [],
  files: [],
  symbols: new Map(),
  mocks: new Map(),
};
