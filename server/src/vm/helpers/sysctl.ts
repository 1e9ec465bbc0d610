import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argHigh, argLow, argU32, done, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';
import { unknown } from './surroundings.ts';

/** The setting that an event reads or writes. Mirrors bpf_sysctl_* of kernel/bpf/cgroup.c, v6.18. */
export const SYSCTL_HELPERS: Readonly<Record<number, HelperFunction>> = {
  101: getName,
  102: (machine) => getValue(machine, 'bpf_sysctl_get_current_value', machine.world.sysctl?.value ?? null),
  103: (machine) => getValue(machine, 'bpf_sysctl_get_new_value', isWrite(machine) ? newValue(machine) : ''),
  104: setNewValue,
  186: getReturnValue,
  187: setReturnValue,
};

/** BPF_F_SYSCTL_BASE_NAME: the name without its folders. */
const BASE_NAME = 1;
const PAGE = 4096;

/** The first field of struct bpf_sysctl. */
function isWrite({ memory }: Machine): boolean {
  return memory.u32[LAYOUT.ctx >> 2] !== 0;
}

function newValue({ world }: Machine): string | null {
  if (world.newSysctl !== null) return new TextDecoder('latin1').decode(world.newSysctl);
  return world.sysctl?.newValue ?? null;
}

/** Answers the length; a name that does not fit is cut and an error. */
function getName(machine: Machine): HelperStatus {
  const name = 'bpf_sysctl_get_name';
  const size = argU32(machine, 3);
  const to = range(machine, name, 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  const whole = machine.world.sysctl?.name;
  if (whole === undefined) return unknown(machine, name, 'the setting is not recorded', -ERRNO.EINVAL);
  const flagged = (argU32(machine, 4) & BASE_NAME) !== 0;
  const text = new TextEncoder().encode(flagged ? (whole.split('/').at(-1) ?? '') : whole);
  machine.memory.fill(to, Math.min(size, text.length + 1));
  machine.memory.copyIn(to, text.subarray(0, size - 1));
  return done(machine, text.length < size ? text.length : -ERRNO.E2BIG);
}

/** Copies what fits and ends it with a zero byte; "" stands for no value at all. */
function getValue(machine: Machine, name: string, value: string | null): HelperStatus {
  const size = argU32(machine, 3);
  const to = range(machine, name, 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  machine.memory.fill(to, size);
  if (value === null) return unknown(machine, name, 'the value is not recorded', -ERRNO.EINVAL);
  const text = new TextEncoder().encode(value);
  if (text.length === 0) return done(machine, -ERRNO.EINVAL);
  const fits = text.length < size;
  machine.memory.copyIn(to, fits ? text : text.subarray(0, size - 1));
  return done(machine, fits ? text.length : -ERRNO.E2BIG);
}

function setNewValue(machine: Machine): HelperStatus {
  const name = 'bpf_sysctl_set_new_value';
  const size = argU32(machine, 3);
  const from = range(machine, name, 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  if (!isWrite(machine) || size === 0) return done(machine, -ERRNO.EINVAL);
  if (size > PAGE - 1 || argHigh(machine, 3) !== 0) return done(machine, -ERRNO.E2BIG);
  machine.world.newSysctl = machine.memory.u8.slice(from, from + size);
  effect(machine, `${name}: ${JSON.stringify(newValue(machine))} is written instead`);
  return done(machine, 0);
}

/** Of struct bpf_sockopt, whose field and the helpers' value are one. */
const SOCKOPT_RETVAL = 36;

function getReturnValue(machine: Machine): HelperStatus {
  const { memory, programType, world } = machine;
  const field = programType === 'cgroup_sockopt';
  return done(machine, field ? memory.view.getInt32(LAYOUT.ctx + SOCKOPT_RETVAL, true) : world.returnValue);
}

function setReturnValue(machine: Machine): HelperStatus {
  if (machine.programType === 'cgroup_sockopt') machine.memory.set32(LAYOUT.ctx + SOCKOPT_RETVAL, argLow(machine, 1));
  machine.world.returnValue = argLow(machine, 1);
  effect(machine, `bpf_set_retval: the system call returns ${argLow(machine, 1)}`);
  return done(machine, 0);
}
