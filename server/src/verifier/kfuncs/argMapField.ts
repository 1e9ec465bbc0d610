/** Fields of map values that kernel functions work on. Mirrors `process_wq_func` and `process_task_work_func`, v6.18. */
import type { Env } from '../env.ts';
import { checkMapFieldPointer } from '../mapFields.ts';
import type { DeferredKind } from '../mapFields.ts';
import { getReg } from '../registers.ts';
import { rejectReg } from '../rejection.ts';
import { mayBeNull } from '../state/register.ts';
import type { KfuncArgument } from './kfuncCall.ts';

/** A work queue entry, timer or task work: leaves the map in `call.map` and `call.mapUid`. */
export function checkMapField(env: Env, { call, regno }: KfuncArgument, kind: DeferredKind): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'mapValue' || mayBeNull(reg)) rejectReg(regno, `arg#${regno - 1} doesn't point to a map value`);
  checkMapFieldPointer(env, regno, kind);
  call.map = reg.map;
  call.mapUid = reg.mapUid;
  call.field = kind;
}
