/** Values that may be returned. Mirrors `retval_range_within` and `verbose_invalid_scalar`, v6.18. */
import type { ReturnRange } from '../kernel/returnValues.ts';
import type { Env } from './env.ts';
import { getReg } from './registers.ts';
import { rejectReg } from './rejection.ts';

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;

/** `where` begins the kernel's sentence: "At program exit"; `narrow` compares the lower 32 bits alone. */
export function checkReturnRange(env: Env, regno: number, range: ReturnRange, where: string, narrow = false): void {
  const { smin, smax, s32Min, s32Max } = getReg(env, regno).bounds;
  if (narrow && range.min <= s32Min && s32Max <= range.max) return;
  if (!narrow && BigInt(range.min) <= smin && smax <= BigInt(range.max)) return;
  const low = smin > S64_MIN ? ` smin=${smin}` : '';
  const high = smax < S64_MAX ? ` smax=${smax}` : '';
  const known = low + high === '' ? ' unknown scalar value' : low + high;
  rejectReg(regno, `${where} the register R${regno} has${known} should have been in [${range.min}, ${range.max}]`);
}
