import type { Machine } from '../createMachine.ts';
import {
  bytesOf, covers, DYNPTR, dynptrArg, NULL_DYNPTR, setDynptr, type Dynptr, type DynptrType,
} from '../dynptr.ts'; // prettier-ignore
import { ERRNO } from '../errno.ts';
import { writeBytes } from '../helpers/dynptr.ts';
import { argHigh, argU32, done, done64, donePointer, note, range, type HelperFunction } from '../helpers/frame.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';

/** Mirrors the kernel functions on dynptrs of kernel/bpf/helpers.c and net/core/filter.c, v6.18. */
export const DYNPTR_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  bpf_dynptr_from_skb: (machine) => fromPacket(machine, 'bpf_dynptr_from_skb', DYNPTR.skb),
  bpf_dynptr_from_xdp: (machine) => fromPacket(machine, 'bpf_dynptr_from_xdp', DYNPTR.xdp),
  bpf_dynptr_from_skb_meta: (machine) => fromPacket(machine, 'bpf_dynptr_from_skb_meta', DYNPTR.skbMeta),
  bpf_dynptr_slice: (machine) => slice(machine, 'bpf_dynptr_slice', false),
  bpf_dynptr_slice_rdwr: (machine) => slice(machine, 'bpf_dynptr_slice_rdwr', true),
  bpf_dynptr_adjust: adjust,
  bpf_dynptr_is_null: (machine) => ask(machine, 'bpf_dynptr_is_null', ({ data }) => (data === 0 ? 1 : 0)),
  bpf_dynptr_is_rdonly: (machine) =>
    ask(machine, 'bpf_dynptr_is_rdonly', ({ data, readOnly }) => (data !== 0 && readOnly ? 1 : 0)),
  bpf_dynptr_size: (machine) =>
    ask(machine, 'bpf_dynptr_size', ({ data, size }) => (data === 0 ? -ERRNO.EINVAL : size)),
  bpf_dynptr_clone: clone,
  bpf_dynptr_copy: copy,
  bpf_dynptr_memset: fill,
};

function set(machine: Machine, name: string, n: number, dynptr: Dynptr, answer: number): HelperStatus {
  return setDynptr(machine, name, n, dynptr) ? done(machine, answer) : HELPER_STATUS.trap;
}

/** Programs that may not write packets through pointers get a dynptr that may only be read. */
function fromPacket(machine: Machine, name: string, type: DynptrType): HelperStatus {
  if (argU32(machine, 2) !== 0 || argHigh(machine, 2) !== 0) return set(machine, name, 3, NULL_DYNPTR, -ERRNO.EINVAL);
  const { packet } = machine;
  const readOnly = type === DYNPTR.skb && !packet.writable;
  const size = type === DYNPTR.skbMeta ? packet.start - packet.meta : packet.length;
  return set(machine, name, 3, { data: LAYOUT.ctx, type, offset: 0, size, readOnly }, 0);
}

/** The 32 bits of an answer; what stands above is zero. */
function ask(machine: Machine, name: string, answer: (dynptr: Dynptr) => number): HelperStatus {
  const dynptr = dynptrArg(machine, name, 1);
  return dynptr === null ? HELPER_STATUS.trap : done64(machine, answer(dynptr), 0);
}

function slice(machine: Machine, name: string, write: boolean): HelperStatus {
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null) return HELPER_STATUS.trap;
  const offset = argU32(machine, 2);
  const size = argU32(machine, 4);
  if (dynptr.data === 0 || (write && dynptr.readOnly) || !covers(dynptr, offset, size))
    return donePointer(machine, name, 0);
  const at = bytesOf(machine, name, dynptr, offset, size, write);
  if (at === null) return HELPER_STATUS.trap;
  if (at === 0 || size === 0 || machine.regions.allows(at, size, write)) return donePointer(machine, name, at);
  return copied(machine, name, at, size);
}

/** Bytes that no pointer reaches (fragments, packets of some types) come in the program's buffer, if it gave one. */
function copied(machine: Machine, name: string, at: number, size: number): HelperStatus {
  if (argU32(machine, 3) === 0 && argHigh(machine, 3) === 0) {
    note(machine, `${name}: without a buffer it answers null for bytes that lie in a packet's fragments`);
    return donePointer(machine, name, 0);
  }
  const to = range(machine, name, 3, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  machine.memory.move(to, at, size);
  return donePointer(machine, name, to);
}

function adjust(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_adjust';
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null) return HELPER_STATUS.trap;
  const start = argU32(machine, 2);
  const end = argU32(machine, 3);
  if (dynptr.data === 0 || start > end) return done(machine, -ERRNO.EINVAL);
  if (start > dynptr.size || end > dynptr.size) return done(machine, -ERRNO.ERANGE);
  return set(machine, name, 1, { ...dynptr, offset: dynptr.offset + start, size: end - start }, 0);
}

function clone(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_clone';
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null) return HELPER_STATUS.trap;
  if (dynptr.data === 0) return set(machine, name, 2, NULL_DYNPTR, -ERRNO.EINVAL);
  return set(machine, name, 2, dynptr, 0);
}

function copy(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_copy';
  const to = dynptrArg(machine, name, 1);
  const from = to === null ? null : dynptrArg(machine, name, 3);
  if (to === null || from === null) return HELPER_STATUS.trap;
  const size = argU32(machine, 5);
  const fromOffset = argU32(machine, 4);
  if (from.data !== 0 && covers(from, fromOffset, size)) {
    const at = bytesOf(machine, name, from, fromOffset, size, false);
    if (at === null) return HELPER_STATUS.trap;
    if (at === 0) return done(machine, -ERRNO.EFAULT);
    return writeBytes(machine, name, to, { offset: argU32(machine, 2), from: at, size, flags: 0 });
  }
  const toFits = covers(to, argU32(machine, 2), size);
  if (to.data !== 0 && !to.readOnly && toFits) return done(machine, from.data === 0 ? -ERRNO.EINVAL : -ERRNO.E2BIG);
  return done(machine, toFits && covers(from, fromOffset, size) ? 0 : -ERRNO.E2BIG);
}

function fill(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_memset';
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null) return HELPER_STATUS.trap;
  const offset = argU32(machine, 2);
  const size = argU32(machine, 3);
  if (dynptr.readOnly) return done(machine, -ERRNO.EINVAL);
  if (!covers(dynptr, offset, size)) return done(machine, -ERRNO.E2BIG);
  if (dynptr.data === 0) return done(machine, 0);
  const at = bytesOf(machine, name, dynptr, offset, size, true);
  if (at === null) return HELPER_STATUS.trap;
  if (at === 0) return done(machine, -ERRNO.EFAULT);
  machine.memory.touchGuest(at, size);
  machine.memory.fill(at, size, argU32(machine, 4) & 0xff);
  return done(machine, 0);
}
