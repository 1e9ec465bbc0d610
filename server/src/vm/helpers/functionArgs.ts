import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, range, type HelperFunction } from './frame.ts';

/** Arguments of the traced function by their number. Mirrors `bpf_get_func_arg` and its siblings of bpf_trace.c, v6.18. */
export const FUNCTION_ARGUMENT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  183: (machine) => {
    const number = argHigh(machine, 2) === 0 ? argU32(machine, 2) : Infinity;
    if (number >= machine.world.functionArgs) return done(machine, -ERRNO.EINVAL);
    return copyWord(machine, 'bpf_get_func_arg', 3, number);
  },
  184: (machine) => {
    const number = machine.world.functionArgs;
    if (8 * (number + 1) > machine.regions.ctxBytes) return done(machine, -ERRNO.EOPNOTSUPP);
    return copyWord(machine, 'bpf_get_func_ret', 2, number);
  },
  185: (machine) => done(machine, machine.world.functionArgs),
};

function copyWord(machine: Machine, name: string, argument: number, number: number): HelperStatus {
  const to = range(machine, name, argument, 8, true);
  if (to === 0) return HELPER_STATUS.trap;
  const at = LAYOUT.ctx + 8 * number;
  machine.memory.copyIn(to, machine.memory.u8.slice(at, at + 8));
  return done(machine, 0);
}
