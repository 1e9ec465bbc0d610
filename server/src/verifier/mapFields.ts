/** Timers, work queue entries and task work in map values. Mirrors `check_map_field_pointer`, v6.18. */
import type { Env } from './env.ts';
import { FIELD_FACTS, fieldOf } from './fields/specialField.ts';
import type { FieldKind } from './fields/specialField.ts';
import { getReg } from './registers.ts';
import { rejectReg } from './rejection.ts';
import { typesOfMap } from './specialFields.ts';
import { isConstant } from './state/register.ts';

export type DeferredKind = Extract<FieldKind, 'timer' | 'workqueue' | 'taskWork'>;

/** The register, a pointer to a map value, must point to the field of that kind. */
export function checkMapFieldPointer(env: Env, regno: number, kind: DeferredKind): void {
  const reg = getReg(env, regno);
  const { map } = reg;
  const { name } = FIELD_FACTS[kind];
  if (map === null) return;
  if (!isConstant(reg))
    rejectReg(regno, `R${regno} doesn't have constant offset. ${name} has to be at the constant offset`);
  const types = typesOfMap(env, map);
  if (!types.typed) rejectReg(regno, `map '${map.name}' has to have BTF in order to use ${name}`);
  const field = fieldOf(types.record, kind);
  if (field === null) return rejectReg(regno, `map '${map.name}' has no valid ${name}`);
  const off = BigInt.asIntN(64, reg.bounds.varOff.value) + BigInt(reg.off);
  if (off !== BigInt(field.off))
    rejectReg(regno, `off ${off} doesn't point to 'struct ${name}' that is at ${field.off}`);
}
