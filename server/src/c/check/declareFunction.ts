/** Functions: their declarations are brought together, their definitions get parameters and a body. */
import { newProblems, reportError, reportWarning } from '../problem.ts';
import type { FunctionSyntax, ParamSyntax } from '../syntax.ts';
import type { FunctionSymbol, Linkage, LocalVariable, Statement } from '../typed.ts';
import type { FunctionType } from '../types.ts';
import { hasAttribute, mayBeUnused, mergedAttributes, stringsOf, symbolAttributes } from './attributes.ts';
import { checkNoting, repeatEffects } from './bodyEffects.ts';
import type { Checker } from './checker.ts';
import { compatible, composite } from './compatible.ts';
import type { Declared } from './declare.ts';
import { newLocal } from './declareLocal.ts';
import { declaratorAttributes, typeOf } from './declarator.ts';
import { frozen } from './headers.ts';
import { forwardNotes } from './incomplete.ts';

import { kindText, previousNote } from './previous.ts';
import { quoteType } from './printType.ts';
import { rangeOf } from './records.ts';
import { noteUsage } from './usage.ts';
import { innerScope, lookupHere } from './scope.ts';
import { warnAboutMixedDeclarations, warnAboutOldDefinition } from './warnPrototype.ts';
import { asFunction, isIncomplete, isVoid } from './typeQueries.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds a declaration of a function to what is known of it; null after an error that makes it another thing. */
export function declareFunction(
  c: Checker,
  one: Declared,
  type: FunctionType,
  definition: boolean,
): Mutable<FunctionSymbol> | null {
  const { name } = one;
  if (one.syntax.init !== null && one.syntax.init.kind !== 'error')
    reportError(c.problems, 'c-declaration', name, 'illegal initializer (only variables can be initialized)');
  const old = lookupHere(c.fileScope, name.text) ?? c.functions.get(name.text) ?? null;
  if (old !== null && old.kind !== 'function' && old.kind !== 'poisoned') {
    reportError(c.problems, 'c-redefinition', name, kindText(name.text), { notes: previousNote(old) });
    return null;
  }
  if (c.scope !== c.fileScope && clashes(c, name)) return null;
  const symbol = old?.kind === 'function' ? merged(c, old, one, type, definition) : newSymbol(c, one, type);
  if (symbol === null) return null;
  c.functions.set(name.text, symbol);
  c.scope.names.set(name.text, symbol);
  return symbol;
}

function clashes(c: Checker, name: Declared['name']): boolean {
  const here = lookupHere(c.scope, name.text);
  if (here === null || here.kind === 'function' || here.kind === 'poisoned') return false;
  reportError(c.problems, 'c-redefinition', name, kindText(name.text), { notes: previousNote(here) });
  return true;
}

function newSymbol(c: Checker, one: Declared, type: FunctionType): Mutable<FunctionSymbol> {
  const { name, attributes, specifiers, syntax } = one;
  const own = symbolAttributes(c, attributes);
  const symbol: Mutable<FunctionSymbol> = {
    kind: 'function',
    name: name.text,
    type,
    linkage: linkageOf(one),
    inline: specifiers.inline,
    attributes: specifiers.noreturn ? { ...own, noreturn: true } : own,
    params: shells(type, syntax.declarator),
    paramTags: paramTags(c, one),
    body: null,
    declaredAt: rangeOf(name),
    definedAt: null,
    label: syntax.label ?? name.text,
  };
  if (mayBeUnused(attributes)) c.maybeUnused.add(symbol);
  noteUsage(c, symbol, attributes);
  return symbol;
}

/** Of a declaration: where its parameters stand. The definition has variables for them. */
function shells(type: FunctionType, declarator: Declared['syntax']['declarator']): LocalVariable[] {
  const written = paramsOf(declarator.derivations[0]);
  return type.params.map(({ name, type: own }, index) => {
    const declaredAt = rangeOf(written[index]?.declarator.name ?? written[index] ?? declarator);
    return { kind: 'local', name, type: own, alignBytes: 1, addressTaken: false, cleanup: null, declaredAt };
  });
}

/**
 * An `inline` function without `extern` is no definition that others see (C11 6.7.4p7); where it is not inlined, it is
 * made for this unit alone.
 */
export function linkageOf({ attributes, specifiers }: Declared): Linkage {
  if (specifiers.storage === 'static') return 'internal';
  if (hasAttribute(attributes, 'weak')) return 'weak';
  return specifiers.inline && specifiers.storage !== 'extern' ? 'internal' : 'external';
}

function paramTags(c: Checker, { syntax }: Declared): readonly (readonly string[])[] {
  const params = paramsOf(syntax.declarator.derivations[0]);
  return params.map(({ specifiers, declarator, attributes }) =>
    stringsOf(c, declaratorAttributes(specifiers, declarator, attributes), 'btf_decl_tag'),
  );
}

function paramsOf(first: Declared['syntax']['declarator']['derivations'][number] | undefined): readonly ParamSyntax[] {
  return first?.kind === 'function' ? first.params : [];
}

function merged(
  c: Checker,
  old: Mutable<FunctionSymbol>,
  one: Declared,
  type: FunctionType,
  definition: boolean,
): Mutable<FunctionSymbol> | null {
  const { name } = one;
  const message = conflict(old, one, type, definition);
  if (message !== null) {
    const notes = previousNote(old, old.definedAt === null ? 'previous declaration is here' : undefined);
    reportError(c.problems, 'c-redefinition', name, message, { notes });
    const wrong = newSymbol(c, one, type);
    c.named.add(wrong).add(old);
    return definition ? wrong : null;
  }
  const kept = { type: old.type, at: old.declaredAt, definition: old.definedAt !== null };
  warnAboutMixedDeclarations(c, kept, { type, at: rangeOf(name), definition });
  const more = newSymbol(c, one, type);
  const whole = asFunction(composite(type, old.type)) ?? type;
  // Names of parameters are the definition's.
  old.type = old.definedAt !== null ? old.type : withNames(whole, type);
  old.attributes = mergedAttributes(old.attributes, more.attributes);
  old.inline ||= more.inline;
  if (more.linkage === 'weak' && old.linkage === 'external') old.linkage = 'weak';
  if (old.label === old.name) old.label = more.label;
  if (old.paramTags.every((tags) => tags.length === 0)) old.paramTags = more.paramTags;
  noteUsage(c, old, one.attributes);
  if (c.maybeUnused.has(more)) c.maybeUnused.add(old);
  return old;
}

function withNames(whole: FunctionType, names: FunctionType): FunctionType {
  const params = whole.params.map((param, index) => ({ ...param, name: names.params[index]?.name || param.name }));
  return { ...whole, params };
}

function conflict(old: FunctionSymbol, one: Declared, type: FunctionType, definition: boolean): string | null {
  const name = one.name.text;
  // `f()` with a body takes no arguments (C11 6.7.6.3p14).
  const known = old.definedAt === null || old.type.params.length > 0 ? old.type : { ...old.type, prototype: true };
  if (!compatible(known, type)) return `conflicting types for '${name}'`;
  if (definition && old.definedAt !== null) return `redefinition of '${name}'`;
  if (one.specifiers.storage === 'static' && old.linkage !== 'internal')
    return `static declaration of '${name}' follows non-static declaration`;
  return null;
}

/** A function with its body; in a header that is read on demand the body waits until it is known to be used. */
export function defineFunction(c: Checker, syntax: FunctionSyntax): void {
  const { specifiers, declarator, attributes: own, label } = syntax;
  const { name } = declarator;
  const written = asFunction(typeOf(c, specifiers, declarator));
  if (name === null || written === null) return;
  const isTyped = written.prototype || c.functions.get(name.text)?.type.prototype === true;
  const type = { ...written, prototype: written.prototype || written.params.length === 0 };
  const attributes = declaratorAttributes(specifiers, declarator, own);
  const { start, end } = syntax;
  const init = { declarator, attributes: own, label, init: null, start, end };
  if (specifiers.storage === 'typedef')
    return reportError(c.problems, 'c-declaration', specifiers, "function definition declared 'typedef'");
  const symbol = declareFunction(c, { specifiers, syntax: init, name, type, attributes }, type, true);
  if (symbol === null) return;
  symbol.definedAt = { start, end };
  if (!type.prototype) warnAboutOldDefinition(c, name);
  if (!symbol.type.prototype || !isTyped) symbol.type = { ...symbol.type, prototype: isTyped, params: type.params };
  const params = paramsOf(declarator.derivations[0]);
  const check = frozen(c, () => checkBody(c, symbol, syntax, params));
  const { tokens } = syntax;
  const known = tokens === null ? undefined : c.unchanged.get(tokens.body);
  if (c.putOff) c.waiting.set(symbol, check);
  else if (tokens === null || known === undefined) checkNoting(c, symbol, tokens, check);
  else {
    symbol.params = shells(type, declarator);
    symbol.body = () => checkLater(c, symbol, check);
    repeatEffects(c, known);
    c.bodies.set(symbol, { tokens, effects: known });
  }
}

/** There is nothing to complain of but what was told of other places. */
function checkLater(c: Checker, symbol: FunctionSymbol, check: () => void): Statement {
  const { problems } = c;
  c.problems = newProblems();
  check();
  c.problems = problems;
  return symbol.body!();
}

function checkBody(
  c: Checker,
  symbol: Mutable<FunctionSymbol>,
  syntax: FunctionSyntax,
  params: readonly ParamSyntax[],
): void {
  const { returns } = symbol.type;
  if (!isVoid(returns) && isIncomplete(returns)) {
    const message = `incomplete result type ${quoteType(returns)} in function definition`;
    const notes = forwardNotes(returns);
    reportError(c.problems, 'c-type', syntax.declarator.name ?? syntax, message, { notes });
  }
  c.scope = innerScope(c.fileScope);
  symbol.params = params.map((param, index) => declareParam(c, symbol, param, index));
  const body = c.rules.functionBody(c, symbol, syntax.body);
  symbol.body = () => body;
}

function declareParam(c: Checker, symbol: FunctionSymbol, syntax: ParamSyntax, index: number): LocalVariable {
  const { specifiers, declarator, attributes } = syntax;
  const type = symbol.type.params[index]?.type;
  const name = declarator.name ?? { text: '', start: syntax.start, end: syntax.end };
  if (specifiers.type.kind === 'missing' && !isPrototype(symbol)) reportUntyped(c, name);
  if (declarator.name === null && specifiers.type.kind !== 'unknown') warnAboutNameless(c, declarator);
  return newLocal(c, name, type ?? { kind: 'void' }, declaratorAttributes(specifiers, declarator, attributes), true);
}

/** Told where the name would stand. */
function warnAboutNameless(c: Checker, { start, derivations: [first] }: ParamSyntax['declarator']): void {
  const place = first === undefined ? start : first.kind === 'pointer' ? first.end : first.start;
  const at = { start: place, end: place };
  const message = 'omitting the parameter name in a function definition is a C23 extension';
  reportWarning(c.problems, 'c23-extensions', at, message);
}

function isPrototype(symbol: FunctionSymbol): boolean {
  return symbol.type.prototype;
}

function reportUntyped(c: Checker, name: Declared['name']): void {
  const message = `parameter '${name.text}' was not declared, defaults to 'int'; ISO C99 and later do not support implicit int`;
  reportError(c.problems, 'implicit-int', name, message);
}
