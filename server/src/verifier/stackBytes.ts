/** Stack of each function as the kernel prints it in the end. Mirrors `print_verification_stats`, v6.18. */
import type { Env, SubprogInfo } from './env.ts';
import { rejectProgram, unsupported } from './rejection.ts';

/** What a loop that takes the place of a call of bpf_loop keeps: its counter, its limit and its context. */
const LOOP_BYTES = 24;
/** What a may_goto keeps on x86-64: a counter and the time. */
const MAY_GOTO_BYTES = 16;

/** While the program is refused nothing has been rewritten yet. */
export function stackBytesWhenRefused(env: Env): number[] {
  return env.subprogs.map((subprog) => subprog.stackDepth);
}

/**
 * When it is accepted the kernel has removed functions that no path calls, put loops in the place of calls and added a
 * function that ends the program for exceptions that nothing handles.
 */
export function stackBytesWhenAccepted(env: Env): number[] {
  const kept = env.subprogs.filter((subprog) => isWalked(env, subprog.start));
  const bytes = kept.map((subprog) => subprog.stackDepth + addedBytes(env, subprog));
  return needsHandler(env) ? [...bytes, 0] : bytes;
}

/**
 * A function that no path enters is removed even where its address is taken. Unless the program is one function alone,
 * the address is then that of what moves up behind it, and where nothing does the kernel refuses. Mirrors `jit_subprogs`.
 */
export function checkRemovedCallbacks(env: Env): void {
  const kept = env.subprogs.filter((subprog) => isWalked(env, subprog.start));
  const handler = needsHandler(env);
  if (!env.rights.bpf || kept.length + (handler ? 1 : 0) < 2) return;
  env.program.insns.forEach((insn, pc) => {
    const target = insn.kind === 'loadFunc' && isWalked(env, pc) ? pc + 1 + insn.off : -1;
    if (target < 0 || isWalked(env, target)) return;
    // Amid a longer stretch that is removed the address is left as it was, and leads anywhere.
    if (!isWalked(env, target - 1)) unsupported('addresses of functions that no path enters');
    if (!handler && !kept.some(({ start }) => start > target))
      rejectProgram(`verifier bug: No program to jit at insn ${target} (subprog < 0)`);
  });
}

function isWalked({ visits }: Env, pc: number): boolean {
  return (visits[pc] ?? 0) > 0;
}

function addedBytes(env: Env, { start, end, stackDepth }: SubprogInfo): number {
  let loop = 0;
  let mayGoto = 0;
  for (let pc = start; pc < end; pc++) {
    const insn = env.program.insns[pc];
    if ((env.facts.loopCallback[pc] ?? 0) > 0) loop = LOOP_BYTES + (Math.ceil(stackDepth / 8) * 8 - stackDepth);
    // One that jumps nowhere is left out.
    if (insn?.kind === 'mayGoto' && insn.off !== 0 && isWalked(env, pc)) mayGoto = MAY_GOTO_BYTES;
  }
  return loop + mayGoto;
}

function needsHandler(env: Env): boolean {
  const { insns, kfuncs } = env.program;
  if (env.subprogs.some((subprog) => subprog.isExceptionCallback)) return false;
  return insns.some(
    (insn, pc) =>
      insn.kind === 'call' && insn.target === 'kfunc' && kfuncs?.get(insn.imm) === 'bpf_throw' && isWalked(env, pc),
  );
}
