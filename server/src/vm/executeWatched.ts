import type { Core, Status } from './core.ts';
import { execute } from './execute.ts';
import { LOOK_BACK } from './loopWatch.ts';
import { CODE } from './lower.ts';
import { STOPPED } from './stopSignal.ts';

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

/** Ends the run, after some more instructions that tell which loop it is in. */
export function endStopped(core: Core): void {
  core.loops.reset();
  for (let i = 0; i < LOOK_BACK && core.done === null; i++) {
    core.loops.look(core.current, core.callers.length, core.pc);
    execute(core, core.insns + 1);
  }
  if (core.done !== null) return;
  const loop = core.loops.describe(core.loaded.lowered.program);
  core.end('stopped', loop === null ? STOPPED.message : `${STOPPED.message}, ${loop}`);
}

function pausesAt(core: Core): boolean {
  return core.loaded.lowered.code[core.pc] === CODE.pause;
}
