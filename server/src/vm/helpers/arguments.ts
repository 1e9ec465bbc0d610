import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';

/**
 * Arguments of a traced function, which are its context. Mirrors bpf_get_func_* of kernel/trace/bpf_trace.c, v6.18; the
 * number of arguments is what the event recorded.
 */
export const ARGUMENT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  183: argument,
  184: returned,
  185: (machine) => done(machine, count(machine)),
};

/** Programs at a function's return find what it returned behind the arguments. */
function hasReturn({ runningProgram }: Machine): boolean {
  return runningProgram.attachType === 'trace_fexit' || runningProgram.attachType === 'modify_return';
}

function count(machine: Machine): number {
  return Math.max(0, Math.floor(machine.regions.ctxBytes / 8) - (hasReturn(machine) ? 1 : 0));
}

function argument(machine: Machine): HelperStatus {
  const to = range(machine, 'bpf_get_func_arg', 3, 8, true);
  if (to === 0) return HELPER_STATUS.trap;
  const n = argHigh(machine, 2) === 0 ? argU32(machine, 2) : Infinity;
  if (n >= count(machine)) return done(machine, -ERRNO.EINVAL);
  machine.memory.move(to, LAYOUT.ctx + 8 * n, 8);
  return done(machine, 0);
}

function returned(machine: Machine): HelperStatus {
  const to = range(machine, 'bpf_get_func_ret', 2, 8, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (!hasReturn(machine) || machine.regions.ctxBytes < 8) return done(machine, -ERRNO.EOPNOTSUPP);
  machine.memory.move(to, LAYOUT.ctx + 8 * count(machine), 8);
  return done(machine, 0);
}
