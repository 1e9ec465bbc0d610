import { ATTACH_TYPES, attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { HELPERS } from '../../server/src/kernel/helpers.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import { PROGRAM_TYPES, programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { hex32 } from './hex.ts';
import { askKernel, kverify } from './kverify.ts';
import type { RawProgram } from './kverify.ts';

/**
 * Which helpers the running kernel offers to a program type. Run as a program (Node 24), it prints the rows of
 * server/src/kernel/helperAvailability.ts.
 */
export interface OfferedHelpers {
  readonly available: ReadonlySet<number>;
  readonly needGpl: ReadonlySet<number>;
}

/** What a program needs besides its type. */
export interface How {
  readonly attach?: string;
  readonly flags?: number;
  readonly attachBtf?: string;
}

/** What a type needs to be loaded at all. */
const HOW: Partial<Record<ProgramType, How>> = {
  cgroup_sock: { attach: 'cgroup_inet_sock_create' },
  cgroup_sock_addr: { attach: 'cgroup_inet4_connect' },
  cgroup_sockopt: { attach: 'cgroup_getsockopt' },
  cgroup_sysctl: { attach: 'cgroup_sysctl' },
  sk_lookup: { attach: 'sk_lookup' },
  sk_msg: { attach: 'sk_msg_verdict' },
  sk_skb: { attach: 'sk_skb_stream_parser' },
  sk_reuseport: { attach: 'sk_reuseport_select' },
  netfilter: { attach: 'netfilter' },
  tracing: { attach: 'trace_raw_tp', attachBtf: 'btf_trace_sched_switch' },
  syscall: { flags: PROGRAM_FLAGS.sleepable },
  struct_ops: { attachBtf: 'tcp_congestion_ops' },
  lsm: { attach: 'lsm_mac', attachBtf: 'bpf_lsm_file_open' },
  lirc_mode2: { attach: 'lirc_mode2' },
};

const RETURN_0 = 'b7000000000000009500000000000000';

/** Ways of attaching that change what is offered, with what else they need. */
export const ATTACHED: readonly (readonly [type: ProgramType, how: How])[] = [
  ['tracing', { attach: 'trace_iter', attachBtf: 'bpf_iter_task' }],
  ['tracing', { attach: 'trace_fentry', attachBtf: 'bpf_fentry_test1' }],
  ['tracing', { attach: 'trace_fexit', attachBtf: 'bpf_fentry_test1' }],
  ['cgroup_device', { attach: 'cgroup_device' }],
  ...['cgroup_getsockopt', 'cgroup_setsockopt'].map((attach) => ['cgroup_sockopt', { attach }] as const),
  ...['cgroup_inet_sock_create', 'cgroup_inet4_post_bind', 'cgroup_inet_sock_release'].map(
    (attach) => ['cgroup_sock', { attach }] as const,
  ),
  ...ATTACH_TYPES.filter((attach) => /^cgroup_(inet[46]|udp[46]|unix)_(?!post)/.test(attach)).map(
    (attach) => ['cgroup_sock_addr', { attach }] as const,
  ),
];

/** null when this kernel does not load programs of the type, attached in this way. */
export function probeHelpers(type: ProgramType, how: How = HOW[type] ?? {}): OfferedHelpers | null {
  const calls = HELPERS.map(({ id }) => `85000000${hex32(id)}${RETURN_0}`);
  const gpl = askKernel(calls.map((insns) => program(type, insns, 'GPL', how)));
  const other = askKernel(calls.map((insns) => program(type, insns, 'Proprietary', how)));
  if (gpl.some(({ stage, verdict }) => verdict === 'reject' && stage !== 'verifier')) return null;
  const ids = HELPERS.map(({ id }) => id);
  const available = ids.filter((_, i) => !/cannot use helper|invalid func unknown/.test(gpl[i]?.message ?? ''));
  const needGpl = available.filter((id) => /GPL-restricted/.test(other[id - 1]?.message ?? ''));
  return { available: new Set(available), needGpl: new Set(needGpl) };
}

function program(type: ProgramType, insns: string, license: string, how: How): RawProgram {
  const { attach = null, flags = 0, attachBtf } = how;
  const attachType = attachTypeNumber(attach);
  return {
    type: String(programTypeNumber(type)),
    insns,
    license,
    attachType,
    flags,
    ...(attachBtf === undefined ? {} : { attachBtf }),
  };
}

/** 1 2 3 7 as "1-3 7". */
function ranges(ids: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run?.[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

if (process.argv[1] === import.meta.filename && kverify !== null) {
  for (const type of PROGRAM_TYPES) {
    const offered = probeHelpers(type);
    if (offered !== null) console.log(`  ${type}: '${ranges([...offered.available])}',`);
  }
}
