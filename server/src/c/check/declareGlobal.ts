/** Variables outside of functions, and `extern` ones anywhere. Source: C11 6.9.2, 6.2.2. */
import { reportError, reportWarning } from '../problem.ts';
import type { GlobalVariable } from '../typed.ts';
import type { CType } from '../types.ts';
import { alignmentOf, mayBeUnused, mergedAttributes, symbolAttributes } from './attributes.ts';
import type { Checker } from './checker.ts';
import { compatible, composite } from './compatible.ts';
import type { Declared } from './declare.ts';
import { linkageOf } from './declareFunction.ts';
import { forwardNotes } from './incomplete.ts';
import { alignOf } from './layout.ts';
import { alignasOf, largest } from './members.ts';
import { kindText, previousNote } from './previous.ts';
import { quoteType } from './printType.ts';
import { rangeOf } from './records.ts';
import { noteUsage } from './usage.ts';
import { lookupHere } from './scope.ts';
import { asEnum, UNKNOWN_TYPE, arrayOf, asArray, isIncomplete, isVoid } from './typeQueries.ts';
import { warnAboutFolded } from './warnFolded.ts';

export type MutableGlobal = { -readonly [K in keyof GlobalVariable]: GlobalVariable[K] };

export function declareGlobal(c: Checker, one: Declared): void {
  const { name, syntax, specifiers, type } = one;
  const defines = syntax.init !== null;
  const known = type ?? UNKNOWN_TYPE;
  const fits = type === null || checkType(c, one, type);
  const variable = fits ? findOrMake(c, one, known) : null;
  if (variable === null) return void c.scope.names.set(name.text, { kind: 'poisoned', name: name.text });
  c.variables.set(name.text, variable);
  c.scope.names.set(name.text, variable);
  if (specifiers.storage !== 'extern' || defines) variable.external = false;
  if (syntax.init !== null) initialise(c, one, variable);
}

function initialise(c: Checker, { name, syntax, specifiers, type }: Declared, variable: MutableGlobal): void {
  if (syntax.init === null) return;
  if (specifiers.storage === 'extern' && c.scope !== c.fileScope)
    return reportError(
      c.problems,
      'c-declaration',
      name,
      'declaration of block scope identifier with linkage cannot have an initializer',
    );
  if (specifiers.storage === 'extern')
    reportWarning(c.problems, 'extern-initializer', name, "'extern' variable has an initializer");
  const result = c.rules.initializer(c, syntax.init, type === null ? null : variable.type, true, rangeOf(name));
  variable.init = result.init;
  variable.type = result.type;
  variable.alignBytes = Math.max(variable.alignBytes, alignOf(result.type));
}

function checkType(c: Checker, { name, specifiers }: Declared, type: CType): boolean {
  if (!isVoid(type) || specifiers.storage === 'extern') return true;
  reportError(c.problems, 'c-type', name, `variable has incomplete type ${quoteType(type)}`);
  return false;
}

function findOrMake(c: Checker, one: Declared, type: CType): MutableGlobal | null {
  const { name } = one;
  const old = lookupHere(c.fileScope, name.text) ?? c.variables.get(name.text) ?? null;
  if (old === null || old.kind === 'poisoned') return newGlobal(c, one, type, name.text);
  if (old.kind !== 'global') {
    reportError(c.problems, 'c-redefinition', name, kindText(name.text), { notes: previousNote(old) });
    return null;
  }
  return merged(c, old, one, type);
}

export function newGlobal(c: Checker, one: Declared, type: CType, name: string): MutableGlobal {
  const { attributes, specifiers } = one;
  const asked = largest(alignmentOf(c, attributes), alignasOf(c, specifiers));
  const variable: MutableGlobal = {
    kind: 'global',
    name,
    type,
    linkage: linkageOf(one),
    external: true,
    attributes: symbolAttributes(c, attributes),
    alignBytes: Math.max(asked ?? 1, c.putOff ? 1 : alignOf(type)),
    init: null,
    declaredAt: rangeOf(one.name),
  };
  warnAboutFolded(c, type, one.name);
  if (mayBeUnused(attributes)) c.maybeUnused.add(variable);
  noteUsage(c, variable, attributes);
  return variable;
}

function merged(c: Checker, old: MutableGlobal, one: Declared, type: CType): MutableGlobal | null {
  const { name, syntax, specifiers } = one;
  const message = conflict(old, one, type);
  if (message !== null) {
    const note = old.external ? 'previous declaration is here' : 'previous definition is here';
    reportError(c.problems, 'c-redefinition', name, message, { notes: previousNote(old, note) });
    return syntax.init === null ? old : newGlobal(c, one, type, name.text);
  }
  const more = newGlobal(c, one, type, name.text);
  old.type = composite(type, old.type);
  old.attributes = mergedAttributes(old.attributes, more.attributes);
  old.alignBytes = Math.max(old.alignBytes, more.alignBytes);
  noteUsage(c, old, one.attributes);
  if (c.maybeUnused.has(more)) c.maybeUnused.add(old);
  if (more.linkage === 'weak' && old.linkage === 'external') old.linkage = 'weak';
  if (specifiers.storage !== 'extern' && old.external) old.declaredAt = more.declaredAt;
  return old;
}

function conflict(old: GlobalVariable, { name, syntax, specifiers }: Declared, type: CType): string | null {
  if (!compatible(old.type, type))
    return `${specifiers.storage === 'extern' && syntax.init === null ? 'redeclaration' : 'redefinition'} of '${name.text}' with a different type: ${quoteType(type)} vs ${quoteType(old.type)}`;
  if (syntax.init !== null && old.init !== null) return `redefinition of '${name.text}'`;
  if (specifiers.storage === 'static' && old.linkage !== 'internal')
    return `static declaration of '${name.text}' follows non-static declaration`;
  if (specifiers.storage === null && old.linkage === 'internal')
    return `non-static declaration of '${name.text}' follows static declaration`;
  return null;
}

/** At the end of the unit, where tentative definitions become definitions (C11 6.9.2p2). */
export function finishGlobal(c: Checker, variable: MutableGlobal): void {
  const isNamedOnly = asEnum(variable.type)?.values === null;
  if (variable.external || (!isNamedOnly && !isIncomplete(variable.type))) return settleAlignment(variable);
  const array = asArray(variable.type);
  if (array !== null && array.length === null && !isIncomplete(array.of)) {
    if (variable.init === null) {
      const message = 'tentative array definition assumed to have one element';
      reportWarning(c.problems, 'tentative-definition-array', variable.declaredAt, message);
      variable.type = arrayOf(array.of, 1);
    }
    return settleAlignment(variable);
  }
  const notes = forwardNotes(variable.type);
  const type = quoteType(variable.type);
  const message =
    variable.init === null
      ? `tentative definition has type ${type} that is never completed`
      : `variable has incomplete type ${type}`;
  reportError(c.problems, 'c-type', variable.declaredAt, message, { notes });
}

function settleAlignment(variable: MutableGlobal): void {
  variable.alignBytes = Math.max(variable.alignBytes, alignOf(variable.type));
}
