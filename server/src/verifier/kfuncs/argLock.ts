/** Resilient spin locks and saved interrupt flags. Mirrors parts of `check_kfunc_args` and `check_kfunc_call`, v6.18. */
import type { Env } from '../env.ts';
import { restoreFlags, saveFlags } from '../irqFlags.ts';
import { useLock } from '../locks.ts';
import { pushPath } from '../paths.ts';
import { getReg } from '../registers.ts';
import { rejectReg } from '../rejection.ts';
import { syncBounds, UNKNOWN_BOUNDS } from '../state/bounds.ts';
import { ALLOC, NOT_INIT, scalar } from '../state/register.ts';
import { currentFrame } from '../walkState.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { isNamed } from './kfuncCall.ts';
import { setRegister } from '../state/frame.ts';

/** bpf_local_irq_save and _restore, and the flags of the `…_irqsave` locks. */
export function checkIrqFlag(env: Env, { call, regno }: KfuncArgument): void {
  if (getReg(env, regno).kind !== 'stack') rejectReg(regno, `arg#${regno - 1} doesn't point to an irq flag on stack`);
  const by = call.kfunc.name.startsWith('bpf_res_spin') ? 'lock' : 'native';
  if (isNamed(call, 'bpf_local_irq_save', 'bpf_res_spin_lock_irqsave')) saveFlags(env, regno, by);
  else restoreFlags(env, regno, by);
}

export function checkResLock(env: Env, { call, regno }: KfuncArgument): void {
  const { kind, flags } = getReg(env, regno);
  const isPlace = (kind === 'mapValue' && flags === 0) || (kind === 'btfId' && flags === ALLOC);
  if (!isPlace) rejectReg(regno, `arg#${regno - 1} doesn't point to map value or allocated object`);
  const savesFlags = isNamed(call, 'bpf_res_spin_lock_irqsave', 'bpf_res_spin_unlock_irqrestore');
  const takes = isNamed(call, 'bpf_res_spin_lock', 'bpf_res_spin_lock_irqsave');
  useLock(env, regno, savesFlags ? 'resLockIrq' : 'resLock', takes);
}

const MAX_ERRNO = 4095;

/** Taking such a lock may fail: a path with an error in r0 goes on behind the call. Asked for before the arguments. */
export function forkFailedLock(env: Env, _call: KfuncCall): void {
  const frame = currentFrame(pushPath(env, env.pc + 1, env.pc));
  for (let i = 1; i <= 5; i++) setRegister(frame, i, NOT_INIT);
  const error = { smin: BigInt(-MAX_ERRNO), smax: -1n, s32Min: -MAX_ERRNO, s32Max: -1 };
  setRegister(frame, 0, scalar(syncBounds({ ...UNKNOWN_BOUNDS, ...error })));
}
