import type { BpfObject, LocalVariable, Locals, Program } from '../program/program.ts';
import type { CompileResult } from './compile.ts';
import type { MachineFunction, VariableLocation } from './machine.ts';
import { btfBuilder, type BtfBuilder } from './object/btfBuilder.ts';

/** The object that was made of a compilation, with the places of its local variables. */
export function withLocals(object: BpfObject, { functions }: Pick<CompileResult, 'functions'>): BpfObject {
  const builder = btfBuilder();
  const byName = new Map(functions.map((one) => [one.symbol.name, one]));
  const found = object.programs.map((program) => localsOf(program, byName, builder));
  const btf = { types: builder.finish() };
  const programs = object.programs.map((program, index): Program => {
    const variables = found[index] ?? [];
    const locals: Locals = { btf, variables };
    return variables.length === 0 ? program : { ...program, locals };
  });
  return { ...object, programs };
}

function localsOf(
  program: Program,
  functions: ReadonlyMap<string, MachineFunction>,
  builder: BtfBuilder,
): LocalVariable[] {
  return program.subprogs.flatMap(({ name, start }) => {
    const made = functions.get(name);
    return made === undefined ? [] : made.locations.map((one) => localOf(one, start, builder));
  });
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
