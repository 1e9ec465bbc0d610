/** Functions that run later: work queues and task work. Mirrors the callback parts of `check_kfunc_call`, v6.18. */
import { pushAsyncCallback, setMapCallback } from '../asyncCallbacks.ts';
import type { Env } from '../env.ts';
import { getReg } from '../registers.ts';
import type { KfuncCall } from './kfuncCall.ts';
import { isNamed } from './kfuncCall.ts';

const NOTHING = { min: 0, max: 0 };
const ANY_INT = { min: -0x8000_0000, max: 0x7fff_ffff };

/** bpf_wq_set_callback and bpf_task_work_schedule_*: these functions may sleep, whatever the program may. */
export function walkDeferred(env: Env, call: KfuncCall): void {
  const isWork = isNamed(call, 'bpf_wq_set_callback_impl');
  const { map, mapUid } = getReg(env, isWork ? 1 : 3);
  const callee = pushAsyncCallback(env, call.callback, true);
  setMapCallback(callee, map, mapUid, isWork ? NOTHING : ANY_INT);
}
