/**
 * Machine code that is kept from one compilation of a file to the next. What becomes of a function depends on nothing
 * but the functions and data that can be reached from it: where those are the same, but for where they stand in the
 * text, so is the code. Places, variables and types in its tables are then replaced by those of the new compilation.
 */
import { describe, type Description } from './describeIr.ts';
import type { IrFunction, IrModule } from '../ir/ir.ts';
import { nameableTypes } from './keptTypes.ts';
import type { KnownUnit, LoweredUnit } from '../lower/lower.ts';
import { mentionsOf } from '../ir/mentions.ts';
import type { LoweredFunction } from '../lower/state.ts';
import type { MachineFunction } from '../machine.ts';
import { movedCode, movesBetween } from './movedCode.ts';
import { callGraphOf } from '../optimise/callGraph.ts';
import { countUses } from '../optimise/countUses.ts';
import type { CheckedBody, CheckedUnit } from '../typed.ts';

/** All that one compilation made, by function. Nothing in here leads to a compilation before that. */
export interface KeptCode {
  /** What else decides: processor and profile. */
  readonly setting: string;
  readonly functions: ReadonlyMap<string, KeptFunction>;
  /** Of functions whose code is never kept. */
  readonly others: readonly Source[];
  /** As in `KnownUnit`. */
  readonly written: KnownUnit['written'];
}

export interface KeptFunction {
  readonly source: Source;
  /** Null where nothing is left of it, since all calls were inlined. */
  readonly code: MachineFunction | null;
  /** Names that its code refers to. */
  readonly uses: readonly string[];
  /** Of one that need not be looked at as long as its tokens are the same. */
  readonly front: KeptFront | null;
}

export interface KeptFront {
  readonly body: CheckedBody;
  readonly lowered: LoweredFunction;
}

/** All that a function is made from: what can be reached from it, in the order in which the optimiser takes it. */
export interface Source {
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

/** Functions that nobody looked at. */
type Unread = ReadonlyMap<string, KeptFunction>;

/**
 * Describes the functions of a module and finds those that are kept. Unused functions are gone already. Null where a
 * function that nobody looked at has to be looked at.
 */
export function sourcesOf(
  module: IrModule,
  setting: string,
  before: KeptCode | null,
  unread: Unread = new Map(),
): Sources | null {
  const byFunction = describeFunctions(module, unread);
  const kept = new Map<string, KeptFunction>();
  const fresh = new Set<string>();
  for (const [name, source] of byFunction) {
    const own = unread.get(name);
    const old = before?.setting === setting ? before.functions.get(name) : undefined;
    const moved = old === undefined || own !== undefined ? null : movedTo(old, source);
    if (own !== undefined && !isSameSource(own.source, source)) return null;
    if (own !== undefined) kept.set(name, own);
    else if (moved !== null) kept.set(name, moved);
    // What goes into a function that is compiled has to be there as the optimiser leaves it.
    else addAll(fresh, source);
  }
  for (const name of neededByData(module)) if (kept.get(name)?.code === null) addAll(fresh, byFunction.get(name));
  for (const name of fresh) if (unread.has(name)) return null;
  for (const name of fresh) kept.delete(name);
  return { setting, byFunction, kept };
}

function addAll(names: Set<string>, source: Source | undefined): void {
  for (const { name } of source?.parts ?? []) names.add(name);
}

function neededByData(module: IrModule): string[] {
  return [...module.data.values()].flatMap(({ relocations }) => relocations.map(({ symbol }) => symbol.name));
}

/** What was made of a unit, once nothing was complained of. */
export interface Made {
  readonly unit: CheckedUnit;
  readonly lowered: LoweredUnit;
  readonly functions: readonly MachineFunction[];
}

export function keepCode(sources: Sources, { unit, lowered, functions }: Made): KeptCode {
  const all = new Map<string, KeptFunction>();
  const codes = new Map(functions.map((code) => [code.symbol.name, code]));
  const bodies = new Map([...unit.bodies].map(([{ label }, body]) => [label, body]));
  const isNameable = nameableTypes(unit.scope);
  for (const [name, source] of sources.byFunction) {
    if (isOpaque(source)) continue;
    const old = sources.kept.get(name);
    const uses = old?.uses ?? usesOf(lowered.module.functions.get(name));
    const [body, own] = [bodies.get(name), lowered.functions.get(name)];
    const isWhole = source.parts.every(({ references }) => references.types.every(isNameable));
    const front = body === undefined || own === undefined || !isWhole ? null : { body, lowered: own };
    // Its code speaks of what its own source does.
    all.set(name, { source: old?.source ?? source, code: codes.get(name) ?? null, uses, front });
  }
  const others = [...sources.byFunction.values()].filter(isOpaque);
  return { setting: sources.setting, functions: all, others, written: lowered.written };
}

function isOpaque({ parts }: Source): boolean {
  return parts.some(({ opaque }) => opaque);
}

function usesOf(fn: IrFunction | undefined): string[] {
  return fn === undefined ? [] : [...new Set(mentionsOf(fn).map(({ symbol }) => symbol.name))];
}

function describeFunctions(module: IrModule, unread: Unread): Map<string, Source> {
  const uses = countUses(module);
  const parts = new Map<string, Description>();
  for (const fn of callGraphOf(module).bottomUp)
    parts.set(fn.name, ownPart(unread.get(fn.name), fn.name) ?? describe(fn, module));
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

function ownPart(kept: KeptFunction | undefined, own: string): Description | undefined {
  return kept?.source.parts.find(({ name }) => name === own);
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
  if (!isSameSource(old.source, source)) return null;
  const moves = movesBetween(old.source.parts, source.parts);
  if (moves === null) return null;
  return { ...old, source, code: old.code === null ? null : movedCode(old.code, moves) };
}

function isSameSource(one: Source, other: Source): boolean {
  if (one.parts.length !== other.parts.length || one.facts !== other.facts) return false;
  return one.parts.every((part, i) => isSamePart(part, other.parts[i]!));
}

function isSamePart(a: Description, b: Description): boolean {
  return a === b || (a.name === b.name && a.text === b.text && isSameBytes(a.bytes, b.bytes));
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
