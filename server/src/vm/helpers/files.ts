import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import type { GivenFile } from '../given.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { argU32, argU64, done, done64, range, type HelperFunction } from './frame.ts';
import { unknown } from './surroundings.ts';

/** Files of the user's world, known by the addresses of the kernel's objects. */
export const FILE_HELPERS: Readonly<Record<number, HelperFunction>> = {
  147: path,
  161: (machine) => hash(machine, 'bpf_ima_inode_hash'),
  162: (machine) => unknown(machine, 'bpf_sock_from_file', 'what sockets are files is not recorded', 0),
  193: (machine) => hash(machine, 'bpf_ima_file_hash'),
};

function fileArg({ world }: Machine, address: bigint): GivenFile | null {
  return world.given.files.find((file) => file.address === address) ?? null;
}

/** Answers the length with its zero byte; a text that does not fit is an error. */
function path(machine: Machine): HelperStatus {
  const name = 'bpf_d_path';
  const size = argU32(machine, 3);
  const to = range(machine, name, 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (size === 0) return done(machine, 0);
  const address = argU64(machine, 1);
  const file = fileArg(machine, address);
  if (file === null) return unknown(machine, name, missing(address), -ERRNO.ENOENT);
  const text = new TextEncoder().encode(`${file.path}\0`);
  if (text.length > size) return done(machine, -ERRNO.ENAMETOOLONG);
  machine.memory.copyIn(to, text);
  return done(machine, text.length);
}

/** Answers the number of the hash's algorithm. */
function hash(machine: Machine, name: string): HelperStatus {
  const size = argU32(machine, 3);
  const to = range(machine, name, 2, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  const address = argU64(machine, 1);
  const file = fileArg(machine, address);
  if (file === null || file.hash === null) return unknown(machine, name, missing(address), -ERRNO.EOPNOTSUPP);
  machine.memory.copyIn(to, file.hash.subarray(0, size));
  return done64(machine, file.hashAlgorithm | 0, 0);
}

function missing(address: bigint): string {
  return `nothing is known of the object at 0x${address.toString(16)}; give it among the files of a world file`;
}
