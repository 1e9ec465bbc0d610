/** Variables as they are declared. Source: C11 6.7, 6.9.2, 6.2.2; clang's SemaDecl.cpp (v19). */
import { reportError, type ProblemNote } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AttributeSyntax, InitDeclaratorSyntax, SpecifiersSyntax } from '../syntax.ts';
import type { GlobalVariable, Initializer, Linkage, LocalVariable, Statement } from '../typed.ts';
import type { CType } from '../types.ts';
import {
  alignmentOf,
  cleanupOf,
  hasAttribute,
  mergedAttributes,
  reportAttributes,
  symbolAttributes,
} from './attributes.ts';
import type { Checker } from './checker.ts';
import { compatible, composite } from './compatible.ts';
import { alignOf } from './layout.ts';
import { forwardNotes } from './incomplete.ts';
import { quoteType } from './printType.ts';
import { lookupHere, type Entity } from './scope.ts';
import { INT, asArray, asRecord, isIncomplete, isVolatile, qualifiersOf, qualify } from './typeQueries.ts';

/** One declared name with everything around it. */
export interface VariableFacts {
  readonly name: string;
  readonly at: Range;
  /** Null for `__auto_type`. */
  readonly type: CType | null;
  readonly specifiers: SpecifiersSyntax;
  readonly attributes: readonly AttributeSyntax[];
  readonly syntax: InitDeclaratorSyntax;
}

type Open = { -readonly [K in keyof GlobalVariable]: GlobalVariable[K] };

/** At file scope, and `extern` in a function. */
export function declareGlobal(c: Checker, facts: VariableFacts): void {
  const { name, at, syntax } = facts;
  reportAttributes(c, facts.attributes);
  const here = lookupHere(c.scope, name);
  const known = here ?? lookupHere(c.fileScope, name);
  if (here !== null && here.kind !== 'global') return conflict(c, here, facts);
  const variable: Open = known?.kind === 'global' ? merge(c, known, facts) : newGlobal(c, facts);
  c.scope.names.set(name, variable);
  if (!(known?.kind === 'global')) {
    c.variables.set(name, variable);
    if (c.scope !== c.fileScope) c.fileScope.names.set(name, variable);
  }
  if (syntax.init !== null) {
    const { init, type } = c.rules.initializer(c, syntax.init, facts.type, true, at);
    variable.init = init;
    variable.type = completed(variable.type, type);
  }
  reportIncomplete(c, variable, facts);
}

function isExternOnly({ specifiers, syntax }: VariableFacts): boolean {
  return specifiers.storage === 'extern' && syntax.init === null;
}

function newGlobal(c: Checker, facts: VariableFacts): Open {
  const { name, specifiers, attributes, at } = facts;
  const type = facts.type ?? INT;
  const variable: Open = {
    kind: 'global',
    name,
    type,
    linkage: linkageOf(facts),
    external: isExternOnly(facts),
    attributes: symbolAttributes(attributes),
    alignBytes: alignedAt(c, type, specifiers, attributes),
    init: null,
    declaredAt: { start: at.start, end: at.end },
  };
  noteUnused(c, variable, attributes);
  return variable;
}

function linkageOf({ specifiers, attributes }: VariableFacts): Linkage {
  if (specifiers.storage === 'static') return 'internal';
  return hasAttribute(attributes, 'weak') ? 'weak' : 'external';
}

function noteUnused(c: Checker, variable: object, attributes: readonly AttributeSyntax[]): void {
  if (
    hasAttribute(attributes, 'unused') ||
    hasAttribute(attributes, 'maybe_unused') ||
    hasAttribute(attributes, 'used')
  )
    c.named.add(variable);
}

export function alignedAt(
  c: Checker,
  type: CType,
  { alignas }: SpecifiersSyntax,
  attributes: readonly AttributeSyntax[],
): number {
  let bytes = Math.max(alignOf(type), alignmentOf(c, attributes) ?? 1);
  for (const one of alignas) {
    const own = one.kind === 'typeName' ? null : Number(c.rules.integerConstant(c, one, false)?.value ?? 1n);
    if (own !== null) bytes = Math.max(bytes, own);
  }
  return bytes;
}

/** Several declarations of one variable are one. */
function merge(c: Checker, known: Open, facts: VariableFacts): Open {
  const { name, at, specifiers, attributes } = facts;
  const type = facts.type ?? INT;
  if (!compatible(known.type, type)) {
    const message = `redefinition of '${name}' with a different type: ${quoteType(type)} vs ${quoteType(known.type)}`;
    reportError(c.problems, 'c-redefinition', at, message, { notes: previous(known.declaredAt) });
    return known;
  }
  if (known.init !== null && facts.syntax.init !== null)
    reportError(c.problems, 'c-redefinition', at, `redefinition of '${name}'`, { notes: previous(known.declaredAt) });
  if (specifiers.storage === 'static' && known.linkage !== 'internal') {
    const message = `static declaration of '${name}' follows non-static declaration`;
    reportError(c.problems, 'c-redefinition', at, message, { notes: previous(known.declaredAt) });
  }
  known.type = composite(known.type, type);
  known.attributes = mergedAttributes(known.attributes, symbolAttributes(attributes));
  known.alignBytes = Math.max(known.alignBytes, alignedAt(c, type, specifiers, attributes));
  if (!isExternOnly(facts)) {
    known.external = false;
    known.declaredAt = { start: at.start, end: at.end };
  }
  if (known.linkage === 'external' && hasAttribute(attributes, 'weak')) known.linkage = 'weak';
  noteUnused(c, known, attributes);
  return known;
}

function previous(at: Range): ProblemNote[] {
  return [{ at, message: 'previous definition is here' }];
}

/** The name already means something else, or the same thing a second time in a block. */
export function conflict(c: Checker, known: Entity, { name, at }: Pick<VariableFacts, 'name' | 'at'>): void {
  if (known.kind === 'poisoned') return;
  const before = known.kind === 'enumerator' ? known.enumerator.declaredAt : known.declaredAt;
  const notes = before === null ? [] : previous(before);
  const same = known.kind === 'local' || known.kind === 'global';
  const message = same ? `redefinition of '${name}'` : `redefinition of '${name}' as different kind of symbol`;
  reportError(c.problems, 'c-redefinition', at, message, { notes });
}

/** `int a[]` gets its length from its initialiser; the qualifiers of the declaration stay. */
function completed(declared: CType, init: CType): CType {
  const array = asArray(declared);
  return array !== null && array.length === null ? init : declared;
}

function reportIncomplete(c: Checker, variable: Open, facts: VariableFacts): void {
  if (variable.external) return;
  const array = asArray(variable.type);
  // A tentative definition of an array without length has one element (C11 6.9.2p5).
  if (array !== null && array.length === null && facts.syntax.init === null && !isIncomplete(array.of)) {
    if (facts.specifiers.storage !== 'static') variable.type = { ...array, length: 1 };
    return;
  }
  if (!isIncomplete(variable.type)) return;
  const message = `variable has incomplete type ${quoteType(variable.type)}`;
  reportError(c.problems, 'c-type', facts.at, message, { notes: forwardNotes(variable.type) });
  variable.type = INT;
}

/** A static variable in a function: a global one of a name that nobody else has. */
export function declareStatic(c: Checker, facts: VariableFacts): void {
  const known = c.scope.names.get(facts.name);
  if (known !== undefined) return conflict(c, known, facts);
  reportAttributes(c, facts.attributes);
  const variable = newGlobal(c, facts);
  variable.name = staticName(c, facts.name);
  c.scope.names.set(facts.name, variable);
  c.variables.set(variable.name, variable);
  if (facts.syntax.init !== null) {
    const { init, type } = c.rules.initializer(c, facts.syntax.init, facts.type, true, facts.at);
    variable.init = init;
    variable.type = completed(variable.type, type);
  }
  reportIncomplete(c, variable, facts);
}

/** As clang names them: `f.counter`, then `f.counter.1`. */
function staticName(c: Checker, name: string): string {
  const base = `${c.currentFunction?.name ?? ''}.${name}`;
  let free = base;
  for (let number = 1; c.variables.has(free); number++) free = `${base}.${number}`;
  return free;
}

type OpenLocal = { -readonly [K in keyof LocalVariable]: LocalVariable[K] };

/** A variable of a block. It can be named in its own initialiser. */
export function declareLocal(c: Checker, facts: VariableFacts): Statement[] {
  const { name, at, specifiers, attributes, syntax } = facts;
  reportAttributes(c, attributes);
  const known = c.scope.names.get(name);
  if (known !== undefined) {
    conflict(c, known, facts);
    return [];
  }
  if (facts.type === null) return declareAuto(c, facts);
  const variable: OpenLocal = newLocal(c, facts, facts.type);
  c.scope.names.set(name, variable);
  let init: Initializer | null = null;
  if (syntax.init !== null) {
    const checked = c.rules.initializer(c, syntax.init, facts.type, false, at);
    ({ init } = checked);
    variable.type = completed(facts.type, checked.type);
  }
  if (isIncomplete(variable.type)) {
    const array = asArray(variable.type);
    const unsized = array !== null && array.length === null && syntax.init === null;
    const what = unsized
      ? `definition of variable with array type needs an explicit size or an initializer`
      : `variable has incomplete type ${quoteType(variable.type)}`;
    reportError(c.problems, 'c-type', at, what, { notes: forwardNotes(variable.type) });
    variable.type = INT;
    init = null;
  }
  void specifiers;
  return [{ kind: 'declare', variable, init, start: syntax.start, end: syntax.end }];
}

function newLocal(c: Checker, { name, at, specifiers, attributes }: VariableFacts, type: CType): LocalVariable {
  const inMemory = asArray(type) !== null || asRecord(type) !== null || isVolatile(type);
  const variable: LocalVariable = {
    kind: 'local',
    name,
    type,
    alignBytes: alignedAt(c, type, specifiers, attributes),
    addressTaken: inMemory,
    cleanup: cleanupOf(c, attributes),
    declaredAt: { start: at.start, end: at.end },
  };
  noteUnused(c, variable, attributes);
  if (variable.cleanup !== null) c.named.add(variable);
  return variable;
}

/** `__auto_type x = …`: its type is that of the initialiser, in which it cannot be named. */
function declareAuto(c: Checker, facts: VariableFacts): Statement[] {
  const { name, at, specifiers, syntax } = facts;
  if (syntax.init === null) {
    const message = `declaration of variable '${name}' with deduced type '__auto_type' requires an initializer`;
    reportError(c.problems, 'c-type', at, message);
    c.scope.names.set(name, { kind: 'poisoned', name });
    return [];
  }
  const { init, type } = c.rules.initializer(c, syntax.init, null, false, at);
  const { const: isConst, volatile } = specifiers;
  const plain = { ...qualifiersOf(type) };
  const variable = newLocal(
    c,
    facts,
    qualify(type, { const: isConst && !plain.const, volatile: volatile && !plain.volatile }),
  );
  c.scope.names.set(name, variable);
  return [{ kind: 'declare', variable, init, start: syntax.start, end: syntax.end }];
}
