/** What must hold, as tables: packet access by program type and registers by argument type. */
import type { ArgType } from '../kernel/helpers.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import { packetAccess } from '../kernel/programTypes.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { Env } from './env.ts';
import { rejectReg } from './rejection.ts';
import type { RegisterKind } from './state/register.ts';
import { ALLOC, PERCPU, RCU, RINGBUF, TRUSTED } from './state/register.ts';

/** Program types we know all rules of; `ext` needs the program it extends. */
export const MODELLED_PROGRAM_TYPES: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'socket_filter', 'kprobe', 'sched_cls', 'sched_act', 'tracepoint', 'xdp', 'perf_event', 'cgroup_skb', 'cgroup_sock',
  'lwt_in', 'lwt_out', 'lwt_xmit', 'sock_ops', 'sk_skb', 'cgroup_device', 'sk_msg', 'raw_tracepoint',
  'cgroup_sock_addr', 'lwt_seg6local', 'lirc_mode2', 'sk_reuseport', 'flow_dissector', 'cgroup_sysctl',
  'raw_tracepoint_writable', 'cgroup_sockopt', 'tracing', 'struct_ops', 'ext', 'lsm', 'sk_lookup', 'syscall',
  'netfilter',
]); // prettier-ignore

/** Map types whose rules are the general ones below. */
export const MODELLED_MAP_TYPES: ReadonlySet<MapType> = new Set<MapType>([
  'array', 'hash', 'percpu_array', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'lpm_trie', 'prog_array',
  'perf_event_array', 'ringbuf', 'stack_trace', 'cgroup_array', 'devmap', 'devmap_hash', 'cpumap', 'xskmap', 'queue',
  'stack', 'bloom_filter', 'array_of_maps', 'hash_of_maps', 'user_ringbuf', 'arena', 'sockmap', 'sockhash',
  'reuseport_sockarray', 'cgroup_storage', 'percpu_cgroup_storage', 'sk_storage', 'inode_storage', 'task_storage',
  'cgrp_storage', 'struct_ops',
]); // prettier-ignore

/** Mirrors `may_access_direct_pkt_data`: writes by instructions. */
export function checkDirectPacketWrite(env: Env, regno: number): void {
  if (packetAccess(env.program.type) !== 'readWrite') rejectReg(regno, 'cannot write into packet');
}

/** Whether writable slices of dynptrs are given out. Mirrors `may_access_direct_pkt_data` as they ask for it. */
export function mayWriteSlices(type: ProgramType): boolean {
  return packetAccess(type) === 'readWrite';
}

/** Whether a helper of this program type may be given packet memory. An option's value is no real packet. */
export function mayPassPacket(type: ProgramType, helperTakesPacket: boolean): boolean {
  const access = packetAccess(type);
  return type === 'cgroup_sockopt' || ((access === 'readWrite' || access === 'read') && helperTakesPacket);
}

/** Mirrors `may_access_skb`: LD_ABS and LD_IND. */
export const PACKET_INSN_TYPES: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'socket_filter', 'sched_cls', 'sched_act',
]); // prettier-ignore

/** A register's kind and flags that an argument accepts. */
export interface Accepted {
  readonly kind: RegisterKind;
  readonly flags: number;
}

const MEMORY: readonly Accepted[] = [
  { kind: 'stack', flags: 0 },
  { kind: 'packet', flags: 0 },
  { kind: 'packetMeta', flags: 0 },
  { kind: 'mapKey', flags: 0 },
  { kind: 'mapValue', flags: 0 },
  { kind: 'mem', flags: 0 },
  { kind: 'mem', flags: RINGBUF },
  { kind: 'buf', flags: 0 },
  { kind: 'btfId', flags: TRUSTED },
];
const SOCKETS: readonly Accepted[] = [
  { kind: 'sockCommon', flags: 0 },
  { kind: 'socket', flags: 0 },
  { kind: 'tcpSock', flags: 0 },
  { kind: 'xdpSock', flags: 0 },
];
const SCALAR: readonly Accepted[] = [{ kind: 'scalar', flags: 0 }];
const MAP_VALUE: readonly Accepted[] = [{ kind: 'mapValue', flags: 0 }];

/** Mirrors `compatible_reg_types`, in its order: messages list them. Missing types are not modelled. */
export const ACCEPTED: Partial<Record<ArgType, readonly Accepted[]>> = {
  mapKey: MEMORY,
  mapValue: MEMORY,
  mem: MEMORY,
  constSize: SCALAR,
  constSizeOrZero: SCALAR,
  constAllocSizeOrZero: SCALAR,
  constMapPtr: [{ kind: 'mapPtr', flags: 0 }],
  ctx: [{ kind: 'ctx', flags: 0 }],
  sockCommon: SOCKETS,
  btfIdSockCommon: [...SOCKETS, { kind: 'btfId', flags: 0 }, { kind: 'btfId', flags: TRUSTED }],
  socket: [{ kind: 'socket', flags: 0 }],
  btfId: [
    { kind: 'btfId', flags: 0 },
    { kind: 'btfId', flags: TRUSTED },
    { kind: 'btfId', flags: RCU },
  ],
  percpuBtfId: [
    { kind: 'btfId', flags: PERCPU },
    { kind: 'btfId', flags: PERCPU | RCU },
    { kind: 'btfId', flags: PERCPU | TRUSTED },
  ],
  ringbufMem: [{ kind: 'mem', flags: RINGBUF }],
  kptrXchgDest: [
    { kind: 'mapValue', flags: 0 },
    { kind: 'btfId', flags: ALLOC },
  ],
  spinLock: [{ kind: 'mapValue', flags: 0 }, { kind: 'btfId', flags: ALLOC }],
  stack: [{ kind: 'stack', flags: 0 }],
  func: [{ kind: 'func', flags: 0 }],
  constStr: MAP_VALUE,
  timer: MAP_VALUE,
  dynptr: [{ kind: 'stack', flags: 0 }, { kind: 'dynptr', flags: 0 }],
}; // prettier-ignore
