import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { BloomFilter } from '../maps/bloomFilter.ts';
import { SlotMap } from '../maps/slots.ts';
import {
  argHigh,
  argLow,
  argU32,
  done,
  done64,
  donePointer,
  mapArg,
  range,
  trap,
  type HelperFunction,
} from './frame.ts';
import { isSocketMap, lookupSocket, updateSocket } from './socketMaps.ts';

/** MAX_TAIL_CALL_CNT of include/linux/bpf.h. */
const MAX_TAIL_CALLS = 33;

export const MAP_HELPERS: Readonly<Record<number, HelperFunction>> = {
  1: mapLookup,
  2: mapUpdate,
  3: mapDelete,
  12: tailCall,
  87: (machine) => push(machine),
  88: (machine) => take(machine, 'bpf_map_pop_elem', true),
  89: (machine) => take(machine, 'bpf_map_peek_elem', false),
  // Programs run one after the other, so nobody ever holds the lock.
  195: lookupPercpu,
};

function mapLookup(machine: Machine): HelperStatus {
  const name = 'bpf_map_lookup_elem';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 2, map.spec.keySize, false);
  if (key === 0) return HELPER_STATUS.trap;
  if (isSocketMap(map)) return lookupSocket(machine, name, map, key);
  return donePointer(machine, name, map.lookup(machine.memory.u8, key));
}

function mapUpdate(machine: Machine): HelperStatus {
  const name = 'bpf_map_update_elem';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 2, map.spec.keySize, false);
  if (key !== 0 && isSocketMap(map)) return updateSocket(machine, map, key);
  const value = key === 0 ? 0 : range(machine, name, 3, map.spec.valueSize, false);
  if (value === 0) return HELPER_STATUS.trap;
  if (argHigh(machine, 4) !== 0) return done(machine, -ERRNO.EINVAL);
  const { u8 } = machine.memory;
  return done(machine, map.update(u8, key, u8, value, argU32(machine, 4), machine.world.cpu));
}

function mapDelete(machine: Machine): HelperStatus {
  const name = 'bpf_map_delete_elem';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 2, map.spec.keySize, false);
  if (key === 0) return HELPER_STATUS.trap;
  return done(machine, map.delete(machine.memory.u8, key));
}

function lookupPercpu(machine: Machine): HelperStatus {
  const name = 'bpf_map_lookup_percpu_elem';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  const key = range(machine, name, 2, map.spec.keySize, false);
  if (key === 0) return HELPER_STATUS.trap;
  const cpu = argU32(machine, 3);
  return donePointer(machine, name, cpu < machine.cpus ? map.lookupOn(machine.memory.u8, key, cpu) : 0);
}

function push(machine: Machine): HelperStatus {
  const name = 'bpf_map_push_elem';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  const value = range(machine, name, 2, map.spec.valueSize, false);
  if (value === 0) return HELPER_STATUS.trap;
  if (argHigh(machine, 3) !== 0) return done(machine, -ERRNO.EINVAL);
  return done(machine, map.push(machine.memory.u8, value, argU32(machine, 3)));
}

function take(machine: Machine, name: string, remove: boolean): HelperStatus {
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  if (map instanceof BloomFilter) return askFilter(machine, name, map, remove);
  const to = range(machine, name, 2, map.spec.valueSize, true);
  if (to === 0) return HELPER_STATUS.trap;
  const from = map.pop(remove);
  if (from === 0) {
    machine.memory.fill(to, map.spec.valueSize);
    return done(machine, -ERRNO.ENOENT);
  }
  machine.memory.move(to, from, map.spec.valueSize);
  return done(machine, 0);
}

/** The value is not written, but asked for. */
function askFilter(machine: Machine, name: string, map: BloomFilter, remove: boolean): HelperStatus {
  const value = range(machine, name, 2, map.spec.valueSize, false);
  if (value === 0) return HELPER_STATUS.trap;
  return done(machine, remove ? -ERRNO.EOPNOTSUPP : map.holds(machine.memory.u8, value));
}

/** An empty or missing slot and too many calls in a row let the program go on behind the call. */
function tailCall(machine: Machine): HelperStatus {
  const map = mapArg(machine, 'bpf_tail_call', 2);
  if (map === null) return HELPER_STATUS.trap;
  if (!(map instanceof SlotMap) || map.spec.type !== 'prog_array')
    return trap(machine, 'helper', `bpf_tail_call: map ${map.spec.name} is no program array`);
  const slot = machine.tailCalls < MAX_TAIL_CALLS ? map.slot(argU32(machine, 3)) : 0;
  if (slot === 0 || machine.programs[slot - 1] === undefined)
    return done64(machine, argLow(machine, 1), argHigh(machine, 1));
  // The program must find room for the functions that it calls itself.
  if (machine.regions.depth > LAYOUT.maxFrames - LAYOUT.callFrames)
    return trap(
      machine,
      'callDepth',
      `tail calls of functions nest deeper than ${LAYOUT.maxFrames - LAYOUT.callFrames} frames`,
    );
  machine.tailCalls++;
  machine.tailProgram = slot - 1;
  return HELPER_STATUS.tailCall;
}
