import { sameBytes } from '../base/bytes.ts';
import { encode } from '../isa/encode.ts';
import type { MapSpec, Program } from '../program/program.ts';

/** Whether the verifier sees no difference: then its answer for the one holds for the other. */
export function sameProgram(one: Program, other: Program): boolean {
  return (
    one.type === other.type &&
    one.attachType === other.attachType &&
    one.attachTarget === other.attachTarget &&
    one.license === other.license &&
    one.flags === other.flags &&
    one.sleepable === other.sleepable &&
    one.insns.length === other.insns.length &&
    one.subprogs.length === other.subprogs.length &&
    one.subprogs.every((subprog, index) => subprog.start === other.subprogs[index]?.start) &&
    one.maps.length === other.maps.length &&
    one.maps.every((map, index) => sameMap(map, other.maps[index])) &&
    sameBytes(encoded(one), encoded(other))
  );
}

/** A program is compared with each that comes after it. */
const known = new WeakMap<Program, Uint8Array>();

function encoded(program: Program): Uint8Array {
  const bytes = known.get(program) ?? encode(program.insns);
  known.set(program, bytes);
  return bytes;
}

function sameMap(one: MapSpec, other: MapSpec | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    one.type === other.type &&
    one.keySize === other.keySize &&
    one.valueSize === other.valueSize &&
    one.maxEntries === other.maxEntries &&
    one.flags === other.flags &&
    one.frozen === other.frozen &&
    sameBytes(one.initial ?? new Uint8Array(), other.initial ?? new Uint8Array())
  );
}
