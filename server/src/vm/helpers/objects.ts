import type { Machine } from '../createMachine.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { copyBytes } from '../kfuncs/objects.ts';
import { argHigh, argLow, argU32, done64, donePointer, range, trap, type HelperFunction } from './frame.ts';

/** Helpers that hold objects: pointers in map values, objects per CPU, locks. */
export const OBJECT_HELPERS: Readonly<Record<number, HelperFunction>> = {
  93: lock,
  94: unlock,
  153: (machine) => copyFor(machine, 'bpf_per_cpu_ptr', argU32(machine, 2)),
  154: (machine) => copyFor(machine, 'bpf_this_cpu_ptr', machine.world.cpu),
  194: exchange,
};

const LOCKED = 1;

/** Waiting for a lock that the same program holds would last for ever. */
function lock(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_spin_lock', 1, 4, true);
  if (at === 0) return HELPER_STATUS.trap;
  if (machine.memory.view.getUint32(at, true) !== 0)
    return trap(machine, 'helper', 'bpf_spin_lock: the lock is held already, so the kernel would wait for ever here');
  machine.memory.set32(at, LOCKED);
  return done64(machine, 0, 0);
}

function unlock(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_spin_unlock', 1, 4, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.set32(at, 0);
  return done64(machine, 0, 0);
}

/** Stores a pointer and hands out the one that was there. */
function exchange(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_kptr_xchg', 1, 8, true);
  if (at === 0) return HELPER_STATUS.trap;
  const { view } = machine.memory;
  const [low, high] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  machine.memory.set64(at, argLow(machine, 2), argHigh(machine, 2));
  return high === 0 ? donePointer(machine, 'bpf_kptr_xchg', low) : done64(machine, low, high);
}

/** One CPU's copy of an object. Variables of the kernel exist per CPU as well, but no replay has them. */
function copyFor(machine: Machine, name: string, cpu: number): HelperStatus {
  const start = argHigh(machine, 1) === 0 ? argU32(machine, 1) : 0;
  const object = machine.heap?.objectAt(start);
  if (object?.start !== start)
    return trap(machine, 'unsupported', `${name}: argument 1 is not an object of the program that exists per CPU`);
  const stride = copyBytes(object.bytes / machine.cpus);
  return donePointer(machine, name, cpu < machine.cpus ? start + cpu * stride : 0);
}
