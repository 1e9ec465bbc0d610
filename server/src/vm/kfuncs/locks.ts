import type { Machine } from '../createMachine.ts';
import { done, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** Resilient spin locks: taking one twice fails. Mirrors kernel/bpf/rqspinlock.c, v6.18, where nobody else waits. */
export const LOCK_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_res_spin_lock: (machine) => lock(machine, 'bpf_res_spin_lock'),
  bpf_res_spin_lock_irqsave: (machine) => lock(machine, 'bpf_res_spin_lock_irqsave'),
  bpf_res_spin_unlock: (machine) => unlock(machine, 'bpf_res_spin_unlock'),
  bpf_res_spin_unlock_irqrestore: (machine) => unlock(machine, 'bpf_res_spin_unlock_irqrestore'),
};

const EDEADLK = 35;
const LOCKED = 1;

function lock(machine: Machine, name: string): HelperStatus {
  const at = range(machine, name, 1, 4, true);
  if (at === 0) return HELPER_STATUS.trap;
  if (machine.memory.view.getUint32(at, true) !== 0) return done(machine, -EDEADLK);
  machine.memory.set32(at, LOCKED);
  return done(machine, 0);
}

function unlock(machine: Machine, name: string): HelperStatus {
  const at = range(machine, name, 1, 4, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.set32(at, 0);
  return done(machine, 0);
}
