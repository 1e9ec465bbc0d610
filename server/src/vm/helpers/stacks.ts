import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { StackTraceMap } from '../maps/stackTrace.ts';
import { argHigh, argU32, argU64, done, mapArg, note, range, trap, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/** Stacks, as they were recorded with the event. Mirrors kernel/bpf/stackmap.c, v6.18. */
export const STACK_HELPERS: Readonly<Record<number, HelperFunction>> = {
  27: stackId,
  67: (machine) => copyStack(machine, 'bpf_get_stack', true),
  141: (machine) => copyStack(machine, 'bpf_get_task_stack', isCurrent(machine)),
};

/** BPF_F_SKIP_FIELD_MASK, BPF_F_USER_STACK, BPF_F_FAST_STACK_CMP, BPF_F_REUSE_STACKID, BPF_F_USER_BUILD_ID. */
const SKIP = 0xff;
const USER = 1 << 8;
const ID_FLAGS = SKIP | USER | (1 << 9) | (1 << 10);
const BUILD_ID = 1 << 11;

const ADDRESS_BYTES = 8;
/** struct bpf_stack_build_id: status, 20 bytes of id, address; BPF_STACK_BUILD_ID_IP says that only the address is known. */
const BUILD_ID_BYTES = 32;
const STATUS_ADDRESS = 2;

function isCurrent(machine: Machine): boolean {
  return argU64(machine, 1) === machine.world.task && machine.world.task !== 0n;
}

/** null, with a note, when it is not recorded. */
function stackOf({ world }: Machine, flags: number): readonly bigint[] | null {
  return (flags & USER) !== 0 ? world.userStack : world.stack;
}

function stackId(machine: Machine): HelperStatus {
  const name = 'bpf_get_stackid';
  const map = mapArg(machine, name, 2);
  if (map === null) return HELPER_STATUS.trap;
  if (!(map instanceof StackTraceMap)) return trap(machine, 'helper', `${name}: map ${map.spec.name} holds no stacks`);
  const flags = argU32(machine, 3);
  if (argHigh(machine, 3) !== 0 || (flags & ~ID_FLAGS) !== 0) return done(machine, -ERRNO.EINVAL);
  const stack = stackOf(machine, flags);
  if (stack === null) return unknown(machine, name, 'no stack is recorded', -ERRNO.EFAULT);
  const left = stack.slice(flags & SKIP);
  return done(machine, left.length === 0 ? -ERRNO.EFAULT : map.put(addressBytes(left), flags));
}

function addressBytes(addresses: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_BYTES * addresses.length);
  const view = new DataView(bytes.buffer);
  for (const [i, address] of addresses.entries()) view.setBigUint64(ADDRESS_BYTES * i, address, true);
  return bytes;
}

/** Copies as many whole entries as fit and clears the rest. */
function copyStack(machine: Machine, name: string, known: boolean): HelperStatus {
  const size = argU32(machine, 3);
  const to = range(machine, name, 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  const buildIds = (flags & BUILD_ID) !== 0;
  const entry = buildIds ? BUILD_ID_BYTES : ADDRESS_BYTES;
  machine.memory.fill(to, size);
  const invalid = argHigh(machine, 4) !== 0 || (flags & ~(SKIP | USER | BUILD_ID)) !== 0;
  if (invalid || (buildIds && (flags & USER) === 0) || size % entry !== 0) return done(machine, -ERRNO.EINVAL);
  const stack = known ? stackOf(machine, flags) : null;
  if (stack === null) return unknown(machine, name, 'no stack is recorded', -ERRNO.EFAULT);
  if (stack.length < (flags & SKIP)) return done(machine, -ERRNO.EFAULT);
  if (buildIds) note(machine, `${name}: no build ids are recorded; it answered with addresses`);
  const bytes = (buildIds ? buildIdBytes : addressBytes)(stack.slice(flags & SKIP)).subarray(0, size);
  machine.memory.copyIn(to, bytes);
  return done(machine, bytes.length);
}

function buildIdBytes(addresses: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(BUILD_ID_BYTES * addresses.length);
  const view = new DataView(bytes.buffer);
  for (const [i, address] of addresses.entries()) {
    view.setInt32(BUILD_ID_BYTES * i, STATUS_ADDRESS, true);
    view.setBigUint64(BUILD_ID_BYTES * i + 24, address, true);
  }
  return bytes;
}
