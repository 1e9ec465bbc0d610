/** Functions as they are declared and defined. Source: C11 6.7.6.3, 6.9.1, 6.2.2; clang's SemaDecl.cpp (v19). */
import { reportError, type ProblemNote } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AttributeSyntax, DeclaratorSyntax, FunctionSyntax, SpecifiersSyntax } from '../syntax.ts';
import type { FunctionSymbol, Linkage, LocalVariable } from '../typed.ts';
import type { FunctionType } from '../types.ts';
import { hasAttribute, mergedAttributes, reportAttributes, symbolAttributes, textsOf } from './attributes.ts';
import type { Checker } from './checker.ts';
import { compatible, composite } from './compatible.ts';
import { typeOf } from './declarator.ts';
import { alignOf } from './layout.ts';
import { quoteType } from './printType.ts';
import { innerScope, lookupHere, type Entity } from './scope.ts';
import { asFunction, asRecord, isIncomplete, isVoid, isVolatile, plainType } from './typeQueries.ts';

/** What a declaration says of a function besides its type. */
export interface FunctionFacts {
  readonly name: string;
  readonly type: FunctionType;
  readonly specifiers: SpecifiersSyntax;
  readonly declarator: DeclaratorSyntax;
  /** Of the specifiers and the declarator. */
  readonly attributes: readonly AttributeSyntax[];
  readonly label: string | null;
  readonly at: Range;
}

type Open = { -readonly [K in keyof FunctionSymbol]: FunctionSymbol[K] };

/** The function of that name, with what this declaration adds to what was known. Null when it cannot be one. */
export function declareFunction(c: Checker, facts: FunctionFacts): FunctionSymbol | null {
  const { name, at } = facts;
  reportAttributes(c, facts.attributes);
  const here = lookupHere(c.scope, name);
  const known = here ?? lookupHere(c.fileScope, name);
  if (here !== null && here.kind !== 'function') return here.kind === 'poisoned' ? null : otherKind(c, here, facts);
  if (known?.kind === 'function') {
    if (here === null) c.scope.names.set(name, known);
    return merge(c, known, facts);
  }
  const symbol = newFunction(facts);
  c.scope.names.set(name, symbol);
  if (known === null && c.scope !== c.fileScope) c.fileScope.names.set(name, symbol);
  c.functions.set(name, symbol);
  if (hasAttribute(facts.attributes, 'unused') || symbol.attributes.used) c.named.add(symbol);
  void at;
  return symbol;
}

function newFunction(facts: FunctionFacts): FunctionSymbol {
  const { name, type, specifiers, attributes, label, at } = facts;
  return {
    kind: 'function',
    name,
    type,
    linkage: linkageOf(facts),
    inline: specifiers.inline,
    attributes: symbolAttributes(attributes, specifiers.noreturn),
    params: paramsOf(facts),
    paramTags: paramTagsOf(facts),
    body: null,
    declaredAt: { start: at.start, end: at.end },
    definedAt: null,
    label: label ?? name,
  };
}

function linkageOf({ specifiers, attributes }: FunctionFacts): Linkage {
  if (specifiers.storage === 'static') return 'internal';
  return hasAttribute(attributes, 'weak') ? 'weak' : 'external';
}

function paramsOf({ type, declarator }: FunctionFacts): LocalVariable[] {
  const [first] = declarator.derivations;
  const written = first?.kind === 'function' ? first.params : [];
  return type.params.map(({ name, type: own }, i): LocalVariable => {
    const at = written[i]?.declarator.name ?? written[i] ?? declarator;
    const inMemory = asRecord(own) !== null || isVolatile(own);
    const declaredAt = { start: at.start, end: at.end };
    return {
      kind: 'local',
      name,
      type: own,
      alignBytes: alignOf(own),
      addressTaken: inMemory,
      cleanup: null,
      declaredAt,
    };
  });
}

function paramTagsOf({ type, declarator }: FunctionFacts): (readonly string[])[] {
  const [first] = declarator.derivations;
  const written = first?.kind === 'function' ? first.params : [];
  return type.params.map((_, i) => {
    const param = written[i];
    return param === undefined ? [] : textsOf([...param.specifiers.attributes, ...param.attributes], 'btf_decl_tag');
  });
}

function merge(c: Checker, known: Open, facts: FunctionFacts): FunctionSymbol | null {
  const { type, specifiers, attributes, label } = facts;
  if (!compatible(known.type, type)) {
    const notes = previous(known.declaredAt, known.definedAt === null ? 'declaration' : 'definition');
    reportError(c.problems, 'c-redefinition', facts.at, `conflicting types for '${facts.name}'`, { notes });
    return null;
  }
  if (specifiers.storage === 'static' && known.linkage !== 'internal') {
    const message = `static declaration of '${facts.name}' follows non-static declaration`;
    reportError(c.problems, 'c-redefinition', facts.at, message, { notes: previous(known.declaredAt, 'declaration') });
  }
  const joined = composite(known.type, type);
  const tags = paramTagsOf(facts);
  known.paramTags = tags.map((own, i) => [...new Set([...(known.paramTags[i] ?? []), ...own])]);
  known.type = asFunction(joined) ?? known.type;
  if (known.definedAt === null) known.params = paramsOf({ ...facts, type: known.type });
  known.inline ||= specifiers.inline;
  known.attributes = mergedAttributes(known.attributes, symbolAttributes(attributes, specifiers.noreturn));
  if (known.linkage === 'external' && hasAttribute(attributes, 'weak')) known.linkage = 'weak';
  if (label !== null) known.label = label;
  return known;
}

function previous(at: Range, what: string): ProblemNote[] {
  return [{ at, message: `previous ${what} is here` }];
}

function otherKind(c: Checker, known: Entity, { name, at }: FunctionFacts): null {
  const before = 'declaredAt' in known ? known.declaredAt : null;
  const notes = before === null ? [] : previous(before, 'definition');
  reportError(c.problems, 'c-redefinition', at, `redefinition of '${name}' as different kind of symbol`, { notes });
  return null;
}

/** A function with a body: declares it, and gives what its body is to be checked with. */
export function defineFunction(c: Checker, syntax: FunctionSyntax): FunctionSymbol | null {
  const { specifiers, declarator, label } = syntax;
  const type = asFunction(typeOf(c, specifiers, declarator));
  const name = declarator.name?.text ?? '';
  if (type === null || declarator.name === null) return null;
  const attributes = [...specifiers.attributes, ...syntax.attributes];
  // `f()` with a body takes no arguments (C11 6.7.6.3p14).
  const own = type.prototype ? type : { ...type, prototype: type.params.length === 0 };
  const known = lookupHere(c.fileScope, name);
  if (known?.kind === 'function' && known.definedAt !== null) {
    const message = `redefinition of '${name}'`;
    reportError(c.problems, 'c-redefinition', declarator.name, message, {
      notes: previous(known.declaredAt, 'definition'),
    });
    return null;
  }
  const facts = { name, type: own, specifiers, declarator, attributes, label, at: declarator.name };
  const symbol: Open | null = declareFunction(c, facts);
  if (symbol === null) return null;
  symbol.type = {
    ...own,
    params: symbol.type.params.length === own.params.length ? mergedParams(symbol.type, own) : own.params,
  };
  symbol.params = paramsOf({ ...facts, type: symbol.type });
  const { start, end } = declarator.name;
  symbol.declaredAt = { start, end };
  symbol.definedAt = { start: syntax.start, end: syntax.end };
  reportResult(c, symbol, declarator.name);
  return symbol;
}

/** The names of the definition. */
function mergedParams(joined: FunctionType, own: FunctionType): FunctionType['params'] {
  return joined.params.map(({ type }, i) => ({ name: own.params[i]?.name ?? '', type }));
}

function reportResult(c: Checker, { type }: FunctionSymbol, at: Range): void {
  if (isVoid(type.returns) || !isIncomplete(type.returns)) return;
  reportError(c.problems, 'c-type', at, `incomplete result type ${quoteType(type.returns)} in function definition`);
}

/** Checks the body in a scope that has the parameters. */
export function checkBody(c: Checker, symbol: FunctionSymbol, syntax: FunctionSyntax): void {
  const outer = c.scope;
  c.scope = innerScope(c.fileScope);
  const [first] = syntax.declarator.derivations;
  const written = first?.kind === 'function' ? first.params : [];
  for (const [i, param] of symbol.params.entries()) declareParameter(c, param, written[i]?.attributes ?? []);
  symbol.body = c.rules.functionBody(c, symbol, syntax.body);
  c.scope = outer;
}

function declareParameter(c: Checker, param: LocalVariable, attributes: readonly AttributeSyntax[]): void {
  const { name, type, declaredAt } = param;
  if (isIncomplete(type)) {
    const what = plainType(type).kind === 'record' ? 'variable has incomplete type' : 'parameter has incomplete type';
    reportError(c.problems, 'c-type', declaredAt, `${what} ${quoteType(type)}`);
  }
  if (hasAttribute(attributes, 'unused')) c.named.add(param);
  if (name === '') return;
  const known = c.scope.names.get(name);
  if (known?.kind === 'local') {
    const notes = previous(known.declaredAt, 'declaration');
    reportError(c.problems, 'c-redefinition', declaredAt, `redefinition of parameter '${name}'`, { notes });
  } else c.scope.names.set(name, param);
}
