/** Stack of call chains together. Mirrors `check_max_stack_depth`, v6.18. */
import { LIMITS } from '../kernel/limits.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { Insn } from '../isa/insn.ts';
import type { SubprogInfo } from './env.ts';
import { rejectProgram } from './rejection.ts';
import { callee } from './subprograms.ts';

/** Tracing programs may recurse, so each of their functions with a big stack gets one of its own. */
const PRIVATE_STACKS: ReadonlySet<ProgramType> = new Set<ProgramType>([
  'kprobe', 'tracepoint', 'perf_event', 'raw_tracepoint',
]); // prettier-ignore
const PRIVATE_STACK_MIN = 64;

type StackMode = 'unknown' | 'shared' | 'private';

interface Frame {
  readonly index: number;
  next: number;
}

export function checkStackDepth(insns: readonly Insn[], type: ProgramType, subprogs: readonly SubprogInfo[]): void {
  const separate = PRIVATE_STACKS.has(type) && !subprogs.some((subprog) => subprog.hasTailCall);
  const modes: StackMode[] = subprogs.map(() => (separate ? 'unknown' : 'shared'));
  let depth = 0;
  const chain: Frame[] = [];
  const enter = (index: number): void => {
    const subprog = subprogs[index];
    if (subprog === undefined) return;
    if (chain.length >= LIMITS.callFrames) rejectProgram(`the call stack of ${chain.length} frames is too deep !`);
    if (index > 0 && subprog.hasTailCall && depth >= LIMITS.stackBytesBeforeTailCall)
      rejectProgram(`tail_calls are not allowed when call stack of previous frames is ${depth} bytes. Too large`);
    const size = roundedDepth(subprog);
    if (modes[index] === 'unknown' && size >= PRIVATE_STACK_MIN) modes[index] = 'private';
    if (modes[index] === 'private' && size > LIMITS.stackBytes)
      rejectProgram(`stack size of subprog ${index} is ${size}. Too large`);
    if (modes[index] !== 'private') depth += size;
    if (depth > LIMITS.stackBytes)
      rejectProgram(`combined stack size of ${chain.length + 1} calls is ${depth}. Too large`);
    chain.push({ index, next: subprog.start });
  };
  enter(0);
  // Every chain of calls is followed; the walk before has shown that none of them recurses for ever.
  while (chain.length > 0) {
    const frame = chain[chain.length - 1];
    if (frame === undefined) break;
    const called = nextCall(insns, subprogs, frame);
    if (called >= 0) enter(called);
    else {
      chain.pop();
      const subprog = subprogs[frame.index];
      if (subprog !== undefined && modes[frame.index] !== 'private') depth -= roundedDepth(subprog);
    }
  }
}

/** Index of the subprogram the frame calls next; -1 at its end. */
function nextCall(insns: readonly Insn[], subprogs: readonly SubprogInfo[], frame: Frame): number {
  const end = subprogs[frame.index]?.end ?? 0;
  for (; frame.next < end; frame.next++) {
    const insn = insns[frame.next];
    const target = insn === undefined ? null : callee(insn, frame.next);
    if (target === null) continue;
    frame.next++;
    return subprogs.findIndex((subprog) => subprog.start === target);
  }
  return -1;
}

/** The JIT aligns stacks to 16 bytes. */
function roundedDepth(subprog: SubprogInfo): number {
  return Math.ceil(subprog.stackDepth / 16) * 16;
}
