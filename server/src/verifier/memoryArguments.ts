/** Memory that a function of the kernel or of the program may read and write. Mirrors `check_mem_reg`, v6.18. */
import { checkHelperMemory, checkMemorySize } from './checkHelperMemory.ts';
import type { HelperMemory } from './checkHelperMemory.ts';
import type { Env } from './env.ts';
import { getReg, setReg } from './registers.ts';
import { isZeroScalar, mayBeNull } from './state/register.ts';
import { markNotNull } from './transferHelper.ts';

export function checkMemoryOfSize(env: Env, regno: number, size: number): void {
  if (isZeroScalar(getReg(env, regno))) return;
  asIfNotNull(env, regno, () => {
    checkHelperMemory(env, { regno, size, write: false, zeroAllowed: true }, null);
    checkHelperMemory(env, { regno, size, write: true, zeroAllowed: true }, null);
  });
}

/** `regno` holds the size, the register before it the memory. Mirrors `check_kfunc_mem_size_reg`. */
export function checkMemoryOfGivenSize(env: Env, regno: number): void {
  asIfNotNull(env, regno - 1, () => {
    checkMemorySize(env, regno, { write: false, zeroAllowed: true, facts: NOTHING_ASKED });
    checkMemorySize(env, regno, { write: true, zeroAllowed: true, facts: NOTHING_ASKED });
  });
}

const NOTHING_ASKED: HelperMemory = { packetAccess: false, raw: false, rawSize: 0, rawReg: 0, maxSize: 0n };

/** A null pointer is the callee's trouble: here only the memory behind any other one counts. */
function asIfNotNull(env: Env, regno: number, check: () => void): void {
  const reg = getReg(env, regno);
  if (mayBeNull(reg)) setReg(env, regno, markNotNull(reg));
  check();
  if (mayBeNull(reg)) setReg(env, regno, reg);
}
