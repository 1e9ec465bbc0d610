/** Calls of subprograms and their ends. Mirrors `check_func_call` and `prepare_func_exit`, v6.18. */
import type { CallInsn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { frameOf, subprogIndex } from './env.ts';
import { callGlobal } from './globalFunctions.ts';
import { forgetInstance, updateLiveness } from './liveness.ts';
import { markAllChanged, say } from './log.ts';
import { markPrecise } from './precision.ts';
import { clobberCallerSaved, getReg } from './registers.ts';
import { reject, rejectReg } from './rejection.ts';
import { checkReturnRange } from './returnRange.ts';
import { newFrame, regAt, setRegister } from './state/frame.ts';
import { frameText, printAll } from './state/print.ts';
import { previousEntry } from './visited.ts';
import { MAX_FRAMES } from './wanted.ts';
import { widen } from './widening.ts';

export function callSubprogram(env: Env, insn: CallInsn): void {
  const target = env.pc + 1 + insn.imm;
  const subprog = subprogIndex(env, target);
  if (env.subprogs[subprog]?.global === true) {
    callGlobal(env, subprog);
    env.pc++;
    return;
  }
  const { frames } = env.state;
  if (frames.length >= MAX_FRAMES) reject(`the call stack of ${frames.length + 1} frames is too deep`);
  const caller = frameOf(env);
  const callee = newFrame(env.pc, frames.length, subprog);
  for (let i = 1; i <= 5; i++) setRegister(callee, i, regAt(caller, i));
  frames.push(callee);
  markAllChanged(env.log);
  clobberCallerSaved(env, caller);
  env.pc = target;
  forgetInstance(env);
  if (env.log.level === 0) return;
  const all = printAll(env.state.refs);
  say(env.log, `caller:\n${frameText(caller, all)}\ncallee:\n${frameText(callee, all)}\n`);
}

/** The callee's r0 becomes the caller's; the walk goes on behind the call. A callback's call is walked once more. */
export function leaveSubprogram(env: Env): void {
  updateLiveness(env);
  const result = getReg(env, 0);
  if (result.kind === 'stack') rejectReg(0, 'cannot return stack pointer to the caller');
  const isCallback = frameOf(env).callback.sort === 'sync';
  if (isCallback) checkCallbackResult(env);
  const callee = env.state.frames.pop();
  if (callee === undefined) return;
  const caller = frameOf(env);
  if (!isCallback) setRegister(caller, 0, result);
  env.pc = isCallback ? callee.callsite : callee.callsite + 1;
  const all = printAll(env.state.refs);
  if (env.log.level > 0)
    say(
      env.log,
      `returning from callee:\n${frameText(callee, all)}\nto caller at ${env.pc}:\n${frameText(caller, all)}\n`,
    );
  const previous = isCallback ? previousEntry(env, env.state) : null;
  if (previous !== null) widen(env, previous, env.state);
}

function checkCallbackResult(env: Env): void {
  if (getReg(env, 0).kind !== 'scalar') rejectReg(0, 'R0 not a scalar value');
  markPrecise(env, 0);
  const { range } = frameOf(env).callback;
  if (range !== null) checkReturnRange(env, 0, range, 'At callback return');
}
