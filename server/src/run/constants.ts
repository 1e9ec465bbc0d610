import { fromHex } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import { typeAt } from '../btf/query.ts';
import type { BpfObject, MapSpec } from '../program/program.ts';

/** An object with other constants, and what could not be set. */
export interface WithConstants {
  readonly object: BpfObject;
  readonly notes: readonly string[];
}

/**
 * The object with its constant variables (`const volatile`) set to what a recording says they were when the program was
 * loaded. To be done before the verifier looks at it, which takes constants for granted.
 */
export function withConstants(object: BpfObject, constants: ReadonlyMap<string, unknown>): WithConstants {
  if (constants.size === 0) return { object, notes: [] };
  const notes: string[] = [];
  const maps = [...object.maps];
  for (const [name, value] of constants) {
    const problem = setConstant(object.btf, maps, name, value);
    if (problem !== null && notes.length < 20) notes.push(problem);
  }
  const programs = object.programs.map((program) => ({ ...program, maps }));
  return { object: { ...object, maps, programs }, notes };
}

function setConstant(btf: Btf | null, maps: MapSpec[], name: string, value: unknown): string | null {
  for (const [index, map] of maps.entries()) {
    const place = map.frozen ? placeOf(btf, map, name) : null;
    if (place === null || map.initial === null) continue;
    const bytes = bytesOf(value, place.size);
    if (bytes === null) return `the recording’s value of ${name} does not fit its ${place.size} bytes`;
    const initial = map.initial.slice();
    initial.set(bytes, place.offset);
    maps[index] = { ...map, initial };
    return null;
  }
  return `the recording sets ${name}, but the program has no constant variable of that name`;
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

function placeOf(btf: Btf | null, { valueTypeId, initial }: MapSpec, name: string): Place | null {
  const section = btf === null ? null : typeAt(btf, valueTypeId);
  if (btf === null || section?.kind !== 'datasec') return null;
  const found = section.vars.find(({ type }) => {
    const variable = typeAt(btf, type);
    return variable.kind === 'var' && variable.name === name;
  });
  if (found === undefined || found.offset + found.size > (initial?.length ?? 0)) return null;
  return { offset: found.offset, size: found.size };
}

/** A number, an integer as text, yes or no, or bytes in hex that fill the variable. */
function bytesOf(value: unknown, size: number): Uint8Array | null {
  if (typeof value === 'boolean') return bytesOf(value ? 1 : 0, size);
  if (typeof value === 'string' && /^(-?\d+|0x[0-9a-fA-F]+)$/.test(value) && value.length !== 2 * size)
    return integerBytes(BigInt(value), size);
  if (typeof value === 'string') {
    const bytes = fromHex(value);
    return bytes?.length === size ? bytes : null;
  }
  return typeof value === 'number' && Number.isSafeInteger(value) ? integerBytes(BigInt(value), size) : null;
}

function integerBytes(value: bigint, size: number): Uint8Array | null {
  const bits = BigInt(8 * size);
  if (size > 8 || value >= 1n << bits || value < -(1n << (bits - 1n))) return null;
  return Uint8Array.from({ length: size }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
}
