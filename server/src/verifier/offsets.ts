/** A pointer's variable offset as signed numbers. */
import type { RegisterState } from './state/register.ts';
import { isConstant } from './state/register.ts';

export function boundsSigned(reg: RegisterState, end: 'min' | 'max'): bigint {
  if (isConstant(reg)) return BigInt.asIntN(64, reg.bounds.varOff.value);
  return end === 'min' ? reg.bounds.smin : reg.bounds.smax;
}
