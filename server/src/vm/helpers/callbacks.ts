import type { CallbackState, Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { RBTREE_ADD, resumeAdd } from '../kfuncs/trees.ts';
import { argHigh, argLow, argU32, done, done64, mapArg, setArg, type HelperFunction } from './frame.ts';
import { DRAIN, resumeDrain } from './userRingbuf.ts';

const FOR_EACH_MAP_ELEM = 164;
const LOOP = 181;

/** BPF_MAX_LOOPS of include/linux/bpf.h. */
const MAX_LOOPS = 8 * 1024 * 1024;

/** Helpers that call a function of the program. They ask the engine for each call, so that it can be stepped. */
export const CALLBACK_HELPERS: Readonly<Record<number, HelperFunction>> = {
  [FOR_EACH_MAP_ELEM]: forEachMapElement,
  [LOOP]: loop,
};

function loop(machine: Machine): HelperStatus {
  const count = argU32(machine, 1);
  if (argLow(machine, 4) !== 0 || argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  // With flags that are 0 the verifier writes the loop out, with a 32-bit answer: `inline_bpf_loop` of
  // kernel/bpf/verifier.c, v6.18.
  if (count > MAX_LOOPS || argHigh(machine, 1) !== 0) return done64(machine, -ERRNO.E2BIG, 0);
  return round(machine, { ...started(machine), helper: LOOP, args: 2, count });
}

function forEachMapElement(machine: Machine): HelperStatus {
  const map = mapArg(machine, 'bpf_for_each_map_elem', 1);
  if (map === null) return HELPER_STATUS.trap;
  if (argLow(machine, 4) !== 0 || argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  return round(machine, { ...started(machine), helper: FOR_EACH_MAP_ELEM, args: 4, map: map.index });
}

function started(machine: Machine): CallbackState {
  const target = argHigh(machine, 2) === 0 ? argU32(machine, 2) : 0;
  const handedThrough = { contextLow: argLow(machine, 3), contextHigh: argHigh(machine, 3) };
  return { target, args: 0, helper: 0, position: 0, count: 0, map: 0, ...handedThrough };
}

/** Prepares the next call, or ends the helper when there is nothing left to call for. */
function round(machine: Machine, state: CallbackState): HelperStatus {
  if (state.helper === LOOP ? !prepareLoop(machine, state) : !prepareElement(machine, state)) {
    machine.callback = null;
    return done(machine, state.helper === LOOP ? state.position : state.count);
  }
  return HELPER_STATUS.callback;
}

function prepareLoop(machine: Machine, state: CallbackState): boolean {
  if (state.position >= state.count) return false;
  setArg(machine, 1, state.position, 0);
  setArg(machine, 2, state.contextLow, state.contextHigh);
  machine.callback = { ...state, position: state.position + 1 };
  return true;
}

function prepareElement(machine: Machine, state: CallbackState): boolean {
  const map = machine.maps[state.map];
  const element = map?.element(state.position);
  if (!map || !element) return false;
  setArg(machine, 1, map.handle, 0);
  setArg(machine, 2, element.key, 0);
  setArg(machine, 3, element.value, 0);
  setArg(machine, 4, state.contextLow, state.contextHigh);
  machine.callback = { ...state, position: element.next, count: state.count + 1 };
  return true;
}

/** Takes a callback's result; 0 asks for the next round, anything else ends the helper. */
export function resumeCallback(machine: Machine, r0Low: number, r0High: number): HelperStatus {
  const state = machine.callback;
  if (state === null) return done(machine, 0);
  if (state.helper === DRAIN) return resumeDrain(machine, state, r0Low !== 0 || r0High !== 0);
  if (state.helper === RBTREE_ADD) return resumeAdd(machine, state, r0Low !== 0 || r0High !== 0);
  if (r0Low === 0 && r0High === 0) return round(machine, state);
  machine.callback = null;
  return done(machine, state.helper === LOOP ? state.position : state.count);
}
