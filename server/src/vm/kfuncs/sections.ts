import type { Machine } from '../createMachine.ts';
import { argHigh, argLow, done, done64, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** Sections and casts that change nothing where one CPU runs one program at a time. */
export const SECTION_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_rcu_read_lock: nothing,
  bpf_rcu_read_unlock: nothing,
  bpf_preempt_disable: nothing,
  bpf_preempt_enable: nothing,
  bpf_local_irq_save: (machine) => flags(machine, 'bpf_local_irq_save', true),
  bpf_local_irq_restore: (machine) => flags(machine, 'bpf_local_irq_restore', false),
  bpf_cast_to_kern_ctx: sameAddress,
  bpf_rdonly_cast: sameAddress,
};

function nothing(machine: Machine): HelperStatus {
  return done(machine, 0);
}

function sameAddress(machine: Machine): HelperStatus {
  return done64(machine, argLow(machine, 1), argHigh(machine, 1));
}

/** The saved flags are a word of the program's stack; interrupts are on, which is bit 9 of the flags on x86. */
function flags(machine: Machine, name: string, save: boolean): HelperStatus {
  const at = range(machine, name, 1, 8, save);
  if (at === 0) return HELPER_STATUS.trap;
  if (save) machine.memory.set64(at, INTERRUPTS_ON, 0);
  return done(machine, 0);
}

const INTERRUPTS_ON = 1 << 9;
