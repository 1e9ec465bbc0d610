/** The end of a path: of a subprogram or of the program. Mirrors `process_bpf_exit_full` and `check_return_code`. */
import { returnRange } from '../kernel/returnValues.ts';
import type { ReturnRange } from '../kernel/returnValues.ts';
import { leaveSubprogram } from './calls.ts';
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { markPrecise } from './precision.ts';
import { checkNothingHeld } from './references.ts';
import { checkRead } from './registers.ts';
import { isSecret } from './rights.ts';
import { rejectReg } from './rejection.ts';
import { checkReturnRange } from './returnRange.ts';
import { typeText } from './state/register.ts';
import type { RegisterState } from './state/register.ts';

/** True when the program ends here; false when a caller goes on. */
export function doExit(env: Env): boolean {
  if (env.state.frames.length > 1) {
    leaveSubprogram(env);
    return false;
  }
  checkNothingHeld(env, 'BPF_EXIT instruction in main prog');
  checkReturnValue(env);
  return true;
}

function checkReturnValue(env: Env): void {
  const reg = checkRead(env, 0);
  if (isSecret(env, reg)) rejectReg(0, 'R0 leaks addr as return value');
  const { callback } = frameOf(env);
  if (callback.sort === 'async') {
    if (callback.range !== null) checkRange(env, reg, callback.range, 'At async callback return');
    return;
  }
  const entry = env.state.frames[0];
  if ((entry?.subprog ?? 0) > 0 && entry?.callback.sort !== 'exception') {
    if (reg.kind !== 'scalar')
      rejectReg(0, `At subprogram exit the register R0 is not a scalar value (${typeText(reg)})`);
    return;
  }
  const range = returnRange(env.program.type, env.program.attachType);
  if (range === null) return;
  checkRange(env, reg, range, 'At program exit');
}

function checkRange(env: Env, reg: RegisterState, range: ReturnRange, where: string): void {
  if (reg.kind !== 'scalar') rejectReg(0, `${where} the register R0 is not a known value (${typeText(reg)})`);
  markPrecise(env, 0);
  checkReturnRange(env, range, where);
}
