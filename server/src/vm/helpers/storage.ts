import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { CgroupStorage } from '../maps/cgroupStorage.ts';
import { ObjectStorage } from '../maps/objectStorage.ts';
import { socketAt } from '../sockets.ts';
import {
  argHigh,
  argU32,
  argU64,
  done,
  done64,
  donePointer,
  mapArg,
  note,
  range,
  trap,
  type HelperFunction,
} from './frame.ts';

/** Values that hang on kernel objects. The object is known by the pointer that the machine handed out for it. */
export const STORAGE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  81: getLocalStorage,
  107: (machine) => getStorage(machine, 'bpf_sk_storage_get'),
  108: (machine) => deleteStorage(machine, 'bpf_sk_storage_delete'),
  145: (machine) => getStorage(machine, 'bpf_inode_storage_get'),
  146: (machine) => deleteStorage(machine, 'bpf_inode_storage_delete'),
  156: (machine) => getStorage(machine, 'bpf_task_storage_get'),
  157: (machine) => deleteStorage(machine, 'bpf_task_storage_delete'),
  210: (machine) => getStorage(machine, 'bpf_cgrp_storage_get'),
  211: (machine) => deleteStorage(machine, 'bpf_cgrp_storage_delete'),
};

/** BPF_LOCAL_STORAGE_GET_F_CREATE. */
const CREATE = 1;

function storageArg(machine: Machine, name: string): ObjectStorage | null {
  const map = mapArg(machine, name, 1);
  if (map instanceof ObjectStorage) return map;
  if (map !== null) trap(machine, 'helper', `${name}: map ${map.spec.name} holds no values of objects`);
  return null;
}

/** A socket of the user's world is one and the same through all its views: it goes by its cookie. */
function ownerArg(machine: Machine): bigint {
  const address = argU64(machine, 2);
  const socket = argHigh(machine, 2) === 0 ? socketAt(machine, argU32(machine, 2)) : null;
  return socket?.cookie ?? address;
}

/** Mirrors `bpf_sk_storage_get` of net/core/bpf_sk_storage.c and its siblings in kernel/bpf, v6.18. */
function getStorage(machine: Machine, name: string): HelperStatus {
  const map = storageArg(machine, name);
  if (map === null) return HELPER_STATUS.trap;
  const flags = argU32(machine, 4);
  const owner = ownerArg(machine);
  const given = argU64(machine, 3) !== 0n;
  const from = given ? range(machine, name, 3, map.spec.valueSize, false) : 0;
  if (given && from === 0) return HELPER_STATUS.trap;
  if (owner === 0n || flags > CREATE || argHigh(machine, 4) !== 0) return donePointer(machine, name, 0);
  const initial = given ? machine.memory.u8.slice(from, from + map.spec.valueSize) : null;
  const address = map.get(owner, flags === CREATE, initial);
  if (address === 0 && flags === CREATE) note(machine, `${name}: map ${map.spec.name} has no room for more objects`);
  return donePointer(machine, name, address);
}

function deleteStorage(machine: Machine, name: string): HelperStatus {
  const map = storageArg(machine, name);
  if (map === null) return HELPER_STATUS.trap;
  const owner = ownerArg(machine);
  return done(machine, owner === 0n ? -ERRNO.EINVAL : map.remove(owner));
}

function getLocalStorage(machine: Machine): HelperStatus {
  const name = 'bpf_get_local_storage';
  const map = mapArg(machine, name, 1);
  if (map === null) return HELPER_STATUS.trap;
  if (map instanceof CgroupStorage) return done64(machine, map.own(machine.world.cpu), 0);
  return trap(machine, 'helper', `${name}: map ${map.spec.name} holds no values of control groups`);
}
