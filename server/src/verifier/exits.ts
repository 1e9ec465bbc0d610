/** The end of a path: of a subprogram or of the program. Mirrors `process_bpf_exit_full` and `check_return_code`. */
import { returnRange } from '../kernel/returnValues.ts';
import { leaveSubprogram } from './calls.ts';
import type { Env } from './env.ts';
import { markPrecise } from './precision.ts';
import { checkNothingHeld } from './references.ts';
import { checkRead, getReg } from './registers.ts';
import { rejectReg } from './rejection.ts';
import { typeText } from './state/register.ts';

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;

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
  if ((env.state.frames[0]?.subprog ?? 0) > 0) {
    if (reg.kind !== 'scalar')
      rejectReg(0, `At subprogram exit the register R0 is not a scalar value (${typeText(reg)})`);
    return;
  }
  const range = returnRange(env.program.type, env.program.attachType);
  if (range === null) return;
  if (reg.kind !== 'scalar') rejectReg(0, `At program exit the register R0 is not a known value (${typeText(reg)})`);
  markPrecise(env, 0);
  const { smin, smax } = getReg(env, 0).bounds;
  if (BigInt(range.min) <= smin && smax <= BigInt(range.max)) return;
  const low = smin > S64_MIN ? ` smin=${smin}` : '';
  const high = smax < S64_MAX ? ` smax=${smax}` : '';
  const known = low + high === '' ? ' unknown scalar value' : low + high;
  rejectReg(0, `At program exit the register R0 has${known} should have been in [${range.min}, ${range.max}]`);
}
