import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus } from '../machine.ts';
import { argU32, argU64, done, note, range, type HelperFunction } from './frame.ts';

/** Copies from addresses the verifier does not know: the program's own memory or memory recorded with the event. */
export const PROBE_READ_HELPERS: Readonly<Record<number, HelperFunction>> = {
  4: (machine) => probeRead(machine, 'bpf_probe_read', false),
  45: (machine) => probeReadString(machine, 'bpf_probe_read_str', false),
  112: (machine) => probeRead(machine, 'bpf_probe_read_user', true),
  113: (machine) => probeRead(machine, 'bpf_probe_read_kernel', false),
  114: (machine) => probeReadString(machine, 'bpf_probe_read_user_str', true),
  148: (machine) => probeRead(machine, 'bpf_copy_from_user', true),
  115: (machine) => probeReadString(machine, 'bpf_probe_read_kernel_str', false),
};

/** Bytes at an address of the event's world; null when they are neither mapped nor recorded. */
export function foreignBytes(machine: Machine, address: bigint, size: number, user: boolean): Uint8Array | null {
  const at = Number(address);
  if (!user && address < 0x1_0000_0000n && machine.regions.allows(at, size, false))
    return machine.memory.u8.slice(at, at + size);
  return machine.foreignMemory?.(address, size, user) ?? null;
}

/** The kernel's half of the address space begins here, on x86-64. */
const KERNEL_SPACE = 0xffff_8000_0000_0000n;

/** What reads of kernel memory answer: addresses of user space are not even tried (`copy_from_kernel_nofault`). */
export function kernelError(address: bigint): number {
  return address < KERNEL_SPACE ? -ERRNO.ERANGE : -ERRNO.EFAULT;
}

/** Notes that nothing was recorded where a program read. */
export function missing(machine: Machine, name: string, address: bigint): void {
  note(
    machine,
    `${name}: no memory is recorded at 0x${address.toString(16)}; it answered ${errorOf(name, address) === -ERRNO.EFAULT ? '-EFAULT' : '-ERANGE'}`,
  );
}

/** The old helpers take user space for what lies there; those for the kernel refuse it. */
function errorOf(name: string, address: bigint): number {
  return name.startsWith('bpf_probe_read_kernel') ? kernelError(address) : -ERRNO.EFAULT;
}

/** Reading nothing is refused as well where the kernel's memory cannot lie; the program's own counts as that here. */
function isRefused({ memory }: Machine, name: string, address: bigint): boolean {
  const own = address >= BigInt(LAYOUT.nullEnd) && address < BigInt(memory.byteLength);
  return !own && errorOf(name, address) === -ERRNO.ERANGE;
}

function probeRead(machine: Machine, name: string, user: boolean): HelperStatus {
  const size = argU32(machine, 2);
  const to = range(machine, name, 1, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  const address = argU64(machine, 3);
  if (size === 0) return done(machine, isRefused(machine, name, address) ? -ERRNO.ERANGE : 0);
  const bytes = foreignBytes(machine, address, size, user);
  if (bytes === null) missing(machine, name, address);
  if (bytes === null) machine.memory.fill(to, size);
  else machine.memory.copyIn(to, bytes.subarray(0, size));
  return done(machine, bytes === null ? errorOf(name, address) : 0);
}

/** Copies up to and with the zero byte, and leaves what lies behind; answers how many bytes, the zero counted. */
function probeReadString(machine: Machine, name: string, user: boolean): HelperStatus {
  const size = argU32(machine, 2);
  const to = range(machine, name, 1, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  if (size === 0) return done(machine, 0);
  const address = argU64(machine, 3);
  const text = readString(machine, address, size, user);
  if (text === null) {
    machine.memory.fill(to, size);
    missing(machine, name, address);
    return done(machine, errorOf(name, address));
  }
  const length = Math.min(text.length, size - 1);
  machine.memory.copyIn(to, text.subarray(0, length));
  machine.memory.fill(to + length, user ? zeroBytes(text.length, size) : 1);
  return done(machine, length + 1);
}

/** User memory is copied word by word where whole words are left, and zeros fill the text's last one. */
function zeroBytes(length: number, size: number): number {
  const word = length - (length % 8);
  return length < size && size - word >= 8 ? word + 8 - length : 1;
}

/** The bytes in front of the zero byte, at most `limit`; null when one of them is not there. */
export function readString(machine: Machine, address: bigint, limit: number, user: boolean): Uint8Array | null {
  const bytes: number[] = [];
  for (let i = 0; i < limit; i++) {
    const next = foreignBytes(machine, address + BigInt(i), 1, user)?.[0];
    if (next === undefined) return null;
    if (next === 0) break;
    bytes.push(next);
  }
  return Uint8Array.from(bytes);
}
