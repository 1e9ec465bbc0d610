import type { Event } from '../../events/event.ts';
import type { ProgramType } from '../../kernel/programTypes.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { classicContext } from './classic.ts';
import { skbContext } from './skb.ts';
import { xdpContext } from './xdp.ts';

/** Puts events into a machine for one program, and takes the packet out again. */
export interface ContextBuilder {
  /** Fills context and packet; a string says in plain words why the event cannot be given to the program. */
  enter(machine: Machine, event: Event): string | null;
  /** The packet after the program, as BPF_PROG_TEST_RUN hands it back; a view that the next event overwrites. */
  leave(machine: Machine): PacketAfter;
  /** What was made up or left out so far, in plain words, e.g. "12 packets got a made-up Ethernet header". */
  notes(): string[];
}

export interface PacketAfter {
  readonly bytes: Uint8Array;
  /** Bytes of metadata in front of the packet that are part of `bytes` (XDP). */
  readonly metaBytes: number;
  readonly changed: boolean;
}

/** The builder for a program's type; a string says that there is none. */
export function contextBuilder(program: Program): ContextBuilder | string {
  const need = program.needs?.[0];
  if (need !== undefined) return `${program.name} cannot be run without a kernel: it needs ${need.what}`;
  if (program.classic !== undefined) return classicContext(program.classic);
  const build = BUILDERS[program.type];
  return build === undefined
    ? `programs of type ${program.type} cannot be run on recorded packets yet`
    : build(program);
}

const BUILDERS: Partial<Record<ProgramType, (program: Program) => ContextBuilder>> = {
  xdp: xdpContext,
  sched_cls: skbContext,
  sched_act: skbContext,
  socket_filter: skbContext,
  cgroup_skb: skbContext,
};
