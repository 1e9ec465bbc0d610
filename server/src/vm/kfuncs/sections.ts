import type { Machine } from '../createMachine.ts';
import { argHigh, argLow, done, done64, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';

/** Sections and casts that change nothing where one CPU runs one program at a time. */
export const SECTION_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_rcu_read_lock: nothing,
  bpf_rcu_read_unlock: nothing,
  bpf_preempt_disable: nothing,
  bpf_preempt_enable: nothing,
  bpf_local_irq_save: (machine) => flags(machine, 'bpf_local_irq_save', true),
  bpf_local_irq_restore: (machine) => flags(machine, 'bpf_local_irq_restore', false),
  bpf_cast_to_kern_ctx: cast,
  bpf_rdonly_cast: cast,
};

function nothing(machine: Machine): HelperStatus {
  return done(machine, 0);
}

/**
 * Contexts and sockets are shown to programs as structures of their own, behind which a replay has none of the kernel's:
 * their address becomes one of the kernel's memory, of which nothing is recorded.
 */
function cast(machine: Machine): HelperStatus {
  const low = argLow(machine, 1);
  const hidden = argHigh(machine, 1) === 0 && low >= LAYOUT.ctx && low < LAYOUT.mapHandle;
  return done64(machine, low, hidden ? BEHIND : argHigh(machine, 1));
}

/** Upper half of addresses in the kernel's part of the address space that no kernel uses. */
const BEHIND = 0xffff_8000 | 0;

/** The saved flags are a word of the program's stack; interrupts are on, which is bit 9 of the flags on x86. */
function flags(machine: Machine, name: string, save: boolean): HelperStatus {
  const at = range(machine, name, 1, 8, save);
  if (at === 0) return HELPER_STATUS.trap;
  if (save) machine.memory.set64(at, INTERRUPTS_ON, 0);
  return done(machine, 0);
}

const INTERRUPTS_ON = 1 << 9;
