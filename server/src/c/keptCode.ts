/**
 * Machine code that is kept from one compilation of a file to the next. What becomes of a function depends on nothing
 * but the functions and data that can be reached from it: where those are the same, but for where they stand in the
 * text, so is the code. Places, variables and types in its tables are then replaced by those of the new compilation.
 */
import { describe, type Description, type References } from './describeIr.ts';
import type { InlinedCall, IrFunction, IrModule } from './ir/ir.ts';
import type { MachineFunction } from './machine.ts';
import { callGraphOf } from './optimise/callGraph.ts';
import { countUses } from './optimise/countUses.ts';

/** All that one compilation made, by function. Nothing in here leads to a compilation before that. */
export interface KeptCode {
  /** What else decides: processor and profile. */
  readonly setting: string;
  readonly functions: ReadonlyMap<string, KeptFunction>;
}

interface KeptFunction {
  readonly source: Source;
  /** Null where nothing is left of it, since all calls were inlined. */
  readonly code: MachineFunction | null;
  /** Names that its code refers to. */
  readonly uses: readonly string[];
}

/** All that a function is made from: what can be reached from it, in the order in which the optimiser takes it. */
interface Source {
  readonly parts: readonly Description[];
  /** What depends on the rest of the module. */
  readonly facts: string;
}

/** What is known before the optimiser begins, which changes the functions. */
export interface Sources {
  readonly setting: string;
  readonly byFunction: ReadonlyMap<string, Source>;
  /** Functions that are as they were, with the code that stands for them. */
  readonly kept: ReadonlyMap<string, KeptFunction>;
}

/** Describes the functions of a module and finds those that are kept. Unused functions are gone already. */
export function sourcesOf(module: IrModule, setting: string, before: KeptCode | null): Sources {
  const byFunction = describeFunctions(module);
  const kept = new Map<string, KeptFunction>();
  const fresh = new Set<string>();
  for (const [name, source] of byFunction) {
    const old = before?.setting === setting ? before.functions.get(name) : undefined;
    const moved = old === undefined ? null : movedTo(old, source);
    if (moved !== null) kept.set(name, moved);
    // What goes into a function that is compiled has to be there as the optimiser leaves it.
    else addAll(fresh, source);
  }
  for (const name of neededByData(module)) if (kept.get(name)?.code === null) addAll(fresh, byFunction.get(name));
  for (const name of fresh) kept.delete(name);
  return { setting, byFunction, kept };
}

function addAll(names: Set<string>, source: Source | undefined): void {
  for (const { name } of source?.parts ?? []) names.add(name);
}

function neededByData(module: IrModule): string[] {
  return [...module.data.values()].flatMap(({ relocations }) => relocations.map(({ symbol }) => symbol.name));
}

/** To be asked only when nothing was complained of. */
export function keepCode(sources: Sources, module: IrModule, functions: readonly MachineFunction[]): KeptCode {
  const all = new Map<string, KeptFunction>();
  const codes = new Map(functions.map((code) => [code.symbol.name, code]));
  for (const [name, source] of sources.byFunction) {
    if (source.parts.some(({ opaque }) => opaque)) continue;
    const uses = sources.kept.get(name)?.uses ?? usesOf(module.functions.get(name));
    all.set(name, { source, code: codes.get(name) ?? null, uses });
  }
  return { setting: sources.setting, functions: all };
}

function usesOf(fn: IrFunction | undefined): string[] {
  return fn === undefined ? [] : [...describe(fn, null).uses];
}

function describeFunctions(module: IrModule): Map<string, Source> {
  const uses = countUses(module);
  const parts = new Map<string, Description>();
  for (const fn of callGraphOf(module).bottomUp) parts.set(fn.name, describe(fn, module));
  const order = new Map([...parts.keys()].map((name, index) => [name, index]));
  for (const [name, data] of module.data) if (!parts.has(name)) parts.set(name, describe(data, module));
  const sources = new Map<string, Source>();
  for (const [name, fn] of module.functions) {
    if (fn.blocks.length === 0) continue;
    const reached = reachedFrom(name, parts).sort((a, b) => (order.get(a.name) ?? -1) - (order.get(b.name) ?? -1));
    const facts = reached.map((part) => (uses.get(module.functions.get(part.name)!) === 1 ? 'once' : 'often'));
    sources.set(name, { parts: reached, facts: facts.join(' ') });
  }
  return sources;
}

function reachedFrom(name: string, parts: ReadonlyMap<string, Description>): Description[] {
  const reached = new Set<string>([name]);
  const found: Description[] = [];
  for (const next of reached) {
    const part = parts.get(next);
    if (part === undefined) continue;
    found.push(part);
    for (const used of part.uses) reached.add(used);
  }
  return found;
}

/** The old code with new places, variables and types; null where its source is not what it was. */
function movedTo(old: KeptFunction, source: Source): KeptFunction | null {
  const before = old.source;
  if (before.parts.length !== source.parts.length || before.facts !== source.facts) return null;
  if (!before.parts.every((part, i) => sameDescription(part, source.parts[i]!))) return null;
  const places = pairs(before.parts, source.parts, ({ places }) => places);
  const variables = pairs(before.parts, source.parts, ({ variables }) => variables);
  const types = pairs(before.parts, source.parts, ({ types }) => types);
  if (places === null || variables === null || types === null) return null;
  return { source, uses: old.uses, code: old.code === null ? null : movedCode(old.code, { places, variables, types }) };
}

function sameDescription(a: Description, b: Description): boolean {
  return a === b || (a.name === b.name && a.text === b.text && sameBytes(a.bytes, b.bytes));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** One for one; null where two that were the same are not so any more, or the other way round. */
function pairs<T>(
  before: readonly Description[],
  after: readonly Description[],
  listOf: (references: References) => readonly T[],
): Map<T, T> | null {
  const to = new Map<T, T>();
  const from = new Map<T, T>();
  for (const [i, part] of before.entries()) {
    const others = listOf(after[i]!.references);
    for (const [n, one] of listOf(part.references).entries()) {
      const other = others[n]!;
      if (to.has(one) ? to.get(one) !== other : from.has(other)) return null;
      to.set(one, other);
      from.set(other, one);
    }
  }
  return to;
}

type Moves = { readonly [K in keyof References]: ReadonlyMap<References[K][number], References[K][number]> };

function movedCode(code: MachineFunction, { places, variables, types }: Moves): MachineFunction {
  const place = <T extends { readonly place: number }>(one: T): T => ({
    ...one,
    place: places.get(one.place) ?? one.place,
  });
  const calls = new Map<InlinedCall, InlinedCall>();
  const call = (old: InlinedCall | null): InlinedCall | null => {
    if (old === null) return null;
    const moved = calls.get(old) ?? { ...place(old), parent: call(old.parent) };
    calls.set(old, moved);
    return moved;
  };
  return {
    ...code,
    lines: code.lines.map((one) => ({ ...place(one), inlinedAt: call(one.inlinedAt) })),
    locations: code.locations.map((one) => ({
      ...one, variable: variables.get(one.variable) ?? one.variable, inlinedAt: call(one.inlinedAt),
    })),
    core: code.core.map(({ pc, request }) => ({
      pc, request: { ...request, type: types.get(request.type) ?? request.type },
    })),
  }; // prettier-ignore
}
