import type { Core, Status } from './core.ts';
import { execute } from './execute.ts';
import { LOOK_BACK } from './loopWatch.ts';
import { CODE } from './lower.ts';

/** `execute`, but the last instructions of the budget are watched one by one. */
export function executeWatched(core: Core, limit: number): Status {
  const quiet = core.budget - LOOK_BACK;
  if (core.insns < quiet) {
    const status = execute(core, Math.min(limit, quiet));
    if (status !== 'running' || core.insns >= limit) return status;
    if (pausesAt(core)) return 'paused';
  }
  for (;;) {
    core.loops.look(core.current, core.callers.length, core.pc);
    const status = execute(core, core.insns + 1);
    if (status !== 'running' || core.insns >= limit) return status;
    if (pausesAt(core) && core.insns < core.budget) return 'paused';
  }
}

function pausesAt(core: Core): boolean {
  return core.loaded.lowered.code[core.pc] === CODE.pause;
}
