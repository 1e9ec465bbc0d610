import { toHex } from '../../base/bytes.ts';
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argLow, argU32, argU64, done, doneHalves, note, range, type HelperFunction } from './frame.ts';
import { effect } from './output.ts';
import { unknown } from './surroundings.ts';

/** What a probe does to the current task and the function it stands at; it is put out with the event. */
export const TASK_HELPERS: Readonly<Record<number, HelperFunction>> = {
  36: writeUser,
  58: overrideReturn,
  109: (machine) => signal(machine, 'bpf_send_signal', 'process'),
  117: (machine) => signal(machine, 'bpf_send_signal_thread', 'thread'),
  159: programOptions,
  173: functionAddress,
  174: attachCookie,
  191: copyFromTask,
};

/** The last real-time signal. */
const MOST_SIGNAL = 64;

/** Memory that is recorded can be written, and is read with its new contents from then on. */
function writeUser(machine: Machine): HelperStatus {
  const name = 'bpf_probe_write_user';
  const size = argU32(machine, 3);
  const from = range(machine, name, 2, size, false);
  if (from === 0) return HELPER_STATUS.trap;
  const address = argU64(machine, 1);
  const { memory } = machine;
  const bytes = memory.u8.slice(from, from + size);
  if (machine.writeForeign?.(address, bytes, true) !== true)
    return unknown(machine, name, `no memory is recorded at 0x${address.toString(16)}`, -ERRNO.EFAULT);
  effect(machine, `${name}: ${toHex(bytes)} to 0x${address.toString(16)}`);
  return done(machine, 0);
}

function overrideReturn(machine: Machine): HelperStatus {
  const value = BigInt.asIntN(64, argU64(machine, 2));
  effect(machine, `bpf_override_return: the function returns ${value} without running`);
  return done(machine, 0);
}

/** Neither the idle task and kernel threads nor the first process take signals. */
function signal(machine: Machine, name: string, what: 'process' | 'thread'): HelperStatus {
  const number = argU32(machine, 1);
  const { tgid, tid } = machine.world;
  if (tgid <= 1) return done(machine, -ERRNO.EPERM);
  if (number > MOST_SIGNAL) return done(machine, -ERRNO.EINVAL);
  effect(machine, `${name}: signal ${number} to ${what} ${what === 'process' ? tgid : tid}`);
  return done(machine, 0);
}

/** BPF_F_BPRM_SECUREEXEC is the only option. */
function programOptions(machine: Machine): HelperStatus {
  const flags = argU32(machine, 2);
  if (argHigh(machine, 2) !== 0 || flags > 1) return done(machine, -ERRNO.EINVAL);
  effect(machine, `bpf_bprm_opts_set: the program is executed ${flags === 1 ? 'securely' : 'as usual'}`);
  return done(machine, 0);
}

function functionAddress(machine: Machine): HelperStatus {
  const { functionAddress: address } = machine.world;
  if (address === null) return unknown(machine, 'bpf_get_func_ip', 'the address of the function is not recorded', 0);
  return doneHalves(machine, machine.halves.task.of(address));
}

function attachCookie(machine: Machine): HelperStatus {
  const { cookie } = machine.world;
  if (cookie === null) note(machine, 'bpf_get_attach_cookie: no cookie is recorded; it answered 0');
  return doneHalves(machine, machine.halves.cookie.of(cookie ?? 0n));
}

/** Only the current task's memory is recorded. */
function copyFromTask(machine: Machine): HelperStatus {
  const name = 'bpf_copy_from_user_task';
  const size = argU32(machine, 2);
  const to = range(machine, name, 1, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (argLow(machine, 5) !== 0 || argHigh(machine, 5) !== 0) return done(machine, -ERRNO.EINVAL);
  if (size === 0) return done(machine, 0);
  const isCurrent = argU64(machine, 4) === machine.world.task && machine.world.task !== 0n;
  const bytes = isCurrent ? (machine.foreignMemory?.(argU64(machine, 3), size, true) ?? null) : null;
  machine.memory.fill(to, size);
  if (bytes === null) return unknown(machine, name, 'that memory of the task is not recorded', -ERRNO.EFAULT);
  machine.memory.copyIn(to, bytes);
  return done(machine, 0);
}
