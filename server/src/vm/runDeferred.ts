import type { Program } from '../program/program.ts';
import type { Machine } from './createMachine.ts';
import { changeDeferred, nextDue, type Deferred } from './deferred.ts';
import { createInterpreter, type Interpreter } from './interpreter.ts';
import { LAYOUT, type Trap } from './machine.ts';
import { sinceBoot } from './world.ts';

/** Functions that run between two events at most; timers that start themselves again could go on for ever. */
const MOST_RUNS = 10_000;

/** Instructions of one of them. */
const BUDGET = 1_000_000;

const LABELS: Readonly<Record<Deferred['kind'], string>> = {
  timer: 'timer',
  workqueue: 'work queue',
  taskWork: 'task work',
};

/**
 * Lets timers expire and work queues work up to `timeNs`, the next event's time, in the order in which they are due.
 * They see the time at which they are due, no packet and no context. What they put out is added to the machine's output.
 */
export function runDeferred(machine: Machine, timeNs: bigint): void {
  machine.callbackRuns = [];
  if (machine.deferred.length === 0) return;
  const { world } = machine;
  const now = world.timeNs;
  const offset = now - sinceBoot(world);
  const interpreters = new Map<number, Interpreter>();
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    const due = nextDue(machine, timeNs - offset);
    if (due === null) return;
    // What was due before, but started late, does not turn the clock back.
    const at = due.dueNs + offset;
    if (at > world.timeNs) world.timeNs = at;
    runOne(machine, due, interpreters);
  }
  machine.notes.add(
    `more than ${MOST_RUNS} functions of timers and work queues were due between two events; the rest runs later`,
  );
}

function runOne(
  machine: Machine,
  due: Deferred & { readonly dueNs: bigint },
  interpreters: Map<number, Interpreter>,
): void {
  const known = machine.deferred.find(({ id }) => id === due.id);
  if (known === undefined) return;
  changeDeferred(machine, known, { dueNs: null });
  const program = machine.programs[due.program];
  const place = machine.maps[due.map]?.entryAt(due.field) ?? null;
  if (program === undefined || place === null) return;
  machine.packet.clear();
  machine.regions.ctxBytes = 0;
  machine.runningDeferred = due.id;
  const interpreter = interpreters.get(due.program) ?? createInterpreter(machine, program);
  interpreters.set(due.program, interpreter);
  const args = [LAYOUT.mapHandle + due.map * LAYOUT.mapHandleStride, place.key, place.value];
  const outcome = interpreter.call((due.target - LAYOUT.code) / 8, args, BUDGET);
  machine.runningDeferred = 0;
  remember(machine, due, program, outcome.kind === 'trap' ? outcome.trap : null);
}

function remember(
  machine: Machine,
  due: Deferred & { readonly dueNs: bigint },
  program: Program,
  trap: Trap | null,
): void {
  const pc = (due.target - LAYOUT.code) / 8;
  const name = program.subprogs.find(({ start }) => start === pc)?.name ?? `the function at instruction ${pc}`;
  machine.callbackRuns = [...machine.callbackRuns, { kind: due.kind, name, dueNs: due.dueNs, trap }];
  if (trap !== null)
    machine.notes.add(`${LABELS[due.kind]}: ${name} failed at instruction ${trap.pc}: ${trap.message}`);
}
