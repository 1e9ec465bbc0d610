import { createInterpreter } from '../server/src/vm/interpreter.ts';
import { LAYOUT } from '../server/src/vm/machine.ts';
import { type Contender, timed } from './contender.ts';
import { BUDGET, machineOf } from './sampleMachine.ts';
import type { Workload } from './workloads.ts';

export function interpreterContender({ object, program }: Workload): Contender {
  const interpreter = createInterpreter(machineOf(object), program);
  const outcome = interpreter.run(LAYOUT.ctx, BUDGET);
  if (outcome.kind === 'trap') throw new Error(outcome.trap.message);
  return {
    first: Number(BigInt.asUintN(32, outcome.r0)),
    measure: (ms) =>
      timed(ms, (runs) => {
        for (let i = 0; i < runs; i++) interpreter.run(LAYOUT.ctx, BUDGET);
      }),
  };
}
