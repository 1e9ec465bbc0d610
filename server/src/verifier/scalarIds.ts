/** Ids that say two scalars are one value. */
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { getReg, setReg } from './registers.ts';
import { change, isConstant, linkMarks, withId } from './state/register.ts';

/** Before a scalar is copied it gets an id, which the copy shares. Mirrors `assign_scalar_id_before_mov`, v6.18. */
export function assignScalarId(env: Env, regno: number): void {
  let reg = getReg(env, regno);
  if (reg.kind !== 'scalar') return;
  if (linkMarks(reg.id) !== 0) reg = change(reg, { id: 0, off: 0 });
  if (reg.id === 0 && !isConstant(reg)) reg = withId(reg, nextId(env));
  setReg(env, regno, reg);
}
