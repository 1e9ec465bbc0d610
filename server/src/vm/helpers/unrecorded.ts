import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argU32, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/**
 * Helpers whose answer lies in something no recording holds. They say what the kernel says when it has nothing, and
 * leave a note; those of them that write a buffer clear it, as the kernel does.
 */
export const UNRECORDED_HELPERS: Readonly<Record<number, HelperFunction>> = {
  66: (machine) => cleared(machine, 'bpf_skb_get_xfrm_state', 'IPsec is not simulated', -ERRNO.EINVAL, 3, 4),
  120: (machine) => cleared(machine, 'bpf_get_ns_current_pid_tgid', 'namespaces are not recorded', -ERRNO.EINVAL, 3, 4),
  122: (machine) => unknown(machine, 'bpf_get_netns_cookie', 'network namespaces are not recorded', 1),
  180: (machine) => unknown(machine, 'bpf_find_vma', 'the memory areas of the task are not recorded', -ERRNO.ENOENT),
};

/** `unknown` for a helper with a buffer: its address in argument `to`, its size in argument `size`. */
function cleared(machine: Machine, name: string, why: string, answer: number, to: number, size: number): HelperStatus {
  const bytes = argU32(machine, size);
  const at = range(machine, name, to, bytes, true);
  if (at === 0) return HELPER_STATUS.trap;
  machine.memory.fill(at, bytes);
  return unknown(machine, name, why, answer);
}
