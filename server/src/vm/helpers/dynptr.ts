import type { Machine } from '../createMachine.ts';
import {
  bytesOf, covers, DYNPTR, dynptrArg, DYNPTR_MAX_BYTES, NULL_DYNPTR, setDynptr, type Dynptr,
} from '../dynptr.ts'; // prettier-ignore
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { SKB } from '../packet.ts';
import { argHigh, argU32, done, donePointer, range, type HelperFunction } from './frame.ts';
import { ringArg, ringbufCommit } from './output.ts';

/** Mirrors bpf_dynptr_* of kernel/bpf/helpers.c and bpf_ringbuf_*_dynptr of kernel/bpf/ringbuf.c, v6.18. */
export const DYNPTR_HELPERS: Readonly<Record<number, HelperFunction>> = {
  197: fromMemory,
  198: reserve,
  199: (machine) => commit(machine, 'bpf_ringbuf_submit_dynptr', false),
  200: (machine) => commit(machine, 'bpf_ringbuf_discard_dynptr', true),
  201: read,
  202: write,
  203: data,
};

/** BPF_F_RECOMPUTE_CSUM and BPF_F_INVALIDATE_HASH, the flags of bpf_skb_store_bytes. */
const STORE_FLAGS = 3;
const INVALIDATE_HASH = 2;

function isFlagged(machine: Machine, n: number): boolean {
  return argU32(machine, n) !== 0 || argHigh(machine, n) !== 0;
}

function set(machine: Machine, name: string, n: number, dynptr: Dynptr, answer: number): HelperStatus {
  return setDynptr(machine, name, n, dynptr) ? done(machine, answer) : HELPER_STATUS.trap;
}

function fromMemory(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_from_mem';
  const size = argU32(machine, 2);
  if (size > DYNPTR_MAX_BYTES) return set(machine, name, 4, NULL_DYNPTR, -ERRNO.E2BIG);
  if (isFlagged(machine, 3)) return set(machine, name, 4, NULL_DYNPTR, -ERRNO.EINVAL);
  if (range(machine, name, 1, size, false) === 0) return HELPER_STATUS.trap;
  return set(machine, name, 4, { ...NULL_DYNPTR, data: argU32(machine, 1), type: DYNPTR.local, size }, 0);
}

function reserve(machine: Machine): HelperStatus {
  const name = 'bpf_ringbuf_reserve_dynptr';
  const ring = ringArg(machine, name);
  if (ring === null) return HELPER_STATUS.trap;
  const size = argU32(machine, 2);
  if (isFlagged(machine, 3)) return set(machine, name, 4, NULL_DYNPTR, -ERRNO.EINVAL);
  if (size > DYNPTR_MAX_BYTES) return set(machine, name, 4, NULL_DYNPTR, -ERRNO.E2BIG);
  const data = ring.reserve(size);
  if (data === 0) return set(machine, name, 4, NULL_DYNPTR, -ERRNO.EINVAL);
  return set(machine, name, 4, { ...NULL_DYNPTR, data, type: DYNPTR.ringbuf, size }, 0);
}

function commit(machine: Machine, name: string, discard: boolean): HelperStatus {
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null || !setDynptr(machine, name, 1, NULL_DYNPTR)) return HELPER_STATUS.trap;
  if (dynptr.data === 0) return done(machine, 0);
  return ringbufCommit(machine, name, dynptr.data, discard);
}

function read(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_read';
  const from = dynptrArg(machine, name, 3);
  const size = argU32(machine, 2);
  const to = from === null ? 0 : range(machine, name, 1, size, true);
  if (from === null || to === 0) return HELPER_STATUS.trap;
  if (from.data === 0 || isFlagged(machine, 5)) return done(machine, -ERRNO.EINVAL);
  const offset = argU32(machine, 4);
  if (!covers(from, offset, size)) return done(machine, -ERRNO.E2BIG);
  const at = bytesOf(machine, name, from, offset, size, false);
  if (at === null) return HELPER_STATUS.trap;
  if (at === 0) return done(machine, -ERRNO.EFAULT);
  machine.memory.move(to, at, size);
  return done(machine, 0);
}

function write(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_write';
  const to = dynptrArg(machine, name, 1);
  const size = argU32(machine, 4);
  const from = to === null ? 0 : range(machine, name, 3, size, false);
  if (to === null || from === 0) return HELPER_STATUS.trap;
  const flags = argHigh(machine, 5) === 0 ? argU32(machine, 5) : STORE_FLAGS + 1;
  return writeBytes(machine, name, to, { offset: argU32(machine, 2), from, size, flags });
}

export interface DynptrWrite {
  readonly offset: number;
  /** An address that is open to the program, or was found by `bytesOf`. */
  readonly from: number;
  readonly size: number;
  readonly flags: number;
}

/** Copies bytes into a dynptr. */
export function writeBytes(machine: Machine, name: string, to: Dynptr, write: DynptrWrite): HelperStatus {
  const { offset, from, size, flags } = write;
  if (to.data === 0 || to.readOnly) return done(machine, -ERRNO.EINVAL);
  if (!covers(to, offset, size)) return done(machine, -ERRNO.E2BIG);
  if ((flags & ~(to.type === DYNPTR.skb ? STORE_FLAGS : 0)) !== 0) return done(machine, -ERRNO.EINVAL);
  const at = bytesOf(machine, name, to, offset, size, true);
  if (at === null) return HELPER_STATUS.trap;
  if (at === 0) return done(machine, -ERRNO.EFAULT);
  const { memory } = machine;
  memory.touchGuest(at, size);
  memory.move(at, from, size);
  if ((flags & INVALIDATE_HASH) !== 0) memory.set32(LAYOUT.ctx + SKB.hash, 0);
  return done(machine, 0);
}

/** Packets may lie in pieces, so only other memory has a pointer. */
function data(machine: Machine): HelperStatus {
  const name = 'bpf_dynptr_data';
  const dynptr = dynptrArg(machine, name, 1);
  if (dynptr === null) return HELPER_STATUS.trap;
  const inMemory = dynptr.type === DYNPTR.local || dynptr.type === DYNPTR.ringbuf;
  if (!inMemory || dynptr.readOnly || !covers(dynptr, argU32(machine, 2), argU32(machine, 3)))
    return donePointer(machine, name, 0);
  const at = bytesOf(machine, name, dynptr, argU32(machine, 2), argU32(machine, 3), false);
  return at === null ? HELPER_STATUS.trap : donePointer(machine, name, at);
}
