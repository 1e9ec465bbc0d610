import { sizeOf } from '../btf/query.ts';
import { localsAt, type LocalVariable, type PcRange } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { cVariable, OPTIMISED_OUT, type CValue } from './cValue.ts';
import { bytesAt, LARGEST_BYTES } from './valuePlace.ts';
import { leaf, type Variable } from './variables.ts';

/** The local variables that a frame, or a function that was inlined there, has at its instruction. */
export function localVariables(machine: Machine, frame: Frame, depth: number): Variable[] {
  const inScope = variablesAt(frame, depth);
  return inScope.map((variable) => {
    const { name } = variable;
    const hidden = meantBy(inScope, name) !== variable;
    const shown = shownAs(name, localOf(machine, frame, variable));
    return hidden ? { ...shown, name: `${name} @ ${placeOf(variable)}`, evaluateName: null } : shown;
  });
}

/** The value of the local variable that this name means there; null where it is not known, undefined for no local. */
export function localValue(machine: Machine, frame: Frame, depth: number, name: string): CValue | null | undefined {
  const meant = meantBy(variablesAt(frame, depth), name);
  if (meant === undefined) return undefined;
  const { known, value } = localOf(machine, frame, meant);
  return known === 0 ? null : value;
}

/** The local variable that this name means there, be its value known or not; null where there is none. */
export function localVariable(machine: Machine, frame: Frame, depth: number, name: string): Variable | null {
  const meant = meantBy(variablesAt(frame, depth), name);
  return meant === undefined ? null : shownAs(name, localOf(machine, frame, meant));
}

function variablesAt({ program, pc }: Frame, depth: number): LocalVariable[] {
  const known = localsAt(program, pc);
  if (known === null) return [];
  return known.variables.filter((one) => one.depth === depth && holds(one.scope, pc - known.start));
}

function holds(ranges: readonly PcRange[], at: number): boolean {
  return ranges.some(({ from, to }) => from <= at && at < to);
}

/** Of several variables of one name that of the innermost block, as in C. */
function meantBy(variables: readonly LocalVariable[], name: string): LocalVariable | undefined {
  const named = variables.filter((one) => one.name === name);
  const innermost = Math.max(...named.map(({ blocks }) => blocks));
  return named.findLast(({ blocks }) => blocks === innermost);
}

/** What tells a hidden variable from the one that hides it: `count.bpf.c:12`. */
function placeOf({ path, line }: LocalVariable): string {
  const file = path.split(/[\\/]/).at(-1) ?? path;
  return line === 0 ? file : `${file}:${line}`;
}

interface Local {
  /** Bytes that are somewhere to be found. */
  readonly known: number;
  /** There is no place for it in the whole function. */
  readonly nowhere: boolean;
  readonly value: CValue;
}

function shownAs(name: string, { known, nowhere, value }: Local): Variable {
  return known > 0 ? cVariable(name, name, value) : leaf(name, nowhere ? OPTIMISED_OUT : 'no value here');
}

function localOf(machine: Machine, frame: Frame, { typeId, places }: LocalVariable): Local {
  const { program, pc } = frame;
  const btf = program.locals?.btf ?? { types: [] };
  const at = pc - (localsAt(program, pc)?.start ?? 0);
  const bytes = new Uint8Array(Math.min(sizeOf(btf, typeId) ?? 8, LARGEST_BYTES));
  const known = new Uint8Array(bytes.length);
  for (const { off, size, where } of places.filter((one) => holds([one], at))) {
    const taken = off < bytes.length ? bytesAt(machine, frame, where, Math.min(size, bytes.length - off)) : null;
    if (taken === null) continue;
    bytes.set(taken, off);
    known.fill(1, off, off + taken.length);
  }
  const value = { machine, frame, btf, typeId, bytes, known };
  return { known: known.reduce((sum, one) => sum + one, 0), nowhere: places.length === 0, value };
}
