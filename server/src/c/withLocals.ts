import type { SourceText } from '../base/source.ts';
import type { BpfObject, FunctionLocals, Locals, LocalVariable, PcRange, Program } from '../program/program.ts';
import type { CompileResult } from './compile.ts';
import { chainOf, inlinedFunctions, isSameCall, writtenAt } from './inlinedCalls.ts';
import type { InlinedCall } from './ir/ir.ts';
import type { MachineFunction, VariableLocation } from './machine.ts';
import { btfBuilder, type BtfBuilder } from './object/btfBuilder.ts';
import { type FilePlace, type FileSpan, type Place, type Places, type SourceFile } from './places.ts';

/**
 * The object that was made of a compilation, with the places of its local variables, which are found out for a program
 * when they are first asked for.
 */
export function withLocals(
  object: BpfObject,
  { functions, places }: Pick<CompileResult, 'functions' | 'places'>,
): BpfObject {
  const byName = new Map(functions.map((one) => [one.symbol.name, one]));
  const programs = object.programs.map((program): Program => {
    const made = program.subprogs.map(({ name }) => byName.get(name) ?? null);
    if (!made.some(isTelling)) return program;
    let known: Locals | null = null;
    return {
      ...program,
      get locals() {
        return (known ??= localsOf(made, places));
      },
    };
  });
  return { ...object, programs };
}

function isTelling(made: MachineFunction | null): boolean {
  return made !== null && (made.locations.length > 0 || made.lines.some(({ inlinedAt }) => inlinedAt !== null));
}

function localsOf(made: readonly (MachineFunction | null)[], places: Places): Locals {
  const builder = btfBuilder();
  const reading: Reading = { places, builder, texts: new Map() };
  const functions = made.map((one) => one && functionLocals(one, reading));
  return { btf: { types: builder.finish() }, functions };
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

/** A piece of code that came of one place in the text. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Where the call stands that led there from the function that is asked about, or the code itself. */
  readonly at: Place;
}

/** The code of each inlined call, the calls in it included; that of the whole function for null. */
type Stretches = (call: InlinedCall | null) => readonly Stretch[];

function stretchesOf({ lines, insns }: MachineFunction): Stretches {
  const numberOf = callNumbers();
  const byCall = new Map<number, Stretch[]>();
  const add = (call: InlinedCall | null, stretch: Stretch): void => {
    const known = byCall.get(numberOf(call));
    if (known === undefined) byCall.set(numberOf(call), [stretch]);
    else known.push(stretch);
  };
  for (const [index, { pc, place, inlinedAt }] of lines.entries()) {
    const to = lines[index + 1]?.pc ?? insns.length;
    add(inlinedAt, { from: pc, to, at: place });
    for (let call = inlinedAt; call !== null; call = call.parent) add(call.parent, { from: pc, to, at: call.place });
  }
  return (call) => byCall.get(numberOf(call)) ?? [];
}

/** The same for the same calls, whoever made the objects; 0 for none. */
function callNumbers(): (call: InlinedCall | null) => number {
  const known = new Map<InlinedCall, number>();
  const byKey = new Map<string, number>();
  const numberOf = (call: InlinedCall | null): number => {
    if (call === null) return 0;
    const found = known.get(call);
    if (found !== undefined) return found;
    const key = `${numberOf(call.parent)} ${call.place} ${call.callee}`;
    const number = byKey.get(key) ?? byKey.size + 1;
    byKey.set(key, number);
    known.set(call, number);
    return number;
  };
  return numberOf;
}

function localOf(
  pieces: readonly [VariableLocation, ...VariableLocation[]],
  { insns }: MachineFunction,
  stretches: Stretches,
  { places, builder, texts }: Reading,
): LocalVariable {
  const [{ variable, inlinedAt }] = pieces;
  const { name, type, parameter, place, block } = variable;
  const depth = chainOf(inlinedAt).length;
  const span = block === null ? null : places.span(block);
  const whole = depth === 0 && block === null;
  const scope = whole ? [{ from: 0, to: insns.length }] : scopeIn(stretches(inlinedAt), span, places);
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

/** Code as far as it stands in a block. */
function scopeIn(stretches: readonly Stretch[], block: FileSpan | null, places: Places): PcRange[] {
  const ranges: PcRange[] = [];
  for (const { from, to, at } of stretches) {
    if (block !== null && !isInside(places.written(at), block)) continue;
    const last = ranges.at(-1);
    if (last?.to === from) ranges[ranges.length - 1] = { from: last.from, to };
    else ranges.push({ from, to });
  }
  return ranges;
}

function isInside(place: FilePlace | null, { file, start, end }: FileSpan): boolean {
  return place?.file === file && start <= place.offset && place.offset < end;
}
