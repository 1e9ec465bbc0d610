import type { SourceText } from '../base/source.ts';
import type { BpfObject, FunctionLocals, LocalVariable, PcRange, Program } from '../program/program.ts';
import type { CompileResult } from './compile.ts';
import { chainOf, inlinedFunctions, isSameCall, writtenAt } from './inlinedCalls.ts';
import type { InlinedCall } from './ir/ir.ts';
import type { MachineFunction, VariableLocation } from './machine.ts';
import { btfBuilder, type BtfBuilder } from './object/btfBuilder.ts';
import { NOWHERE, type FilePlace, type FileSpan, type Place, type Places, type SourceFile } from './places.ts';

/** The object that was made of a compilation, with the places of its local variables. */
export function withLocals(
  object: BpfObject,
  { functions, places }: Pick<CompileResult, 'functions' | 'places'>,
): BpfObject {
  const builder = btfBuilder();
  const reading: Reading = { places, builder, texts: new Map() };
  const byName = new Map(functions.map((one) => [one.symbol.name, functionLocals(one, reading)]));
  const btf = { types: builder.finish() };
  const programs = object.programs.map((program): Program => {
    const own = program.subprogs.map(({ name }) => byName.get(name) ?? null);
    return own.some(isTelling) ? { ...program, locals: { btf, functions: own } } : program;
  });
  return { ...object, programs };
}

function isTelling(one: FunctionLocals | null): boolean {
  return one !== null && one.variables.length + one.inlined.length > 0;
}

interface Reading {
  readonly places: Places;
  readonly builder: BtfBuilder;
  readonly texts: Map<SourceFile, SourceText>;
}

function functionLocals(made: MachineFunction, reading: Reading): FunctionLocals {
  const stretches = stretchesOf(made);
  const variables = groupedByVariable(made.locations).map((pieces) => localOf(pieces, made, stretches, reading));
  return { variables, inlined: inlinedFunctions(made, reading.places, reading.texts) };
}

/** The pieces of each variable together, parameters first. */
function groupedByVariable(locations: readonly VariableLocation[]): [VariableLocation, ...VariableLocation[]][] {
  const groups = new Map<VariableLocation['variable'], [VariableLocation, ...VariableLocation[]][]>();
  for (const one of locations) {
    const copies = groups.get(one.variable) ?? [];
    groups.set(one.variable, copies);
    const own = copies.find(([first]) => isSameCall(first.inlinedAt, one.inlinedAt));
    if (own === undefined) copies.push([one]);
    else own.push(one);
  }
  return [...groups.values()]
    .flat()
    .toSorted(([{ variable: a }], [{ variable: b }]) => Number(b.parameter) - Number(a.parameter) || a.place - b.place);
}

/** A piece of code that came of one place in the text, and the calls that led there. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Where a function on the way is: at the next call, and the last one at the code itself. By depth. */
  readonly at: readonly Place[];
  readonly calls: readonly InlinedCall[];
}

function stretchesOf({ lines, insns }: MachineFunction): Stretch[] {
  return lines.map(({ pc, place, inlinedAt }, index) => {
    const calls = chainOf(inlinedAt);
    const at = [...calls.map((call) => call.place), place];
    return { from: pc, to: lines[index + 1]?.pc ?? insns.length, at, calls };
  });
}

function localOf(
  pieces: readonly [VariableLocation, ...VariableLocation[]],
  { insns }: MachineFunction,
  stretches: readonly Stretch[],
  { places, builder, texts }: Reading,
): LocalVariable {
  const [{ variable, inlinedAt }] = pieces;
  const { name, type, parameter, place, block } = variable;
  const depth = chainOf(inlinedAt).length;
  const span = block === null ? null : places.span(block);
  const whole = depth === 0 && block === null;
  const scope = whole ? [{ from: 0, to: insns.length }] : scopeIn(stretches, inlinedAt, span, places);
  const { path, line } = writtenAt(place, places, texts);
  return {
    name,
    typeId: builder.type(type),
    parameter,
    depth,
    scope,
    blocks: block?.depth ?? 0,
    path,
    line,
    places: pieces.map(({ from, to, off, size, where }) => ({ from, to, off, size, where })),
  };
}

/** The code of what was inlined by a call, as far as it stands in a block. */
function scopeIn(
  stretches: readonly Stretch[],
  call: InlinedCall | null,
  block: FileSpan | null,
  places: Places,
): PcRange[] {
  const depth = chainOf(call).length;
  const ranges: PcRange[] = [];
  for (const { from, to, at, calls } of stretches) {
    if (depth > 0 && !isSameCall(calls[depth - 1] ?? null, call)) continue;
    if (block !== null && !isInside(places.written(at[depth] ?? NOWHERE), block)) continue;
    const last = ranges.at(-1);
    if (last?.to === from) ranges[ranges.length - 1] = { from: last.from, to };
    else ranges.push({ from, to });
  }
  return ranges;
}

function isInside(place: FilePlace | null, { file, start, end }: FileSpan): boolean {
  return place?.file === file && start <= place.offset && place.offset < end;
}
