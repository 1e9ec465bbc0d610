/** Declarations: names get their meaning. Source: C11 6.7. */
import { reportError, reportWarning } from '../problem.ts';
import type { AttributeSyntax, DeclarationSyntax, InitDeclaratorSyntax, SpecifiersSyntax } from '../syntax.ts';
import type { Statement } from '../typed.ts';
import type { CType, TypedefType } from '../types.ts';
import { alignmentOf, reportAttributes } from './attributes.ts';
import type { Checker } from './checker.ts';
import { compatible } from './compatible.ts';
import { derivedType, specifierType } from './declarator.ts';
import { declareFunction } from './functions.ts';
import { quoteType } from './printType.ts';
import { lookupHere } from './scope.ts';
import { asFunction, qualify } from './typeQueries.ts';
import { conflict, declareGlobal, declareLocal, declareStatic, type VariableFacts } from './variables.ts';

/**
 * A declaration inside a function: declares its names in `checker.scope` and gives a `declare` statement for each
 * automatic variable. Static locals, externs, functions, typedefs and tags give none.
 */
export function declareInBlock(checker: Checker, declaration: DeclarationSyntax): Statement[] {
  return declareAll(checker, declaration, false);
}

export function declareAtFileScope(checker: Checker, declaration: DeclarationSyntax): void {
  declareAll(checker, declaration, true);
}

function declareAll(
  c: Checker,
  { specifiers, declarators, ...range }: DeclarationSyntax,
  atFileScope: boolean,
): Statement[] {
  const isAuto = specifiers.type.kind === 'autoType';
  const base = isAuto ? null : specifierType(c, specifiers, declarators.length === 0);
  if (declarators.length === 0) {
    const { kind } = specifiers.type;
    if (kind !== 'record' && kind !== 'enum' && kind !== 'unknown')
      reportWarning(c.problems, 'missing-declarations', range, 'declaration does not declare anything');
    return [];
  }
  return declarators.flatMap((syntax) => declareOne(c, specifiers, base, syntax, atFileScope));
}

function declareOne(
  c: Checker,
  specifiers: SpecifiersSyntax,
  base: CType | null,
  syntax: InitDeclaratorSyntax,
  atFileScope: boolean,
): Statement[] {
  const { declarator } = syntax;
  if (declarator.name === null) return [];
  const name = declarator.name.text;
  if (specifiers.type.kind === 'unknown') {
    if (lookupHere(c.scope, name) === null) c.scope.names.set(name, { kind: 'poisoned', name });
    return [];
  }
  const attributes = [...specifiers.attributes, ...syntax.attributes];
  const type = base === null ? null : derivedType(c, base, declarator);
  if (specifiers.storage === 'typedef') {
    if (type !== null) declareTypedef(c, name, type, attributes, declarator.name);
    return [];
  }
  const fn = type === null ? null : asFunction(type);
  if (fn !== null) {
    const { label } = syntax;
    declareFunction(c, { name, type: fn, specifiers, declarator, attributes, label, at: declarator.name });
    return [];
  }
  const facts: VariableFacts = { name, at: declarator.name, type, specifiers, attributes, syntax };
  if (specifiers.storage === 'threadLocal')
    reportError(
      c.problems,
      'unsupported-c',
      declarator.name,
      'thread-local storage is not supported for the current target',
    );
  if (atFileScope || specifiers.storage === 'extern') declareGlobal(c, facts);
  else if (specifiers.storage === 'static') declareStatic(c, facts);
  else return declareLocal(c, facts);
  return [];
}

/** The same type may get the same name again (C11 6.7p3). */
function declareTypedef(
  c: Checker,
  name: string,
  written: CType,
  attributes: readonly AttributeSyntax[],
  at: { readonly start: number; readonly end: number },
): void {
  reportAttributes(c, attributes);
  const align = alignmentOf(c, attributes);
  const type = align === null ? written : qualify(written, { alignBytes: align });
  const known = lookupHere(c.scope, name);
  if (known?.kind === 'typedef') {
    if (compatible(known.type, type)) return;
    const message = `typedef redefinition with different types (${quoteType(type)} vs ${quoteType(known.type)})`;
    const notes = known.declaredAt === null ? [] : [{ at: known.declaredAt, message: 'previous definition is here' }];
    reportError(c.problems, 'c-redefinition', at, message, { notes });
    return;
  }
  if (known !== null) return conflict(c, known, { name, at });
  const made: TypedefType = { kind: 'typedef', name, type, declaredAt: { start: at.start, end: at.end } };
  c.scope.names.set(name, made);
}
