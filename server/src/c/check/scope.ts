/** Name spaces (C11 6.2.3): ordinary names and tags by scope. Labels are the statement checker's. */
import type { FunctionSymbol, GlobalVariable, LocalVariable } from '../typed.ts';
import type { EnumType, Enumerator, RecordType, TypedefType } from '../types.ts';

/** What an ordinary identifier can stand for. */
export type Entity = FunctionSymbol | GlobalVariable | LocalVariable | TypedefType | EnumeratorEntity | PoisonedEntity;

export interface EnumeratorEntity {
  readonly kind: 'enumerator';
  readonly type: EnumType;
  readonly enumerator: Enumerator;
}

/** Declared, but wrongly, which was reported: uses of it are no further errors. */
export interface PoisonedEntity {
  readonly kind: 'poisoned';
  readonly name: string;
}

export type TagEntity = RecordType | EnumType;

export interface Scope {
  readonly parent: Scope | null;
  readonly names: Map<string, Entity>;
  readonly tags: Map<string, TagEntity>;
  /**
   * File scope: declares what headers say about a name when it is first asked for; null elsewhere. Called before each
   * look-up of a name in this scope.
   */
  readonly fill: ScopeFiller | null;
}

export interface ScopeFiller {
  readonly name: (name: string) => void;
  readonly tag: (name: string) => void;
  /** A header names the tag, which is known at file level then. */
  readonly mentions: (tag: string) => boolean;
  /** All ordinary names, for "did you mean". */
  readonly known: () => Iterable<string>;
}

export function innerScope(parent: Scope): Scope {
  return { parent, names: new Map(), tags: new Map(), fill: null };
}

/** What a name stands for here, in this scope or the ones around it. */
export function lookup(scope: Scope, name: string): Entity | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = lookupHere(at, name);
    if (found !== null) return found;
  }
  return null;
}

export function lookupHere(scope: Scope, name: string): Entity | null {
  scope.fill?.name(name);
  return scope.names.get(name) ?? null;
}

export function lookupTag(scope: Scope, name: string): TagEntity | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = lookupTagHere(at, name);
    if (found !== null) return found;
  }
  return null;
}

export function lookupTagHere(scope: Scope, name: string): TagEntity | null {
  scope.fill?.tag(name);
  return scope.tags.get(name) ?? null;
}

/** Every ordinary name that can be seen from here, for "did you mean". */
export function* visibleNames(scope: Scope): Iterable<string> {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    yield* at.names.keys();
    if (at.fill !== null) yield* at.fill.known();
  }
}
