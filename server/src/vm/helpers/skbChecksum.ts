import {
  checksumPartial, checksumReplace2, checksumReplace4, checksumReplaceByDifference, checksumSub, checksumTo16,
} from '../checksum.ts'; // prettier-ignore
import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argHigh, argU32, done, done64, range, type HelperFunction } from './frame.ts';

/** Width of the changed field in bytes; 0 means that `to` is a difference of sums. */
const WIDTH_MASK = 0xf;
/** Flags of bpf_l4_csum_replace: pseudo header, mark mangled zero, mark enforce, IPv6. */
const L4_FLAGS = 0xf0;
const MARK_MANGLED_0 = 0x20;
const MARK_ENFORCE = 0x40;

export const CHECKSUM_HELPERS: Readonly<Record<number, HelperFunction>> = {
  10: (machine) => replace(machine, 0),
  11: (machine) => replace(machine, L4_FLAGS),
  28: difference,
};

/** Mirrors the order of the checks of bpf_l3_csum_replace and bpf_l4_csum_replace in net/core/filter.c, v6.18. */
function replace(machine: Machine, allowed: number): HelperStatus {
  const { packet, memory } = machine;
  const offset = argU32(machine, 2);
  const flags = argU32(machine, 5);
  if ((flags & ~(WIDTH_MASK | allowed)) !== 0 || argHigh(machine, 5) !== 0) return done(machine, -ERRNO.EINVAL);
  if (offset > 0xffff || offset % 2 !== 0 || offset + 2 > packet.length) return done(machine, -ERRNO.EFAULT);
  const at = packet.start + offset;
  const field = memory.view.getUint16(at, true);
  if ((flags & MARK_MANGLED_0) !== 0 && (flags & MARK_ENFORCE) === 0 && field === 0) return done(machine, 0);
  const changed = newField(machine, field, flags & WIDTH_MASK, allowed === 0);
  if (changed === null) return done(machine, -ERRNO.EINVAL);
  memory.touch(at, 2);
  memory.view.setUint16(at, changed === 0 && (flags & MARK_MANGLED_0) !== 0 ? 0xffff : changed, true);
  return done(machine, 0);
}

function newField(machine: Machine, field: number, width: number, l3: boolean): number | null {
  const from = argU32(machine, 3);
  const to = argU32(machine, 4);
  switch (width) {
    case 0:
      return from !== 0 || argHigh(machine, 3) !== 0 ? null : checksumReplaceByDifference(field, to);
    case 2:
      // The layer 4 form widens its 16-bit words first, which shows in the two forms of zero.
      return l3 ? checksumReplace2(field, from, to) : checksumReplace4(field, from & 0xffff, to & 0xffff);
    case 4:
      return checksumReplace4(field, from, to);
    default:
      return null;
  }
}

/** Since v6.13 the answer is folded to 16 bits on all machines. */
function difference(machine: Machine): HelperStatus {
  const name = 'bpf_csum_diff';
  const fromSize = argU32(machine, 2);
  const toSize = argU32(machine, 4);
  const from = range(machine, name, 1, fromSize, false);
  const to = from === 0 ? 0 : range(machine, name, 3, toSize, false);
  if (to === 0) return HELPER_STATUS.trap;
  const { u8 } = machine.memory;
  let sum = argU32(machine, 5);
  if (fromSize > 0 && toSize > 0)
    sum = checksumSub(checksumPartial(u8, to, toSize, sum), checksumPartial(u8, from, fromSize, 0));
  else if (toSize > 0) sum = checksumPartial(u8, to, toSize, sum);
  else if (fromSize > 0) sum = ~checksumPartial(u8, from, fromSize, ~sum) >>> 0;
  return done64(machine, checksumTo16(sum), 0);
}
