/**
 * Functions of an edited file that nobody has to read again: their tokens, and all that they can see, are those of an
 * earlier compilation. They are neither parsed nor checked nor lowered until somebody asks for their bodies; what came of
 * them is put in their place.
 */
import type { Scope } from '../check/scope.ts';
import type { Description } from './describeIr.ts';
import type { DebugVariable } from '../ir/ir.ts';
import type { KeptCode, KeptFront, KeptFunction } from './keptCode.ts';
import { typeFinder } from './keptTypes.ts';
import type { KnownUnit } from '../lower/lower.ts';
import type { LoweredFunction } from '../lower/state.ts';
import { movedCode, movesBetween } from './movedCode.ts';
import type { Place } from '../places.ts';
import type { Preamble } from '../preprocess/preamble.ts';
import type { FunctionTokens, UnitSyntax } from '../syntax.ts';
import type { Tokens } from '../tokens.ts';
import type { BodyEffect } from '../typed.ts';
import type { CType } from '../types.ts';
import { ownTokens, unchangedUnit, type OwnTokens, type UnchangedUnit } from './unchanged.ts';

/** A compiled unit, as far as it matters to the next one. */
export interface KeptUnit {
  readonly code: KeptCode;
  /** The directives that it begins with; its tokens behind them. */
  readonly preamble: Preamble | null;
  readonly tokens: OwnTokens;
  /** All functions whose tokens are known. */
  readonly functions: readonly FunctionTokens[];
}

export function keptUnit(
  code: KeptCode,
  preamble: Preamble | null,
  { externals }: UnitSyntax,
  tokens: Tokens,
): KeptUnit {
  const functions = externals.flatMap((one) => (one.kind === 'function' && one.tokens !== null ? [one.tokens] : []));
  return { code, preamble, tokens: ownTokens(tokens, preamble?.tokenCount ?? 0), functions };
}

/** What the stages are given in place of functions. */
export interface Unread {
  /** For the parser: the token behind each body, by its `{`. */
  readonly ends: ReadonlyMap<number, number>;
  /** For the checker, by that token, too. */
  readonly effects: ReadonlyMap<number, readonly BodyEffect[]>;
  /** For the lowering. */
  readonly lowered: KnownUnit;
  /** For the rest: their code, with places of today and types of a scope; null where something is not found there. */
  readonly code: (scope: Scope) => ReadonlyMap<string, KeptFunction> | null;
}

/** Null where nothing can be left unread. */
export function unreadFunctions(
  kept: KeptUnit | null,
  setting: string,
  preamble: Preamble | null,
  tokens: Tokens,
): Unread | null {
  if (kept === null || preamble === null) return null;
  if (kept.preamble !== preamble || kept.code.setting !== setting) return null;
  const after = ownTokens(tokens, preamble.tokenCount);
  const { stable } = preamble;
  const unit = unchangedUnit({ before: kept.tokens, after, stable, functions: kept.functions });
  const left = unit === null ? [] : leftUnread(kept.code, unit);
  return unit === null || left.length === 0 ? null : unreadOf(left, unit, kept.code.written);
}

interface Left {
  readonly name: string;
  readonly function: KeptFunction;
  readonly front: KeptFront;
  readonly tokens: FunctionTokens;
}

/** All but those that may be others now, those that take them in, and what these take in. */
function leftUnread({ functions, others }: KeptCode, unit: UnchangedUnit): Left[] {
  const found = new Map<string, Left>();
  for (const [name, one] of functions) {
    const tokens = one.front === null ? undefined : unit.functions.get(one.front.body.tokens.first);
    if (one.front !== null && tokens !== undefined) found.set(name, { name, function: one, front: one.front, tokens });
  }
  const isOther = new Set([...functions.keys()].filter((name) => !found.has(name)));
  const takers = [...functions.values()]
    .map(({ source }) => source)
    .filter(({ parts }) => parts.some(({ name }) => isOther.has(name)));
  const isNeeded = new Set([...takers, ...others].flatMap(({ parts }) => parts.map(({ name }) => name)));
  return [...found.values()].filter(({ name }) => !isNeeded.has(name));
}

function unreadOf(left: readonly Left[], { place }: UnchangedUnit, written: KnownUnit['written']): Unread | null {
  const effects = new Map<number, readonly BodyEffect[]>();
  for (const { front, tokens } of left) {
    const moved = movedEffects(front.body.effects, place);
    if (moved === null) return null;
    effects.set(tokens.body, moved);
  }
  const functions = new Map(left.map(({ name, front }): [string, LoweredFunction] => [name, front.lowered]));
  return {
    ends: new Map(left.map(({ tokens }) => [tokens.body, tokens.end])),
    effects,
    lowered: { functions, written },
    code: (scope) => codeOf(left, place, scope),
  };
}

type Mover = (place: Place) => Place | null;

function movedEffects(effects: readonly BodyEffect[], place: Mover): BodyEffect[] | null {
  const moved = effects.flatMap((effect): BodyEffect[] => {
    if (typeof effect.what === 'string') return [effect];
    const [start, end] = [place(effect.what.declaredAt.start), place(effect.what.declaredAt.end)];
    if (start === null || end === null) return [];
    return [{ ...effect, what: { ...effect.what, declaredAt: { start, end } } }];
  });
  return moved.length === effects.length ? moved : null;
}

function codeOf(left: readonly Left[], place: Mover, scope: Scope): ReadonlyMap<string, KeptFunction> | null {
  const move = new DescriptionMover(place, typeFinder(scope));
  const functions = new Map<string, KeptFunction>();
  for (const { name, function: old, front, tokens } of left) {
    const parts = old.source.parts.map((part) => move.description(part));
    const moves = move.isLost ? null : movesBetween(old.source.parts, parts);
    if (moves === null) return null;
    const body = { ...front.body, tokens };
    const code = old.code === null ? null : movedCode(old.code, moves);
    functions.set(name, { ...old, source: { ...old.source, parts }, code, front: { ...front, body } });
  }
  return functions;
}

/** The same descriptions with the references of today. */
class DescriptionMover {
  /** Something was not found. */
  isLost = false;
  private readonly placeOf: Mover;
  private readonly typeOf: (type: CType) => CType | null;
  private readonly descriptions = new Map<Description, Description>();
  private readonly variables = new Map<DebugVariable, DebugVariable>();

  constructor(placeOf: Mover, typeOf: (type: CType) => CType | null) {
    this.placeOf = placeOf;
    this.typeOf = typeOf;
  }

  description(old: Description): Description {
    const known = this.descriptions.get(old);
    if (known !== undefined) return known;
    const places = old.references.places.map((place) => this.place(place));
    const types = old.references.types.map((type) => this.type(type));
    const variables = old.references.variables.map((variable) => this.variable(variable));
    const moved = { ...old, references: { places, types, variables } };
    this.descriptions.set(old, moved);
    return moved;
  }

  private place(old: Place): Place {
    return this.found(this.placeOf(old), old);
  }

  private type(old: CType): CType {
    return this.found(this.typeOf(old), old);
  }

  private variable(old: DebugVariable): DebugVariable {
    const known = this.variables.get(old);
    if (known !== undefined) return known;
    const { block } = old;
    const moved: DebugVariable = {
      ...old,
      place: old.place < 0 ? old.place : this.place(old.place),
      type: this.type(old.type),
      block: block && { ...block, start: this.place(block.start), end: this.place(block.end) },
    };
    this.variables.set(old, moved);
    return moved;
  }

  private found<T>(moved: T | null, old: T): T {
    this.isLost ||= moved === null;
    return moved ?? old;
  }
}
