import type { Machine } from '../createMachine.ts';
import { addDeferred, changeDeferred, deferredAt } from '../deferred.ts';
import { ERRNO } from '../errno.ts';
import { argHigh, argU32, done, mapArg, range, type HelperFunction } from '../helpers/frame.ts';
import { initDeferred, setCallback } from '../helpers/timers.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { sinceBoot } from '../world.ts';

/** Mirrors bpf_wq_* and bpf_task_work_* of kernel/bpf/helpers.c, v6.18. What they start runs before the next event. */
export const WORK_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_wq_init: init,
  bpf_wq_set_callback_impl: (machine) =>
    isFlagged(machine, 3) ? done(machine, -ERRNO.EINVAL) : setCallback(machine, 'bpf_wq_set_callback', 2),
  bpf_wq_start: start,
  bpf_task_work_schedule_signal_impl: (machine) => schedule(machine, 'bpf_task_work_schedule_signal'),
  bpf_task_work_schedule_resume_impl: (machine) => schedule(machine, 'bpf_task_work_schedule_resume'),
};

const WORK_BYTES = 16;
const TASK_WORK_BYTES = 8;

function isFlagged(machine: Machine, n: number): boolean {
  return argU32(machine, n) !== 0 || argHigh(machine, n) !== 0;
}

function init(machine: Machine): HelperStatus {
  const name = 'bpf_wq_init';
  const map = mapArg(machine, name, 2);
  const at = map === null ? 0 : range(machine, name, 1, WORK_BYTES, true);
  if (map === null || at === 0) return HELPER_STATUS.trap;
  return isFlagged(machine, 3) ? done(machine, -ERRNO.EINVAL) : initDeferred(machine, 'workqueue', at, map.index);
}

function start(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_wq_start', 1, WORK_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const known = deferredAt(machine, at);
  if (known === null || isFlagged(machine, 2)) return done(machine, -ERRNO.EINVAL);
  if (known.target !== 0) changeDeferred(machine, known, { dueNs: sinceBoot(machine.world) });
  return done(machine, 0);
}

/** A piece of work can wait once; after it has run it may be asked for again. */
function schedule(machine: Machine, name: string): HelperStatus {
  const map = mapArg(machine, name, 3);
  const at = map === null ? 0 : range(machine, name, 2, TASK_WORK_BYTES, true);
  if (map === null || at === 0) return HELPER_STATUS.trap;
  const known = deferredAt(machine, at) ?? addDeferred(machine, 'taskWork', at, map.index);
  if (known.dueNs !== null) return done(machine, -ERRNO.EBUSY);
  const target = argHigh(machine, 4) === 0 ? argU32(machine, 4) : 0;
  const program = machine.programs.indexOf(machine.runningProgram);
  changeDeferred(machine, known, { target, program, dueNs: sinceBoot(machine.world) });
  return done(machine, 0);
}
