import type { Machine } from '../createMachine.ts';
import { bytesOf, covers, dynptrArg } from '../dynptr.ts';
import { ERRNO } from '../errno.ts';
import { argHigh, argU32, argU64, done, mapArg, range, type HelperFunction } from '../helpers/frame.ts';
import { foreignBytes, kernelError, missing, readString } from '../helpers/probeRead.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';

/** Copies from addresses that nobody has checked. Mirrors `__bpf_dynptr_copy` of kernel/trace/bpf_trace.c, v6.18. */
export const COPY_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_probe_read_kernel_dynptr: (machine) => copy(machine, 'bpf_probe_read_kernel_dynptr', false),
  bpf_probe_read_user_dynptr: (machine) => copy(machine, 'bpf_probe_read_user_dynptr', true),
  bpf_copy_from_user_dynptr: (machine) => copy(machine, 'bpf_copy_from_user_dynptr', true),
  bpf_probe_read_kernel_str_dynptr: (machine) => copyString(machine, 'bpf_probe_read_kernel_str_dynptr', false),
  bpf_probe_read_user_str_dynptr: (machine) => copyString(machine, 'bpf_probe_read_user_str_dynptr', true),
  bpf_copy_from_user_str_dynptr: (machine) => copyString(machine, 'bpf_copy_from_user_str_dynptr', true),
  bpf_copy_from_user_str: copyFromUserString,
  bpf_map_sum_elem_count: countElements,
};

/** BPF_F_PAD_ZEROS. */
const PAD_ZEROS = 1;

/** Where the bytes go; a number is the answer where they go nowhere, null a fault. */
function placeFor(machine: Machine, name: string): { readonly at: number; readonly size: number } | number | null {
  const to = dynptrArg(machine, name, 1);
  if (to === null) return null;
  const size = argU32(machine, 3);
  if (!covers(to, argU32(machine, 2), size)) return -ERRNO.E2BIG;
  if (to.data === 0 || to.readOnly) return size === 0 ? 0 : -ERRNO.EINVAL;
  const at = bytesOf(machine, name, to, argU32(machine, 2), size, true);
  return at === null ? null : at === 0 ? -ERRNO.EFAULT : { at, size };
}

function copy(machine: Machine, name: string, user: boolean): HelperStatus {
  const place = placeFor(machine, name);
  if (place === null) return HELPER_STATUS.trap;
  if (typeof place === 'number') return done(machine, place);
  const { at, size } = place;
  const address = argU64(machine, 4);
  const bytes = size === 0 ? new Uint8Array() : foreignBytes(machine, address, size, user);
  if (bytes === null) missing(machine, name, address);
  if (bytes === null) return done(machine, user ? -ERRNO.EFAULT : kernelError(address));
  machine.memory.touchGuest(at, size);
  machine.memory.copyIn(at, bytes.subarray(0, size));
  return done(machine, 0);
}

function copyString(machine: Machine, name: string, user: boolean): HelperStatus {
  const place = placeFor(machine, name);
  if (place === null) return HELPER_STATUS.trap;
  if (typeof place === 'number') return done(machine, place);
  machine.memory.touchGuest(place.at, place.size);
  return putString(machine, name, { ...place, address: argU64(machine, 4), user, pad: false });
}

function copyFromUserString(machine: Machine): HelperStatus {
  const name = 'bpf_copy_from_user_str';
  const size = argU32(machine, 2);
  const at = range(machine, name, 1, size, true);
  if (at === 0) return HELPER_STATUS.trap;
  if (argHigh(machine, 4) !== 0 || (argU32(machine, 4) & ~PAD_ZEROS) !== 0) return done(machine, -ERRNO.EINVAL);
  const pad = (argU32(machine, 4) & PAD_ZEROS) !== 0;
  return putString(machine, name, { at, size, address: argU64(machine, 3), user: true, pad });
}

interface StringCopy {
  readonly at: number;
  readonly size: number;
  readonly address: bigint;
  readonly user: boolean;
  /** Whether what is left of the room becomes zero. */
  readonly pad: boolean;
}

/** Answers how many bytes were written, the zero at the end counted. */
function putString(machine: Machine, name: string, { at, size, address, user, pad }: StringCopy): HelperStatus {
  if (size === 0) return done(machine, 0);
  const text = readString(machine, address, size, user);
  if (pad) machine.memory.fill(at, size);
  if (text === null) {
    missing(machine, name, address);
    const error = user ? -ERRNO.EFAULT : kernelError(address);
    if (error === -ERRNO.EFAULT) machine.memory.fill(at, 1);
    return done(machine, error);
  }
  const used = Math.min(text.length, size - 1);
  machine.memory.copyIn(at, text.subarray(0, used));
  machine.memory.fill(at + used, 1);
  return done(machine, used + 1);
}

/** Only hash maps count what they hold. */
function countElements(machine: Machine): HelperStatus {
  const map = mapArg(machine, 'bpf_map_sum_elem_count', 1);
  if (map === null) return HELPER_STATUS.trap;
  return done(machine, map.spec.type.includes('hash') ? map.keys(map.spec.maxEntries).length : 0);
}
