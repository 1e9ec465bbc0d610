import type { BpfObject, InlinedFunction, LocalVariable, Locals, Program } from '../program/program.ts';
import type { InlinedCall } from './ir/ir.ts';
import type { CompileResult } from './compile.ts';
import { inlinedFunctions, isSameCall } from './inlinedCalls.ts';
import type { MachineFunction, VariableLocation } from './machine.ts';
import type { Places } from './places.ts';
import { btfBuilder, type BtfBuilder } from './object/btfBuilder.ts';

/** The object that was made of a compilation, with the places of its local variables. */
export function withLocals(
  object: BpfObject,
  { functions, places }: Pick<CompileResult, 'functions' | 'places'>,
): BpfObject {
  const builder = btfBuilder();
  const byName = new Map(functions.map((one) => [one.symbol.name, one]));
  const found = object.programs.map((program) => localsOf(program, byName, builder));
  const btf = { types: builder.finish() };
  const programs = object.programs.map((program, index): Program => {
    const variables = found[index] ?? [];
    const inlined = inlinedIn(program, byName, places);
    const locals: Locals = { btf, variables, inlined };
    return variables.length + inlined.length === 0 ? program : { ...program, locals };
  });
  return { ...object, programs };
}

function inlinedIn(
  { subprogs }: Program,
  functions: ReadonlyMap<string, MachineFunction>,
  places: Places,
): InlinedFunction[] {
  return subprogs.flatMap(({ name, start }) => {
    const made = functions.get(name);
    return made === undefined ? [] : inlinedFunctions(made, start, places);
  });
}

function localsOf(
  program: Program,
  functions: ReadonlyMap<string, MachineFunction>,
  builder: BtfBuilder,
): LocalVariable[] {
  return program.subprogs.flatMap(({ name, start }) => {
    const made = functions.get(name);
    if (made === undefined) return [];
    const locations = inSourceOrder(made.locations).flatMap((one) => inScope(one, made.lines));
    return locations.map((one) => localOf(one, start, builder));
  });
}

/** Parameters come first. */
function inSourceOrder(locations: MachineFunction['locations']): VariableLocation[] {
  return locations.toSorted(
    ({ variable: a }, { variable: b }) => Number(b.parameter) - Number(a.parameter) || a.place - b.place,
  );
}

/** What stands on the stack for good means something only while the inlined function runs that it belongs to. */
function inScope(location: VariableLocation, lines: MachineFunction['lines']): VariableLocation[] {
  const { inlinedAt, where } = location;
  if (inlinedAt === null || where.kind !== 'stack') return [location];
  const parts: VariableLocation[] = [];
  for (const [index, line] of lines.entries()) {
    if (!isWithin(line.inlinedAt, inlinedAt)) continue;
    const from = Math.max(location.from, line.pc);
    const to = Math.min(location.to, lines[index + 1]?.pc ?? location.to);
    const last = parts.at(-1);
    if (last?.to === from) parts[parts.length - 1] = { ...last, to };
    else if (from < to) parts.push({ ...location, from, to });
  }
  return parts;
}

function isWithin(inner: InlinedCall | null, outer: InlinedCall): boolean {
  for (let at = inner; at !== null; at = at.parent) if (isSameCall(at, outer)) return true;
  return false;
}

function localOf(
  { variable, inlinedAt, from, to, off, size, where }: VariableLocation,
  start: number,
  builder: BtfBuilder,
): LocalVariable {
  return {
    name: variable.name,
    typeId: builder.type(variable.type),
    parameter: variable.parameter,
    inlined: inlinedAt?.callee ?? null,
    from: from + start,
    to: to + start,
    off,
    size,
    where,
  };
}
