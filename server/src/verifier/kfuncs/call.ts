/** Calls of kernel functions. Mirrors `check_kfunc_call` of kernel/bpf/verifier.c, v6.18. */
import type { CallInsn } from '../../isa/insn.ts';
import type { Env } from '../env.ts';
import { frameOf } from '../env.ts';
import { endByException } from '../exits.ts';
import { releaseReference } from '../references.ts';
import { changeRegions, endRcu, inRcu, inSleepable } from '../regions.ts';
import { clobberCallerSaved, getReg, setReg } from '../registers.ts';
import { reject } from '../rejection.ts';
import { forgetPackets } from '../transferHelper.ts';
import { walkCallback } from './argCallback.ts';
import { releaseDynptr } from './argDynptr.ts';
import { giveAwayNode, NODE_TAKERS } from './argGraph.ts';
import { stepIterator } from './argIterator.ts';
import { forkFailedLock } from './argLock.ts';
import { checkKfuncArguments } from './arguments.ts';
import { checkAllowed, findKfunc, kfuncNumber, prototypeOf } from './find.ts';
import type { KfuncCall } from './kfuncCall.ts';
import { hasFlag, isNamed, newKfuncCall } from './kfuncCall.ts';
import { returnedValue } from './returns.ts';

/** Sets `env.pc` to the next instruction; true when the path ends here. */
export function callKfunc(env: Env, insn: CallInsn): boolean {
  // A function the kernel does not have, which the loader let pass: refused only where the program may reach it.
  if (insn.imm === 0 && insn.off === 0) {
    env.pc++;
    return false;
  }
  const kfunc = findKfunc(env, insn);
  checkAllowed(env, kfunc);
  const call = newKfuncCall(kfunc, prototypeOf(env, kfunc), kfuncNumber(env, insn, kfunc.name));
  if (isNamed(call, 'bpf_res_spin_lock', 'bpf_res_spin_lock_irqsave')) forkFailedLock(env, call);
  if (hasFlag(call, 'sleepable') && !inSleepable(env))
    reject(`program must be sleepable to call sleepable kfunc ${kfunc.name}`);
  checkKfuncArguments(env, call);
  if (isNamed(call, ...CALLBACK_TAKERS)) walkCallback(env, call);
  if (isNamed(call, 'bpf_session_cookie')) call.r0Size = 8;
  enterAndLeaveRegions(env, call);
  release(env, call);
  if (isNamed(call, ...NODE_TAKERS)) giveAwayNode(env, call);
  if (isNamed(call, 'bpf_throw')) return endByException(env);
  finish(env, call);
  env.pc++;
  return false;
}

const CALLBACK_TAKERS = [
  'bpf_rbtree_add_impl', 'bpf_wq_set_callback_impl', 'bpf_task_work_schedule_signal_impl',
  'bpf_task_work_schedule_resume_impl',
]; // prettier-ignore

function enterAndLeaveRegions(env: Env, call: KfuncCall): void {
  const { name } = call.kfunc;
  const sleepable = hasFlag(call, 'sleepable');
  const { rcu, preemptOff, irqId } = env.state.regions;
  if (name === 'bpf_rcu_read_lock') {
    if (rcu > 0) reject(`nested rcu read lock (kernel function ${name})`);
    changeRegions(env, { rcu: 1 });
  } else if (name === 'bpf_rcu_read_unlock') {
    if (rcu === 0) reject(`unmatched rcu read unlock (kernel function ${name})`);
    changeRegions(env, { rcu: 0 });
    endRcu(env);
  } else if (sleepable && rcu > 0) reject(`kernel func ${name} is sleepable within rcu_read_lock region`);
  if (name === 'bpf_preempt_disable') changeRegions(env, { preemptOff: preemptOff + 1 });
  else if (name === 'bpf_preempt_enable') {
    if (preemptOff === 0) reject(`unmatched attempt to enable preemption (kernel function ${name})`);
    changeRegions(env, { preemptOff: preemptOff - 1 });
  } else if (sleepable && preemptOff > 0) reject(`kernel func ${name} is sleepable within non-preemptible region`);
  if (sleepable && irqId !== 0) reject(`kernel func ${name} is sleepable within IRQ-disabled region`);
  if (hasFlag(call, 'rcuProtected') && !inRcu(env))
    reject(`kernel func ${name} requires RCU critical section protection`);
}

function release(env: Env, call: KfuncCall): void {
  if (call.releaseReg === 0) return;
  if (call.dynptr !== null && call.dynptr.refObjId !== 0) releaseDynptr(env, call);
  else if (!releaseReference(env, getReg(env, call.releaseReg).refObjId))
    reject(`kfunc ${call.kfunc.name}#${call.id} reference has not been acquired before`);
}

function finish(env: Env, call: KfuncCall): void {
  clobberCallerSaved(env, frameOf(env));
  setReg(env, 0, returnedValue(env, call));
  if (isNamed(call, 'bpf_xdp_pull_data')) forgetPackets(env);
  if (hasFlag(call, 'iterNext')) stepIterator(env, call);
}
