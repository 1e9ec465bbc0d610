import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argLow, argU32, done, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/** Hardware counters and branch records: what a mock or the recording does not tell, nobody knows. */
export const COUNTER_HELPERS: Readonly<Record<number, HelperFunction>> = {
  22: (machine) => unknown(machine, 'bpf_perf_event_read', 'no perf events are recorded', -ERRNO.ENOENT),
  55: (machine) => cleared(machine, 'bpf_perf_event_read_value', -ERRNO.ENOENT, 3, 4),
  56: (machine) => cleared(machine, 'bpf_perf_prog_read_value', -ERRNO.EINVAL, 2, 3),
  119: branchRecords,
  176: branchSnapshot,
  175: (machine) => unknown(machine, 'bpf_task_pt_regs', 'the registers of the task are not recorded', 0),
};

/** struct bpf_perf_event_value: its size is the only one that is taken. */
const VALUE_BYTES = 24;

function cleared(machine: Machine, name: string, answer: number, to: number, size: number): HelperStatus {
  const bytes = argU32(machine, size);
  const at = range(machine, name, to, bytes, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.fill(at, bytes);
  if (bytes !== VALUE_BYTES) return done(machine, -ERRNO.EINVAL);
  return unknown(machine, name, 'the counter is not recorded', answer);
}

/** BPF_F_GET_BRANCH_RECORDS_SIZE is the only flag. */
function branchRecords(machine: Machine): HelperStatus {
  const name = 'bpf_read_branch_records';
  const size = argU32(machine, 3);
  const hasBuffer = argLow(machine, 2) !== 0 || argHigh(machine, 2) !== 0;
  if (hasBuffer && range(machine, name, 2, size, true) === 0) return HELPER_STATUS.trap;
  if (argU32(machine, 4) > 1 || argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  return unknown(machine, name, 'no branch records are recorded', -ERRNO.ENOENT);
}

function branchSnapshot(machine: Machine): HelperStatus {
  const name = 'bpf_get_branch_snapshot';
  const size = argU32(machine, 2);
  if (range(machine, name, 1, size, true) === 0) return HELPER_STATUS.trap;
  return unknown(machine, name, 'no branch records are recorded', -ERRNO.ENOENT);
}
