import type { BatchShape } from '../jit/batch.ts';
import { mayChangePacket } from '../jit/packetUse.ts';
import type { BpfObject, Program } from '../program/program.ts';
import type { ContextBuilder } from './contexts/enter.ts';
import type { RunOptions } from './session.ts';

/** How a program's events are run in batches; null where they have to be run one by one. */
export function batchShape(
  { programs }: BpfObject,
  builders: ReadonlyMap<Program, ContextBuilder | string>,
  kind: 'jit' | 'interpreter',
  options: RunOptions,
): BatchShape | null {
  const [only, another] = builders;
  if (only === undefined || another !== undefined) return null;
  const [program, builder] = only;
  const batch = typeof builder === 'string' ? undefined : builder.batch;
  if (batch === undefined || kind !== 'jit' || !mayWait(options)) return null;
  // Tail calls reach the others.
  if ((callsHelper(program, [TAIL_CALL]) ? programs : [program]).some(needsSingleRuns)) return null;
  const accepted = options.verified?.some((one) => one === program) === true;
  return { area: 0, ...batch, copies: !accepted || mayChangePacket(program), checked: !accepted };
}

/** bpf_tail_call, the bpf_timer family, bpf_user_ringbuf_drain. */
const TAIL_CALL = 12;
const TIMERS = [169, 170, 171, 172];
const USER_RINGBUF_DRAIN = 209;

/** Counts and answers that belong to one event, and comparing two engines, need single runs. */
function mayWait({ engine, coverage, exact, world }: RunOptions): boolean {
  return engine === 'jit' && coverage !== true && exact !== true && (world?.mocks.size ?? 0) === 0;
}

/** What happens between events would come too late, and exceptions end more than one run. */
function needsSingleRuns(program: Program): boolean {
  if (program.insns.some((insn) => insn.kind === 'call' && insn.target === 'kfunc')) return true;
  return callsHelper(program, [...TIMERS, USER_RINGBUF_DRAIN]);
}

function callsHelper({ insns }: Program, ids: readonly number[]): boolean {
  return insns.some((insn) => insn.kind === 'call' && insn.target === 'helper' && ids.includes(insn.imm));
}
