/** Arguments that are maps (`__map`). Mirrors the map part of `check_kfunc_args`, v6.18. */
import type { Env } from '../env.ts';
import { getReg } from '../registers.ts';
import { rejectReg } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';

/** Whether there is a map at all comes first; that the register is the map itself is asked for later. */
export function checkMapArgument(env: Env, { call, regno }: KfuncArgument): void {
  const reg = getReg(env, regno);
  if (!seemsMap(reg)) rejectReg(regno, `pointer in R${regno} isn't map pointer`);
  // A work queue entry or task work and the map that it is said to lie in.
  if (call.map !== null && (call.map !== reg.map || call.mapUid !== reg.mapUid)) refuseOther(call, regno, reg.mapUid);
  call.map = reg.map;
  call.mapUid = reg.mapUid;
}

/** Inner maps of the same template are told apart, too. */
function refuseOther(call: KfuncCall, regno: number, mapUid: number): never {
  const what = call.field === 'taskWork' ? 'bpf_task_work' : 'workqueue';
  const [first, second] = call.field === 'taskWork' ? [2, 3] : [1, 2];
  return rejectReg(
    regno,
    `${what} pointer in R${first} map_uid=${call.mapUid} doesn't match map pointer in R${second} map_uid=${mapUid}`,
  );
}

/** The kernel keeps the map where other registers keep something else, and only asks whether that is 0. */
function seemsMap(reg: RegisterState): boolean {
  if (reg.map !== null || reg.btf !== null || reg.range !== 0 || reg.memSize !== 0) return true;
  return reg.detail?.what === 'func' && reg.detail.subprog !== 0;
}
