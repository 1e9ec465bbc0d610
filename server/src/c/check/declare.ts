/** Declarations: names get their meaning. Source: C11 6.7, 6.9; messages as clang's SemaDecl.cpp has them (v19). */
import { reportError, reportWarning } from '../problem.ts';
import type {
  AttributeSyntax,
  DeclarationSyntax,
  ExternalSyntax,
  InitDeclaratorSyntax,
  SpecifiersSyntax,
} from '../syntax.ts';
import type { Statement } from '../typed.ts';
import type { CType, TypedefType } from '../types.ts';
import { alignmentOf, checkAttributes, hasAttribute } from './attributes.ts';
import type { Checker } from './checker.ts';
import { compatible } from './compatible.ts';
import { declaratorAttributes, derive } from './declarator.ts';
import { declareFunction, defineFunction } from './declareFunction.ts';
import { declareGlobal } from './declareGlobal.ts';
import { declareLocal, declareStaticLocal } from './declareLocal.ts';
import { kindText, previousNote } from './previous.ts';
import { quoteType } from './printType.ts';
import { rangeOf } from './records.ts';
import { noteUsage } from './usage.ts';
import { lookupHere } from './scope.ts';
import { baseType, warnAboutEmpty, withMode, withTypeAttributes } from './specifiers.ts';
import { checkStaticAssert } from './statement.ts';
import { UNKNOWN_TYPE, asFunction, isUnknown, qualify, stripTypedefs } from './typeQueries.ts';

/** One declared name with what was said about it. */
export interface Declared {
  readonly specifiers: SpecifiersSyntax;
  readonly syntax: InitDeclaratorSyntax;
  readonly name: { readonly text: string; readonly start: number; readonly end: number };
  /** Null for `__auto_type`. */
  readonly type: CType | null;
  readonly attributes: readonly AttributeSyntax[];
}

/** A declaration or definition outside of functions. */
export function declareExternal(c: Checker, external: ExternalSyntax): void {
  switch (external.kind) {
    case 'function':
      return defineFunction(c, external);
    case 'staticAssert':
      return checkStaticAssert(c, external);
    case 'fileAsm':
      return reportError(c.problems, 'unsupported-c', external, 'file-scope asm is not supported');
    case 'declaration':
      for (const one of declared(c, external)) declareAtFileLevel(c, one);
  }
}

/**
 * A declaration inside a function: declares its names in `checker.scope` and gives a `declare` statement for each
 * automatic variable. Static locals, externs, functions, typedefs and tags give none.
 */
export function declareInBlock(c: Checker, declaration: DeclarationSyntax): Statement[] {
  return [...declared(c, declaration)].flatMap((one) => declareOne(c, one) ?? []);
}

/** The names one by one, so that each is known before the next one's type is read. */
function* declared(c: Checker, { specifiers, declarators }: DeclarationSyntax): Iterable<Declared> {
  const isAuto = specifiers.type.kind === 'autoType';
  if (isAuto) checkAutoTypes(c, declarators);
  const base = isAuto ? null : baseType(c, specifiers, declarators.length === 0);
  if (specifiers.storage === 'threadLocal')
    reportError(
      c.problems,
      'unsupported-c',
      specifiers,
      'thread-local storage is not supported for the current target',
    );
  checkSection(c, specifiers, declarators.length === 0);
  if (declarators.length === 0) checkEmpty(c, specifiers);
  for (const syntax of declarators) {
    const { declarator, attributes: own } = syntax;
    if (declarator.name === null) continue;
    const type =
      base === null
        ? syntax.init === null
          ? UNKNOWN_TYPE
          : null
        : withOwnAttributes(c, derive(c, base, declarator), own);
    const attributes = declaratorAttributes(specifiers, declarator, own);
    checkParameterList(c, declarator.derivations[0]);
    yield { specifiers, syntax, name: declarator.name, type, attributes };
  }
}

function checkAutoTypes(c: Checker, declarators: readonly InitDeclaratorSyntax[]): void {
  for (const { declarator, init } of declarators) {
    const { name } = declarator;
    if (init !== null || name === null) continue;
    const message = `declaration of variable '${name.text}' with deduced type '__auto_type' requires an initializer`;
    reportError(c.problems, 'c-declaration', name, message);
  }
}

function withOwnAttributes(c: Checker, type: CType, own: readonly AttributeSyntax[]): CType {
  if (own.length === 0) return type;
  return withTypeAttributes(c, withMode(c, type, own), own);
}

/** `f(a, b)` is for definitions only. */
function checkParameterList(
  c: Checker,
  first: InitDeclaratorSyntax['declarator']['derivations'][number] | undefined,
): void {
  if (first?.kind !== 'function' || first.prototype || first.params[0]?.specifiers.type.kind !== 'missing') return;
  const message = 'a parameter list without types is only allowed in a function definition';
  reportError(c.problems, 'c-declaration', first.params[0], message);
}

/** `} SEC(".maps");`: the name was forgotten; `} SEC(".maps") name;`: it stands behind what is meant for it. */
function checkSection(c: Checker, { attributes, type }: SpecifiersSyntax, isEmpty: boolean): void {
  const ofType = type.kind === 'record' ? type.attributes : [];
  const own = isEmpty ? [...attributes, ...ofType] : ofType;
  const section = own.find(({ name, start }) => name === 'section' && start > type.start);
  if (section === undefined) return;
  const message =
    "'section' attribute only applies to functions, global variables, Objective-C methods, and Objective-C properties";
  reportError(c.problems, 'c-attribute', section, message);
}

/** `inline int x;` */
function checkInline(c: Checker, { inlineAt }: SpecifiersSyntax): void {
  if (inlineAt !== undefined)
    reportError(c.problems, 'c-declaration', inlineAt, "'inline' can only appear on functions");
}

function checkEmpty(c: Checker, specifiers: SpecifiersSyntax): void {
  checkInline(c, specifiers);
  const { type, storage } = specifiers;
  if (storage === 'typedef') reportWarning(c.problems, 'missing-declarations', specifiers, 'typedef requires a name');
  else if (type.kind === 'record' ? type.tag === null : type.kind !== 'enum' && type.kind !== 'unknown')
    warnAboutEmpty(c, specifiers);
}

function declareAtFileLevel(c: Checker, one: Declared): void {
  const { specifiers, type } = one;
  if (type === null || asFunction(type) === null) checkInline(c, specifiers);
  if (specifiers.storage === 'typedef') return declareTypedef(c, one, type ?? UNKNOWN_TYPE);
  if (type !== null && isUnknown(type)) return poison(c, one);
  if (type !== null && asFunction(type) !== null) return void declareFunction(c, one, asFunction(type)!, false);
  if (specifiers.storage === 'auto' || specifiers.storage === 'register')
    reportError(c.problems, 'c-declaration', specifiers, 'illegal storage class on file-scoped variable');
  declareGlobal(c, one);
}

function declareOne(c: Checker, one: Declared): Statement | null {
  const { specifiers, type } = one;
  if (type === null || asFunction(type) === null) checkInline(c, specifiers);
  if (specifiers.storage === 'typedef') declareTypedef(c, one, type ?? UNKNOWN_TYPE);
  else if (type !== null && isUnknown(type)) poison(c, one);
  else if (type !== null && asFunction(type) !== null) declareFunction(c, one, asFunction(type)!, false);
  else if (specifiers.storage === 'extern') declareGlobal(c, one);
  else if (specifiers.storage === 'static') declareStaticLocal(c, one);
  else return declareLocal(c, one);
  return null;
}

/** Whatever uses the name is no further error. */
function poison(c: Checker, { name }: Declared): void {
  c.scope.names.set(name.text, { kind: 'poisoned', name: name.text });
}

/** A typedef may be repeated as long as it says the same (C11 6.7p3). */
function declareTypedef(c: Checker, one: Declared, written: CType): void {
  const { name, attributes, syntax } = one;
  checkAttributes(c, attributes);
  if (syntax.init !== null && syntax.init.kind !== 'error')
    reportError(c.problems, 'c-declaration', name, 'illegal initializer (only variables can be initialized)');
  if (isUnknown(written)) return poison(c, one);
  const type = qualify(shortened(written), { alignBytes: alignmentOf(c, attributes) });
  const old = lookupHere(c.scope, name.text);
  if (old !== null && old.kind !== 'poisoned') {
    if (old.kind === 'typedef' && sameType(old, type)) return;
    const message =
      old.kind === 'typedef'
        ? `typedef redefinition with different types (${quoteType(type)} vs ${quoteType(old.type)})`
        : kindText(name.text);
    return reportError(c.problems, 'c-redefinition', name, message, { notes: previousNote(old) });
  }
  if ((written.kind === 'record' || written.kind === 'enum') && written.tag === '') written.alias ??= name.text;
  const mayAlias = hasAttribute(attributes, 'may_alias') ? { mayAlias: true } : {};
  const entity: TypedefType = { kind: 'typedef', name: name.text, type, ...mayAlias, declaredAt: rangeOf(name) };
  noteUsage(c, entity, attributes);
  c.scope.names.set(name.text, entity);
}

/** Names of names of names without end would make walks over types deep. */
function shortened(type: CType): CType {
  let at = type;
  for (let links = 0; links < MOST_NAMES; links++) {
    if (at.kind !== 'typedef' && at.kind !== 'qualified') return type;
    at = at.type;
  }
  return stripTypedefs(type);
}

const MOST_NAMES = 100;

function sameType(old: TypedefType, type: CType): boolean {
  return isUnknown(old.type) || compatible(old.type, type);
}
