import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { argLow, done, done64, donePointer, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** BPF_MAX_LOOPS of include/linux/bpf.h. */
const MAX_LOOPS = 8 * 1024 * 1024;

/** Loops over numbers. Mirrors struct bpf_iter_num_kern of kernel/bpf/bpf_iter.c, v6.18: where it is and where it ends. */
export const ITERATOR_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_num_new: numNew,
  bpf_iter_num_next: numNext,
  bpf_iter_num_destroy: (machine) => numEnd(machine, 'bpf_iter_num_destroy', 0),
};

function numNew(machine: Machine): HelperStatus {
  const start = argLow(machine, 2);
  const end = argLow(machine, 3);
  if (start > end) return numEnd(machine, 'bpf_iter_num_new', -ERRNO.EINVAL);
  if (end - start > MAX_LOOPS) return numEnd(machine, 'bpf_iter_num_new', -ERRNO.E2BIG);
  const at = range(machine, 'bpf_iter_num_new', 1, 8, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.set64(at, (start - 1) | 0, end);
  return done(machine, 0);
}

/** The number that the program reads is the iterator's own position. */
function numNext(machine: Machine): HelperStatus {
  const at = range(machine, 'bpf_iter_num_next', 1, 8, true);
  if (at === 0) return HELPER_STATUS.trap;
  const { memory } = machine;
  const next = (memory.view.getInt32(at, true) + 1) | 0;
  if (next < memory.view.getInt32(at + 4, true)) {
    memory.set32(at, next);
    return done64(machine, at, 0);
  }
  memory.set64(at, 0, 0);
  return donePointer(machine, 'bpf_iter_num_next', 0);
}

function numEnd(machine: Machine, name: string, answer: number): HelperStatus {
  const at = range(machine, name, 1, 8, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.set64(at, 0, 0);
  return done(machine, answer);
}
