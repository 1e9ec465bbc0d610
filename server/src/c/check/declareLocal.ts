/** Variables of functions. Source: C11 6.7, 6.2.4. */
import { reportError, reportWarning } from '../problem.ts';
import type { AttributeSyntax, InitializerSyntax } from '../syntax.ts';
import type { FunctionSymbol, LocalVariable, Statement } from '../typed.ts';
import type { CType } from '../types.ts';
import { alignmentOf, checkAttributes, hasAttribute, mayBeUnused } from './attributes.ts';
import type { Checker } from './checker.ts';
import type { Declared } from './declare.ts';
import { newGlobal } from './declareGlobal.ts';
import { forwardNotes } from './incomplete.ts';
import { alignOf } from './layout.ts';
import { alignasOf, largest } from './members.ts';
import { previousNote, kindText } from './previous.ts';
import { quoteType } from './printType.ts';
import { rangeOf } from './records.ts';
import { noteUsage } from './usage.ts';
import { lookup, lookupHere } from './scope.ts';
import {
  INT,
  UNKNOWN_TYPE,
  asArray,
  isIncomplete,
  isUnknown,
  isVolatile,
  plainType,
  qualifiersOf,
  qualify,
  isConst,
} from './typeQueries.ts';
import { warnAboutFolded } from './warnFolded.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An automatic variable: its statement. */
export function declareLocal(c: Checker, one: Declared): Statement {
  const { name, syntax, attributes, specifiers } = one;
  const variable = newLocal(c, name, one.type ?? UNKNOWN_TYPE, attributes, false);
  let init = null;
  if (syntax.init !== null) warnAboutFolded(c, variable.type, name);
  if (syntax.init !== null && canBegin(variable.type)) {
    const result = c.rules.initializer(c, syntax.init, one.type === null ? null : variable.type, false, rangeOf(name));
    variable.type = one.type === null ? withQualifiers(result.type, specifiers) : result.type;
    init = result.init;
    variable.initAt = syntax.init;
    if (asArray(variable.type) !== null && isConst(asArray(variable.type)!.of)) variable.contents = init;
    if (init.kind === 'value' && isConst(variable.type)) variable.fixed = init.value;
  }
  checkComplete(c, variable, syntax.init);
  variable.alignBytes = Math.max(
    largest(alignmentOf(c, attributes), alignasOf(c, specifiers)) ?? 1,
    alignOf(variable.type),
  );
  variable.addressTaken ||= livesInMemory(variable.type);
  return { kind: 'declare', variable, init, start: syntax.start, end: syntax.end };
}

/** Something incomplete has nothing to initialise; only an array may get its length so. */
function canBegin(type: CType): boolean {
  const array = asArray(type);
  return !isIncomplete(array?.length === null ? array.of : type);
}

/** `const __auto_type x = …`. */
function withQualifiers(type: CType, { const: isConst, volatile }: Declared['specifiers']): CType {
  const own = qualifiersOf(type);
  return qualify(type, { const: isConst && !own.const, volatile: volatile && !own.volatile });
}

/** Also a parameter. Its name is known from here on. */
export function newLocal(
  c: Checker,
  name: Declared['name'],
  type: CType,
  attributes: readonly AttributeSyntax[],
  isParam: boolean,
): Mutable<LocalVariable> {
  checkAttributes(c, attributes);
  const isNew = reportRedefinition(c, name, isParam ? 'parameter ' : '');
  if (isNew && !isParam) warnAboutShadow(c, name);
  const variable: Mutable<LocalVariable> = {
    kind: 'local',
    name: name.text,
    type,
    alignBytes: isParam ? alignOf(type) : 1,
    addressTaken: livesInMemory(type),
    cleanup: cleanupOf(c, attributes),
    declaredAt: rangeOf(name),
  };
  if (isParam) checkComplete(c, variable, null);
  if (!isNew || hasAttribute(attributes, 'cleanup')) c.named.add(variable);
  if (mayBeUnused(attributes)) c.maybeUnused.add(variable);
  noteUsage(c, variable, attributes);
  if (name.text !== '')
    c.scope.names.set(
      name.text,
      !isNew || (isUnknown(type) && isParam) ? { kind: 'poisoned', name: name.text } : variable,
    );
  return variable;
}

/** Costs a look-up of each name, so that it is done only for who asks. */
function warnAboutShadow(c: Checker, name: Declared['name']): void {
  if (!c.problems.asked.has('shadow') || c.scope.parent === null) return;
  const old = lookup(c.scope.parent, name.text);
  if (old?.kind !== 'local' && old?.kind !== 'global') return;
  const isLocal = old.kind === 'local' || old.name !== name.text;
  const what = isLocal ? 'local variable' : 'variable in the global scope';
  reportWarning(c.problems, 'shadow', name, `declaration shadows a ${what}`, {
    notes: previousNote(old, 'previous declaration is here'),
  });
}

function livesInMemory(type: CType): boolean {
  const { kind } = plainType(type);
  return kind === 'array' || kind === 'record' || isVolatile(type);
}

/** False after reporting that the scope has the name already. */
function reportRedefinition(c: Checker, name: Declared['name'], what: string): boolean {
  const old = name.text === '' ? null : lookupHere(c.scope, name.text);
  if (old === null || old.kind === 'poisoned') return true;
  const same = old.kind === 'local' || old.kind === 'global';
  const message = same ? `redefinition of ${what}'${name.text}'` : kindText(name.text);
  const notes = previousNote(old, what === '' ? undefined : 'previous declaration is here');
  reportError(c.problems, 'c-redefinition', name, message, { notes });
  return false;
}

function checkComplete(c: Checker, variable: Mutable<LocalVariable>, init: InitializerSyntax | null): void {
  const { type, declaredAt } = variable;
  if (isUnknown(type) || !isIncomplete(type)) return;
  variable.type = INT;
  c.named.add(variable);
  if (asArray(type)?.length === null) {
    const message = 'definition of variable with array type needs an explicit size or an initializer';
    if (init === null) {
      reportError(c.problems, 'c-type', declaredAt, message);
      c.scope.names.set(variable.name, { kind: 'poisoned', name: variable.name });
    }
    return;
  }
  const notes = forwardNotes(type);
  reportError(c.problems, 'c-type', declaredAt, `variable has incomplete type ${quoteType(type)}`, { notes });
  c.scope.names.set(variable.name, { kind: 'poisoned', name: variable.name });
}

/** `cleanup(f)`. */
function cleanupOf(c: Checker, attributes: readonly AttributeSyntax[]): FunctionSymbol | null {
  const attribute = attributes.find(({ name }) => name === 'cleanup');
  if (attribute === undefined) return null;
  const [argument] = attribute.args;
  const entity = argument?.kind === 'identifier' ? lookup(c.scope, argument.name) : null;
  if (entity?.kind === 'function') {
    c.met.add(entity);
    c.used.add(entity);
    return entity;
  }
  if (argument?.kind === 'identifier' && entity === null) {
    reportError(c.problems, 'c-undeclared', argument, `use of undeclared identifier '${argument.name}'`);
    return null;
  }
  const name = argument?.kind === 'identifier' ? `'${argument.name}' ` : '';
  reportError(c.problems, 'c-attribute', argument ?? attribute, `'cleanup' argument ${name}is not a function`);
  return null;
}

/** `static` in a function: a global that others in the file cannot name. */
export function declareStaticLocal(c: Checker, one: Declared): void {
  const { name, syntax } = one;
  reportRedefinition(c, name, '');
  const variable = newGlobal(c, one, one.type ?? UNKNOWN_TYPE, uniqueName(c, name.text));
  variable.external = false;
  c.variables.set(variable.name, variable);
  c.met.add(variable);
  c.scope.names.set(name.text, variable);
  if (syntax.init !== null && canBegin(variable.type)) {
    const result = c.rules.initializer(c, syntax.init, one.type === null ? null : variable.type, true, rangeOf(name));
    variable.init = result.init;
    variable.type = result.type;
  }
  const asLocal = newShell(variable.type, name);
  checkComplete(c, asLocal, syntax.init);
  variable.type = asLocal.type;
  variable.alignBytes = Math.max(variable.alignBytes, alignOf(variable.type));
}

function newShell(type: CType, name: Declared['name']): Mutable<LocalVariable> {
  const declaredAt = rangeOf(name);
  return { kind: 'local', name: name.text, type, alignBytes: 1, addressTaken: true, cleanup: null, declaredAt };
}

/** `function.name`, and a number where there are several, as clang names them. */
function uniqueName(c: Checker, name: string): string {
  const base = `${c.currentFunction?.name ?? ''}.${name}`;
  const count = c.staticLocals.get(base) ?? 0;
  c.staticLocals.set(base, count + 1);
  return count === 0 ? base : `${base}.${count}`;
}
