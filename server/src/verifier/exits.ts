/** The end of a path: of a subprogram or of the program. Mirrors `process_bpf_exit_full` and `check_return_code`. */
import { returnRange } from '../kernel/returnValues.ts';
import type { ReturnRange } from '../kernel/returnValues.ts';
import { leaveSubprogram } from './calls.ts';
import type { Env } from './env.ts';
import { markPrecise } from './precision.ts';
import { checkNothingHeld } from './references.ts';
import { checkRead, getReg } from './registers.ts';
import { isSecret } from './rights.ts';
import { Rejection, rejectReg } from './rejection.ts';
import { checkReturnRange } from './returnRange.ts';
import { returnsNothing, targetReturn } from './targetReturn.ts';
import { typeText } from './state/register.ts';

/** True when the program ends here; false when a caller goes on. */
export function doExit(env: Env): boolean {
  if (env.state.frames.length > 1) {
    leaveSubprogram(env);
    return false;
  }
  checkNothingHeld(env, 'BPF_EXIT instruction in main prog');
  checkReturnValue(env, 0);
  return true;
}

/** bpf_throw leaves all frames at once. Without a function that handles exceptions its cookie is what is returned. */
export function endByException(env: Env): true {
  if (!env.subprogs.some((subprog) => subprog.isExceptionCallback)) checkReturnValue(env, 1);
  checkNothingHeld(env, 'bpf_throw', true);
  return true;
}

/** What register `regno` holds is the outermost frame's result. */
function checkReturnValue(env: Env, regno: number): void {
  if (returnsNothing(env)) return;
  const reg = checkRead(env, regno);
  if (isSecret(env, reg)) rejectReg(regno, `R${regno} leaks addr as return value`);
  const entry = env.state.frames[0];
  if (entry === undefined) return;
  const { sort, range: callbackRange } = entry.callback;
  if (sort === 'async') {
    if (callbackRange !== null) checkRange(env, regno, callbackRange, 'At async callback return');
    return;
  }
  if (entry.subprog > 0 && sort !== 'exception') {
    if (reg.kind !== 'scalar')
      rejectReg(regno, `At subprogram exit the register R${regno} is not a scalar value (${typeText(reg)})`);
    return;
  }
  checkProgramReturn(env, regno);
}

function checkProgramReturn(env: Env, regno: number): void {
  const { program, target } = env;
  if (target === null) {
    const range = returnRange(program.type, program.attachType);
    if (range !== null) checkRange(env, regno, range, 'At program exit');
    return;
  }
  const { range, narrow, note } = targetReturn(env, target, getReg(env, regno));
  if (range !== null) withNote(note, () => checkRange(env, regno, range, 'At program exit', narrow));
}

/** The kernel adds the note to what it refuses. */
function withNote(note: string | null, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Rejection) || note === null) throw error;
    throw new Rejection([...error.lines, note], error.reg, 'here');
  }
}

function checkRange(env: Env, regno: number, range: ReturnRange, where: string, narrow = false): void {
  const reg = getReg(env, regno);
  if (reg.kind !== 'scalar')
    rejectReg(regno, `${where} the register R${regno} is not a known value (${typeText(reg)})`);
  markPrecise(env, regno);
  checkReturnRange(env, regno, range, where, narrow);
}
