import { LIMITS } from '../kernel/limits.ts';
import type { Machine } from '../vm/createMachine.ts';
import { deferredAt, type Deferred } from '../vm/deferred.ts';
import { LAYOUT } from '../vm/machine.ts';
import { sinceBoot } from '../vm/world.ts';
import { leaf, type Variable } from './variables.ts';

/** Whether a run has anything to tell beyond its registers and memory. */
export function hasRunVariables(machine: Machine): boolean {
  return machine.tailCalls > 0 || waiting(machine).length > 0;
}

/** How many tail calls led here, and which functions of timers and work queues wait for their time. */
export function runVariables(machine: Machine): Variable[] {
  const calls = leaf('tail calls', `${machine.tailCalls} of at most ${LIMITS.tailCalls}`);
  return [calls, ...waiting(machine).map((one) => deferredVariable(machine, one))];
}

type Waiting = Deferred & { readonly dueNs: bigint };

function waiting(machine: Machine): Waiting[] {
  return machine.deferred.flatMap((one) =>
    one.dueNs === null || deferredAt(machine, one.field) !== one ? [] : [{ ...one, dueNs: one.dueNs }],
  );
}

function deferredVariable(machine: Machine, { kind, program, target, dueNs }: Waiting): Variable {
  const start = (target - LAYOUT.code) / 8;
  const name = machine.programs[program]?.subprogs.find((subprog) => subprog.start === start)?.name ?? 'a function';
  const left = dueNs - sinceBoot(machine.world);
  return leaf(name, left > 0n ? `due in ${left} ns` : 'due before the next event', kind === 'timer' ? 'timer' : 'work');
}
