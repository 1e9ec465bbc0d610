import type { CallbackState, Machine } from '../createMachine.ts';
import { DYNPTR, DYNPTR_BYTES, storeDynptr } from '../dynptr.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus, type Region } from '../machine.ts';
import { UserRingbufMap } from '../maps/userRingbuf.ts';
import { argHigh, argLow, argU32, done, mapArg, setArg, trap, type HelperFunction } from './frame.ts';

export const DRAIN = 209;

/** BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP, which wake nobody here. */
const WAKEUP_FLAGS = 3;

/** BPF_MAX_USER_RINGBUF_SAMPLES of kernel/bpf/ringbuf.c. */
const MOST_SAMPLES = 128 * 1024;

/** Where the dynptr of a sample lies while the program's function has it. */
const DYNPTR_AT = LAYOUT.packet - 1024;

/** Mirrors `bpf_user_ringbuf_drain` of kernel/bpf/ringbuf.c, v6.18. The samples are those the user gave for the map. */
export const USER_RINGBUF_HELPERS: Readonly<Record<number, HelperFunction>> = {
  [DRAIN]: drain,
};

function drain(machine: Machine): HelperStatus {
  const name = 'bpf_user_ringbuf_drain';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  if (!(map instanceof UserRingbufMap))
    return trap(machine, 'helper', `${name}: map ${map.spec.name} is no user ring buffer`);
  if (argHigh(machine, 4) !== 0 || (argU32(machine, 4) & ~WAKEUP_FLAGS) !== 0) return done(machine, -ERRNO.EINVAL);
  const target = argHigh(machine, 2) === 0 ? argU32(machine, 2) : 0;
  const handedThrough = { contextLow: argLow(machine, 3), contextHigh: argHigh(machine, 3) };
  return next(machine, { target, args: 2, helper: DRAIN, position: 0, count: 0, map: map.index, ...handedThrough });
}

function next(machine: Machine, state: CallbackState): HelperStatus {
  const map = machine.maps[state.map];
  const sample = map instanceof UserRingbufMap && state.position < MOST_SAMPLES ? map.peek() : null;
  if (sample === null) {
    machine.callback = null;
    return done(machine, state.position);
  }
  const { start, size } = sample;
  storeDynptr(machine, DYNPTR_AT, { data: start, type: DYNPTR.local, offset: 0, size, readOnly: false });
  const name = `sample of ring buffer ${map?.spec.name ?? ''}`;
  const regions: Region[] = [
    { kind: 'object', name: 'dynptr of a sample', start: DYNPTR_AT, end: DYNPTR_AT + DYNPTR_BYTES, writable: false },
    { kind: 'object', name, start, end: start + size, writable: true },
  ];
  machine.regions.objects = [...machine.regions.objects, ...regions];
  setArg(machine, 1, DYNPTR_AT, 0);
  setArg(machine, 2, state.contextLow, state.contextHigh);
  machine.callback = { ...state, position: state.position + 1 };
  return HELPER_STATUS.callback;
}

/** The function is done with a sample; anything but 0 says that it wants no more. */
export function resumeDrain(machine: Machine, state: CallbackState, stop: boolean): HelperStatus {
  const map = machine.maps[state.map];
  const sample = map instanceof UserRingbufMap ? map.peek() : null;
  machine.regions.objects = machine.regions.objects.filter(
    ({ start }) => start !== DYNPTR_AT && start !== sample?.start,
  );
  if (map instanceof UserRingbufMap) map.release();
  if (!stop) return next(machine, state);
  machine.callback = null;
  return done(machine, state.position);
}
