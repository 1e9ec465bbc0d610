import type { Machine } from '../createMachine.ts';
import { addDeferred, changeDeferred, deferredAt, type Deferred } from '../deferred.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { sinceBoot } from '../world.ts';
import { argHigh, argU32, argU64, done, mapArg, range, type HelperFunction } from './frame.ts';

/** Mirrors bpf_timer_* of kernel/bpf/helpers.c, v6.18. The run lets them expire between two events. */
export const TIMER_HELPERS: Readonly<Record<number, HelperFunction>> = {
  169: init,
  170: (machine) => setCallback(machine, 'bpf_timer_set_callback', 2),
  171: start,
  172: cancel,
};

const TIMER_BYTES = 16;

/** CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME of include/uapi/linux/time.h. */
const CLOCKS: ReadonlySet<number> = new Set([0, 1, 7]);

/** BPF_F_TIMER_ABS, and BPF_F_TIMER_CPU_PIN, which changes nothing here. */
const ABSOLUTE = 1;
const START_FLAGS = 3;

const EDEADLK = 35;

function init(machine: Machine): HelperStatus {
  const name = 'bpf_timer_init';
  const map = mapArg(machine, name, 2);
  const at = map === null ? 0 : range(machine, name, 1, TIMER_BYTES, true);
  if (map === null || at === 0) return HELPER_STATUS.trap;
  if (argHigh(machine, 3) !== 0 || !CLOCKS.has(argU32(machine, 3))) return done(machine, -ERRNO.EINVAL);
  return initDeferred(machine, 'timer', at, map.index);
}

/** A field can be initialised once, until its value is freed. */
export function initDeferred(machine: Machine, kind: Deferred['kind'], at: number, map: number): HelperStatus {
  if (deferredAt(machine, at) !== null) return done(machine, -ERRNO.EBUSY);
  addDeferred(machine, kind, at, map);
  return done(machine, 0);
}

/** Argument `n` is the function. */
export function setCallback(machine: Machine, name: string, n: number): HelperStatus {
  const at = range(machine, name, 1, TIMER_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const known = deferredAt(machine, at);
  if (known === null) return done(machine, -ERRNO.EINVAL);
  const target = argHigh(machine, n) === 0 ? argU32(machine, n) : 0;
  changeDeferred(machine, known, { target, program: machine.programs.indexOf(machine.runningProgram) });
  return done(machine, 0);
}

function start(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_timer_start', 1, TIMER_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 3);
  const known = deferredAt(machine, at);
  const unknownFlags = argHigh(machine, 3) !== 0 || (flags & ~START_FLAGS) !== 0;
  if (unknownFlags || known === null || known.target === 0) return done(machine, -ERRNO.EINVAL);
  const from = (flags & ABSOLUTE) === 0 ? sinceBoot(machine.world) : 0n;
  changeDeferred(machine, known, { dueNs: from + argU64(machine, 2) });
  return done(machine, 0);
}

/** 1 when it was waiting. A timer cannot wait for its own function to end. */
function cancel(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_timer_cancel', 1, TIMER_BYTES, true);
  if (at === 0) return HELPER_STATUS.trap;
  const known = deferredAt(machine, at);
  if (known === null) return done(machine, -ERRNO.EINVAL);
  if (known.id === machine.runningDeferred) return done(machine, -EDEADLK);
  changeDeferred(machine, known, { dueNs: null, target: 0 });
  return done(machine, known.dueNs === null ? 0 : 1);
}
