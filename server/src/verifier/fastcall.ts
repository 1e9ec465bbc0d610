/**
 * Calls that leave more registers alone than others do. For older kernels compilers save these around such calls at the
 * low end of the stack; where nothing else uses those places the kernel drops the pairs, so that the function needs less
 * stack. Mirrors `mark_fastcall_patterns`, `check_fastcall_stack_contract` and `remove_fastcall_spills_fills`, v6.18.
 */
import type { CallInsn, Insn } from '../isa/insn.ts';
import { helperAvailable, helperOf } from '../kernel/helpers.ts';
import type { Env, SubprogInfo } from './env.ts';
import { callableKfunc } from './kfuncs/find.ts';
import { flow } from './successors.ts';

/** What is known of the pairs of a program. */
export interface Fastcalls {
  /** Stores and loads that are part of a pattern, by pc. */
  readonly isPart: Uint8Array;
  /** Pairs around a call that the kernel drops, by the call's pc. */
  readonly dropped: Uint8Array;
  /** By subprogram: the offset below which only patterns use the stack, and whether all of it must stay. */
  readonly lowest: number[];
  readonly stays: boolean[];
}

type Known = Pick<Env, 'program' | 'options'>;

const CALLER_SAVED = 6;
const GET_SMP_PROCESSOR_ID = 8;

/** Null for programs without such a pattern. */
export function findFastcalls(env: Pick<Env, 'program' | 'options' | 'subprogs'>): Fastcalls | null {
  const count = env.program.insns.length;
  const targets = jumpTargets(env.program.insns);
  const found: Fastcalls = {
    isPart: new Uint8Array(count),
    dropped: new Uint8Array(count),
    lowest: env.subprogs.map(() => 0),
    stays: env.subprogs.map(() => false),
  };
  env.subprogs.forEach((subprog, index) => {
    const lowest = lowestSpill(env.program.insns, subprog);
    for (let pc = subprog.start; pc < subprog.end; pc++) markPattern(env, found, { pc, index, lowest, targets });
  });
  return found.isPart.includes(1) ? found : null;
}

function jumpTargets(insns: readonly Insn[]): Uint8Array {
  const targets = new Uint8Array(insns.length);
  insns.forEach((insn, pc) => {
    const { target } = flow(insn, pc);
    if (target >= 0 && target < targets.length) targets[target] = 1;
  });
  return targets;
}

/** A 64-bit store of a register through r10 itself. */
function spillOf(insn: Insn | undefined): { readonly src: number; readonly off: number } | null {
  return insn?.kind === 'store' && insn.source === 'reg' && insn.size === 8 && insn.dst === 10 ? insn : null;
}

function lowestSpill(insns: readonly Insn[], { start, end }: SubprogInfo): number {
  return insns.slice(start, end).reduce((lowest, insn) => Math.min(lowest, spillOf(insn)?.off ?? 0), 0);
}

interface Place {
  readonly pc: number;
  readonly index: number;
  readonly lowest: number;
  readonly targets: Uint8Array;
}

function markPattern(env: Known, found: Fastcalls, { pc, index, lowest, targets }: Place): void {
  const insn = env.program.insns[pc];
  const clobbered = insn?.kind === 'call' ? clobberedBy(env, insn) : null;
  if (insn?.kind !== 'call' || clobbered === null) return;
  let saved = ~clobbered;
  let pairs = 0;
  for (; pairs < CALLER_SAVED; pairs++) {
    const before = pc - pairs - 1;
    const after = pc + pairs + 1;
    if (targets[before + 1] === 1 || targets[after] === 1) break;
    const regno = pairAt(env.program.insns, before, after, lowest + 8 * pairs);
    if (regno === null || regno >= CALLER_SAVED || (saved & (1 << regno)) === 0) break;
    saved &= ~(1 << regno);
    found.isPart[before] = 1;
    found.isPart[after] = 1;
  }
  if (pairs === 0) return;
  if (isInlined(insn, env)) found.dropped[pc] = pairs;
  else found.stays[index] = true;
  found.lowest[index] = Math.min(found.lowest[index] ?? 0, lowest + 8 * pairs);
}

/** The register that is stored and loaded again at this offset. */
function pairAt(insns: readonly Insn[], before: number, after: number, off: number): number | null {
  const store = spillOf(insns[before]);
  const load = insns[after];
  if (store === null || load?.kind !== 'load' || load.size !== 8 || load.signed || load.src !== 10) return null;
  return store.src === load.dst && store.off === off && load.off === off ? store.src : null;
}

/** Registers that a call really changes; null where nothing is left alone, or where the call will be refused. */
function clobberedBy(env: Known, insn: CallInsn): number | null {
  const all = (1 << CALLER_SAVED) - 1;
  const clobbered = insn.target === 'helper' ? helperClobbers(env, insn.imm) : kfuncClobbers(env, insn);
  return clobbered === all ? null : clobbered;
}

function helperClobbers({ program }: Known, id: number): number | null {
  const proto = helperOf(program.type, id)?.proto ?? null;
  if (proto === null || !helperAvailable(program.type, id, true, program.attachType)) return null;
  return mask(proto.args.length, proto.returns !== 'void');
}

function kfuncClobbers(env: Known, insn: CallInsn): number | null {
  const kfunc = insn.target === 'kfunc' ? callableKfunc(env, insn) : null;
  return kfunc === null ? null : mask(kfunc.args, !kfunc.signature.startsWith(`void ${kfunc.name}`));
}

function mask(args: number, returns: boolean): number {
  return ((1 << (args + 1)) - 2) | (returns ? 1 : 0);
}

/** What x86-64 kernels put in place of the call. */
function isInlined(insn: CallInsn, env: Known): boolean {
  if (insn.target === 'helper') return insn.imm === GET_SMP_PROCESSOR_ID;
  return callableKfunc(env, insn)?.flags.has('fastcall') ?? false;
}

/** An access of the stack from elsewhere: then nothing of the function is dropped. */
export function noteStackUse(env: Env, subprog: number, off: number): void {
  const { fastcalls } = env;
  if (fastcalls === null) return;
  const { isPart, dropped, lowest } = fastcalls;
  if ((lowest[subprog] ?? 0) <= off || isPart[env.pc] === 1) return;
  lowest[subprog] = Number.NEGATIVE_INFINITY;
  const { start = 0, end = 0 } = env.subprogs[subprog] ?? {};
  isPart.fill(0, start, end);
  dropped.fill(0, start, end);
}

/** Behind the walk: functions whose pairs are dropped need no stack for them. */
export function dropPairs({ fastcalls, subprogs }: Env): void {
  if (fastcalls === null) return;
  subprogs.forEach((subprog, index) => {
    const drops = fastcalls.dropped.subarray(subprog.start, subprog.end).some((pairs) => pairs > 0);
    if (drops && fastcalls.stays[index] !== true) subprog.stackDepth = -(fastcalls.lowest[index] ?? 0);
  });
}
