import type { Machine } from '../createMachine.ts';
import { explainAccess } from '../explainAccess.ts';
import type { Halves } from '../halves.ts';
import { HELPER_STATUS, LAYOUT, type HelperStatus, type TrapKind } from '../machine.ts';
import type { GuestMap } from '../maps/guestMap.ts';

/** Takes its arguments from the helper frame and leaves its result there. */
export type HelperFunction = (machine: Machine) => HelperStatus;

const WORDS = LAYOUT.helperFrame >> 2;
const RESULT = (LAYOUT.helperFrame + 40) >> 2;

/** Low half of argument 1-5, signed. */
export function argLow(machine: Machine, n: number): number {
  return machine.memory.i32[WORDS + 2 * n - 2]!;
}
export function argHigh(machine: Machine, n: number): number {
  return machine.memory.i32[WORDS + 2 * n - 1]!;
}
/** Argument taken as u32, as the kernel does for parameters of that type. */
export function argU32(machine: Machine, n: number): number {
  return machine.memory.u32[WORDS + 2 * n - 2]!;
}
export function argU64(machine: Machine, n: number): bigint {
  return (BigInt(machine.memory.u32[WORDS + 2 * n - 1]!) << 32n) | BigInt(argU32(machine, n));
}
export function setArg(machine: Machine, n: number, low: number, high: number): void {
  machine.memory.i32[WORDS + 2 * n - 2] = low;
  machine.memory.i32[WORDS + 2 * n - 1] = high;
}

/** Result of a helper that returns a number: errors are negative, so the sign goes on. */
export function done(machine: Machine, value: number): HelperStatus {
  return done64(machine, value, value < 0 ? -1 : 0);
}
export function done64(machine: Machine, low: number, high: number): HelperStatus {
  machine.memory.i32[RESULT] = low;
  machine.memory.i32[RESULT + 1] = high;
  return HELPER_STATUS.done;
}
export function doneBig(machine: Machine, value: bigint): HelperStatus {
  return done64(machine, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}
export function doneHalves(machine: Machine, { low, high }: Halves): HelperStatus {
  return done64(machine, low, high);
}
/** Result of a helper that returns a pointer; remembers nulls for later messages. */
export function donePointer(machine: Machine, name: string, address: number): HelperStatus {
  if (address === 0) machine.nullFrom = { helper: name, pc: machine.pc ?? 0 };
  return done64(machine, address, 0);
}

export function trap(machine: Machine, kind: TrapKind, message: string): HelperStatus {
  machine.fault = { kind, message, address: null };
  return HELPER_STATUS.trap;
}

/**
 * Guest address of a memory argument of `size` bytes; 0 when the program may not touch it, with the reason in
 * `machine.fault`. An empty range is allowed wherever it points.
 */
export function range(machine: Machine, name: string, n: number, size: number, write: boolean): number {
  if (size === 0) return LAYOUT.scratch;
  const address = argU32(machine, n);
  if (argHigh(machine, n) === 0 && machine.regions.allows(address, size, write)) {
    machine.onHelperAccess?.(address, size, write);
    if (write) machine.memory.touchGuest(address, size);
    return address;
  }
  const verb = `${name} ${write ? 'writes' : 'reads'}`;
  const mapName = (index: number): string | null => machine.maps[index]?.spec.name ?? null;
  const access = { verb, size, write, mapName, nullFrom: machine.nullFrom };
  machine.fault = explainAccess(machine.regions, argU64(machine, n), access);
  return 0;
}

/** The map a handle argument names; null (with a fault) when it is no map. */
export function mapArg(machine: Machine, name: string, n: number): GuestMap | null {
  const offset = argU32(machine, n) - LAYOUT.mapHandle;
  const exact = offset >= 0 && offset % LAYOUT.mapHandleStride === 0 && argHigh(machine, n) === 0;
  const map = exact ? machine.maps[offset / LAYOUT.mapHandleStride] : undefined;
  if (map) return map;
  trap(machine, 'helper', `${name}: argument ${n} is not a map`);
  return null;
}

/** Remembers that a helper's answer is made up: once per machine, and for the present run. */
export function note(machine: Machine, text: string): void {
  if (machine.notes.size < 100) machine.notes.add(text);
  if (machine.runNotes.length < 10 && !machine.runNotes.includes(text)) machine.runNotes.push(text);
}
