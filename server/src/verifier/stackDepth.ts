/** Stack of call chains together. Mirrors `check_max_stack_depth`, v6.18. */
import { LIMITS } from '../kernel/limits.ts';
import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import type { Env, SubprogInfo } from './env.ts';
import { rejectProgram } from './rejection.ts';
import { callee } from './subprograms.ts';

const PRIVATE_STACK_MIN = 64;

type StackMode = 'unknown' | 'shared' | 'private';

interface Frame {
  readonly index: number;
  next: number;
}

interface Walk {
  readonly program: Program;
  readonly subprogs: readonly SubprogInfo[];
  readonly modes: StackMode[];
  /** Functions of this tree may get stacks of their own. */
  readonly separate: boolean;
  readonly chain: Frame[];
  depth: number;
  reachesTailCall: boolean;
}

/** Asynchronous callbacks run on the kernel's stack, so what they call is known before the program's tree is walked. */
export function checkStackDepth({ program, subprogs }: Env): void {
  const separate = mayRecur(program) && !subprogs.some((subprog) => subprog.hasTailCall);
  const modes: StackMode[] = subprogs.map(() => (separate ? 'unknown' : 'shared'));
  for (let root = subprogs.length - 1; root >= 0; root--) {
    if (root > 0 && subprogs[root]?.isAsyncCallback !== true) continue;
    const tree = { separate: separate && root === 0, chain: [], depth: 0, reachesTailCall: false };
    walkTree({ program, subprogs, modes, ...tree }, root);
  }
}

/** Programs that may interrupt themselves get private stacks for big functions. Mirrors `bpf_enable_priv_stack`. */
function mayRecur({ type, attachType }: Program): boolean {
  if (type === 'tracing') return attachType !== 'trace_iter';
  return type === 'kprobe' || type === 'tracepoint' || type === 'perf_event' || type === 'raw_tracepoint';
}

/** Every chain of calls is followed; one that never ends grows too deep. */
function walkTree(walk: Walk, root: number): void {
  enter(walk, root);
  for (let frame = walk.chain[0]; frame !== undefined; frame = walk.chain[walk.chain.length - 1]) {
    const called = nextCall(walk, frame);
    if (called >= 0) enter(walk, called);
    else leave(walk, frame);
  }
}

function enter(walk: Walk, index: number): void {
  const { chain, modes, separate } = walk;
  const subprog = walk.subprogs[index];
  if (subprog === undefined) return;
  if (!separate) modes[index] = 'shared';
  if (chain.length > 0 && subprog.hasTailCall) walk.reachesTailCall = true;
  if (chain.length >= LIMITS.callFrames) rejectProgram(`the call stack of ${chain.length} frames is too deep !`);
  if (subprog.hasPacketInsn && (subprog.isCallback || isWithinCallback(walk)))
    rejectProgram('cannot use BPF_LD_[ABS|IND] within callback');
  if (index > 0 && subprog.hasTailCall && walk.depth >= LIMITS.stackBytesBeforeTailCall)
    rejectProgram(`tail_calls are not allowed when call stack of previous frames is ${walk.depth} bytes. Too large`);
  takeStack(walk, index, roundedDepth(subprog));
  chain.push({ index, next: subprog.start });
}

function takeStack(walk: Walk, index: number, size: number): void {
  const { modes } = walk;
  if (walk.separate && modes[index] === 'unknown' && size >= PRIVATE_STACK_MIN) modes[index] = 'private';
  if (modes[index] === 'private') {
    if (size > LIMITS.stackBytes) rejectProgram(`stack size of subprog ${index} is ${size}. Too large`);
    return;
  }
  walk.depth += size;
  if (walk.depth > LIMITS.stackBytes)
    rejectProgram(`combined stack size of ${walk.chain.length + 1} calls is ${walk.depth}. Too large`);
}

function leave(walk: Walk, { index }: Frame): void {
  walk.chain.pop();
  const outside = walk.chain.some((frame) => walk.subprogs[frame.index]?.isExceptionCallback === true);
  if (walk.reachesTailCall && outside) rejectProgram('cannot tail call within exception cb');
  const subprog = walk.subprogs[index];
  if (subprog !== undefined && walk.modes[index] !== 'private') walk.depth -= roundedDepth(subprog);
}

function isWithinCallback({ chain, subprogs }: Walk): boolean {
  return chain.some((frame) => subprogs[frame.index]?.isCallback === true);
}

/** Index of the subprogram the frame calls next; -1 at its end. */
function nextCall(walk: Walk, frame: Frame): number {
  const { program, subprogs } = walk;
  const end = subprogs[frame.index]?.end ?? 0;
  while (frame.next < end) {
    const pc = frame.next++;
    const insn = program.insns[pc];
    if (insn === undefined) continue;
    checkThrow(walk, insn, pc);
    const target = callee(insn, pc);
    const index = target === null ? -1 : subprogs.findIndex((subprog) => subprog.start === target);
    if (index >= 0 && addsFrame(subprogs[index], insn, pc)) return index;
  }
  return -1;
}

/** What runs later has a stack of its own, unless it is called directly, too. */
function addsFrame(subprog: SubprogInfo | undefined, insn: Insn, pc: number): boolean {
  if (subprog?.isAsyncCallback !== true) return true;
  if (insn.kind === 'loadFunc') return false;
  if (subprog.isExceptionCallback) rejectProgram(`insn ${pc} cannot call exception cb directly`);
  return true;
}

/** The kernel unwinds the program's own frames only, not those of its helpers in between. */
function checkThrow(walk: Walk, insn: Insn, pc: number): void {
  if (insn.kind !== 'call' || insn.target !== 'kfunc' || walk.program.kfuncs?.get(insn.imm) !== 'bpf_throw') return;
  if (!isWithinCallback(walk)) return;
  const index = walk.chain[walk.chain.length - 1]?.index ?? 0;
  rejectProgram(`bpf_throw kfunc (insn ${pc}) cannot be called from callback subprog ${index}`);
}

/** The JIT aligns stacks to 16 bytes. */
function roundedDepth(subprog: SubprogInfo): number {
  return Math.ceil(subprog.stackDepth / 16) * 16;
}
