/** Fields of map values that kernel functions work on. Mirrors `check_map_field_pointer` and its callers, v6.18. */
import type { Env } from '../env.ts';
import { unsupported } from '../rejection.ts';
import type { KfuncArgument } from './kfuncCall.ts';
import { titleOf } from './kfuncCall.ts';

/** A work queue entry or task work: leaves the map in `call.map` and `call.mapUid`. */
export function checkMapField(_env: Env, { call }: KfuncArgument): void {
  unsupported(titleOf(call));
}
