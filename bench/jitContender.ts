import { createJit } from '../server/src/jit/createJit.ts';
import { LAYOUT } from '../server/src/vm/machine.ts';
import { type Contender, timed } from './contender.ts';
import { BUDGET, machineOf } from './sampleMachine.ts';
import type { LoadedProgram } from './workloads.ts';

/** Runs between two returns to JavaScript: the loop is replaced by its optimised form only when it is entered anew. */
const RUNS_PER_CALL = 4096;

/** The compiled program in a loop of compiled code, so that no boundary is measured. */
export function jitContender({ object, program }: LoadedProgram, mode: 'verified' | 'safe' | 'exact'): Contender {
  const machine = machineOf(object);
  const engine =
    mode === 'safe'
      ? createJit(machine, program, { mode })
      : createJit(machine, program, { mode: 'verified', exact: mode === 'exact' });
  if (!engine.execute(LAYOUT.ctx, BUDGET)) throw new Error(engine.trap?.message);
  const first = engine.r0Low >>> 0;
  return {
    first,
    measure: (ms) =>
      timed(ms, (runs) => {
        for (let left = runs; left > 0; left -= RUNS_PER_CALL)
          engine.repeat(LAYOUT.ctx, BUDGET, Math.min(left, RUNS_PER_CALL));
      }),
  };
}
