import type { Event } from '../../events/event.ts';
import { packetAccess, type ProgramType } from '../../kernel/programTypes.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { classicContext, packetSocketContext } from './classic.ts';
import { argumentContext } from './arguments.ts';
import { flowDissectorContext } from './flowDissector.ts';
import { hookContext, type HookContext } from './hook.ts';
import { registerContext } from './registers.ts';
import { skbContext } from './skb.ts';
import { socketPayloadContext } from './socketPayload.ts';
import { structContext } from './struct.ts';
import { syscallContext } from './syscall.ts';
import { tracepointContext } from './tracepoint.ts';
import { xdpContext } from './xdp.ts';

/** Puts events into a machine for one program, and takes what came of them out again. */
export interface ContextBuilder {
  /** Fills context and packet; a string says in plain words why the event cannot be given to the program. */
  enter(machine: Machine, event: Event): string | null;
  /** Packet and context after the program; views that the next event overwrites. */
  leave(machine: Machine): After;
  /** The link-layer frame of the event that `leave` is about, for contexts that can be batched. */
  frame?: Uint8Array;
  /** Sizes of what an event begins with besides its packet; missing where events cannot be run in batches. */
  readonly batch?: { readonly contextBytes: number; readonly objectBytes: number };
  /** What was made up or left out so far, in plain words, e.g. "12 packets got a made-up Ethernet header". */
  notes(): string[];
}

export interface After {
  /** As BPF_PROG_TEST_RUN hands it back, or the data that the context points to; null where there is none. */
  readonly packet: Uint8Array | null;
  /** Bytes of metadata in front of the packet that are part of it (XDP). */
  readonly metaBytes: number;
  readonly packetChanged: boolean;
  /** null for packets of which nothing more was recorded. */
  readonly context: ContextAfter | null;
}

/** A context before and after the program. */
export interface ContextAfter {
  readonly before: Uint8Array;
  readonly bytes: Uint8Array;
  readonly changed: boolean;
  /** Whether programs may change any of it. */
  readonly writable: boolean;
}

export const NOTHING_LEFT: After = {
  packet: null,
  metaBytes: 0,
  packetChanged: false,
  context: null,
};

/**
 * The builder for a program's type, as BPF_PROG_TEST_RUN or, where that shows another view, as if the program were
 * attached; a string says that there is none.
 */
export function contextBuilder(program: Program, attached = false): ContextBuilder | string {
  const need = program.needs?.find(({ assumed }) => assumed === undefined);
  if (need !== undefined)
    return `${program.name} cannot be run without a kernel: it needs ${need.what}${WHAT_TO_DO[need.code] ?? ''}`;
  if (program.classic !== undefined) return classicContext(program.classic);
  if (attached && program.type === 'socket_filter') return packetSocketContext(program);
  const build = BUILDERS[program.type];
  return build === undefined ? `programs of type ${program.type} cannot be run on recorded events yet` : build(program);
}

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  'core-relocation': '; give the types of the kernel that the events are from (--btf FILE, ebpf.kernelBtf)',
};

function hook(context: (program: Program) => HookContext): (program: Program) => ContextBuilder {
  return (program) => hookContext(program, context(program));
}

const STRUCTURE = hook(structContext);
const ARGUMENTS = hook(argumentContext);

/** Whether the size of a type's context is the event's affair, so that what the verifier proved says nothing of it. */
export function contextVaries(type: ProgramType): boolean {
  return VARYING.has(type);
}

const VARYING: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'tracepoint', 'raw_tracepoint', 'raw_tracepoint_writable', 'tracing', 'lsm', 'struct_ops', 'syscall',
]); // prettier-ignore

/** Whether captured packets reach programs of a type. */
export function takesPackets(type: ProgramType): boolean {
  return type === 'sk_lookup' || (packetAccess(type) !== 'none' && type !== 'cgroup_sockopt');
}

const BUILDERS: Partial<Record<ProgramType, (program: Program) => ContextBuilder>> = {
  xdp: xdpContext,
  sched_cls: skbContext,
  sched_act: skbContext,
  socket_filter: skbContext,
  cgroup_skb: skbContext,
  lwt_in: skbContext,
  lwt_out: skbContext,
  lwt_xmit: skbContext,
  lwt_seg6local: skbContext,
  sk_skb: socketPayloadContext,
  flow_dissector: flowDissectorContext,
  kprobe: hook(registerContext),
  perf_event: hook(registerContext),
  tracepoint: hook(tracepointContext),
  raw_tracepoint: ARGUMENTS,
  raw_tracepoint_writable: ARGUMENTS,
  tracing: ARGUMENTS,
  lsm: ARGUMENTS,
  struct_ops: ARGUMENTS,
  syscall: hook(syscallContext),
  cgroup_sock: STRUCTURE,
  cgroup_sock_addr: STRUCTURE,
  cgroup_sysctl: STRUCTURE,
  cgroup_sockopt: STRUCTURE,
  cgroup_device: STRUCTURE,
  sock_ops: STRUCTURE,
  sk_msg: STRUCTURE,
  sk_reuseport: STRUCTURE,
  sk_lookup: STRUCTURE,
  netfilter: STRUCTURE,
  lirc_mode2: STRUCTURE,
};
