/** Names and literals. Source: C11 6.5.1. */
import { reportError, reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType, FloatType } from '../types.ts';
import type { Checker } from './checker.ts';
import { closestName } from './didYouMean.ts';
import { readChar, readNumber, readStrings } from './literals.ts';
import { constantExpr, errorExpr, unsupported } from './nodes.ts';
import { warnAboutUse } from './usage.ts';
import { type Entity, lookup } from './scope.ts';
import { printDeclaration } from './printType.ts';
import { CHAR, INT, arrayOf, pointerTo, qualify } from './typeQueries.ts';

const DOUBLE: FloatType = { kind: 'float', name: 'double', bytes: 8 };

type Of<K extends ExprSyntax['kind']> = Extract<ExprSyntax, { kind: K }>;

export function checkNumber(c: Checker, syntax: Of<'number' | 'char'>): Expr {
  const literal = readNumber(syntax.text);
  if (literal.kind === 'float') return floatLiteral(c, syntax, literal.value);
  if (literal.kind === 'wrong') {
    const at = syntax.start < FIRST_EXPANSION ? { ...rangeOf(syntax), start: syntax.start + literal.offset } : syntax;
    reportError(c.problems, 'c-constant', at, literal.message);
    return errorExpr(syntax);
  }
  if (literal.unsignedOnly) {
    const message = 'integer literal is too large to be represented in a signed integer type, interpreting as unsigned';
    reportWarning(c.problems, 'implicitly-unsigned-literal', syntax, message);
  }
  return constantExpr(literal.type, literal.value, syntax);
}

/** A whole number is known when it is converted to an integer at once: `10E9` as an argument. */
function floatLiteral(c: Checker, syntax: Range, value: number): Expr {
  if (Number.isInteger(value)) return { kind: 'constant', type: DOUBLE, value: BigInt(value), ...rangeOf(syntax) };
  if (c.unevaluated) return { kind: 'error', type: DOUBLE, ...rangeOf(syntax) };
  return unsupported(
    c,
    syntax,
    'BPF programs cannot compute with floating-point numbers; use an integer, scaled where needed',
  );
}

function rangeOf({ start, end }: Range): Range {
  return { start, end };
}

export function checkChar(c: Checker, syntax: Of<'number' | 'char'>): Expr {
  const { value, type, wrong } = readChar(syntax.text);
  if (wrong !== null) {
    reportError(c.problems, 'c-constant', syntax, wrong);
    return errorExpr(syntax);
  }
  return constantExpr(type, value, syntax);
}

export function checkString(c: Checker, syntax: Of<'string'>): Expr {
  const { bytes, unit, wrong } = readStrings(syntax.pieces);
  if (wrong !== null) reportError(c.problems, 'c-constant', syntax, wrong);
  const { start, end } = syntax;
  return {
    kind: 'string',
    literal: { kind: 'literal', bytes },
    type: arrayOf(unit, (bytes.length * 8) / unit.bits),
    start,
    end,
  };
}

export function checkIdentifier(c: Checker, syntax: Of<'identifier'>): Expr {
  const entity = lookup(c.scope, syntax.name);
  if (entity !== null) return named(c, entity, syntax);
  if (FUNCTION_NAMES.has(syntax.name)) return functionName(c, syntax);
  return undeclared(c, syntax);
}

function named(c: Checker, entity: Entity, at: Of<'identifier'>): Expr {
  const { start, end } = at;
  switch (entity.kind) {
    case 'function':
      noteUse(c, entity);
      warnAboutUse(c, entity, at.name, at, entity.declaredAt);
      return { kind: 'function', symbol: entity, type: entity.type, start, end };
    case 'global':
    case 'local':
      noteUse(c, entity);
      warnAboutUse(c, entity, at.name, at, entity.declaredAt);
      return { kind: 'variable', variable: entity, type: entity.type, start, end };
    case 'enumerator':
      return { ...enumeratorValue(entity, at), of: entity.type };
    case 'typedef':
      reportError(c.problems, 'c-type', at, `unexpected type name '${at.name}': expected expression`);
      return errorExpr(at);
    case 'poisoned':
      return errorExpr(at);
  }
}

/** A function is not used because it calls itself. */
function noteUse(c: Checker, entity: object): void {
  c.met.add(entity);
  if (c.currentFunction !== null) c.reads.set(entity, (c.reads.get(entity) ?? 0) + 1);
  if (!c.unevaluated && entity !== c.currentFunction) c.used.add(entity);
  else c.named.add(entity);
}

function enumeratorValue(entity: Extract<Entity, { kind: 'enumerator' }>, at: Range): Expr & { kind: 'constant' } {
  return constantExpr(enumeratorType(entity), entity.enumerator.value, at);
}

/** An enumerator is an int when int holds its value (C11 6.4.4.3), otherwise of the enum's own type. */
function enumeratorType({ type, enumerator }: Extract<Entity, { kind: 'enumerator' }>): Expr['type'] {
  return BigInt.asIntN(32, enumerator.value) === enumerator.value ? INT : type.underlying;
}

/** C11 6.4.2.2, and GNU C's names for it. */
const FUNCTION_NAMES = new Set(['__func__', '__FUNCTION__', '__PRETTY_FUNCTION__']);

function functionName(c: Checker, syntax: Of<'identifier'>): Expr {
  const symbol = c.currentFunction;
  const { start, end } = syntax;
  if (symbol === null) {
    const message = 'predefined identifier is only valid inside function';
    reportWarning(c.problems, 'predefined-identifier-outside-function', syntax, message);
  }
  const pretty = symbol !== null && syntax.name === '__PRETTY_FUNCTION__';
  const text = pretty ? printDeclaration(symbol.type, symbol.name) : (symbol?.name ?? '');
  return textOf(text, qualify(CHAR, { const: true }), { start, end });
}

function textOf(text: string, unit: CType, at: Range): Expr {
  const { bytes } = readStrings([`"${text}"`]);
  return { kind: 'string', literal: { kind: 'literal', bytes }, type: arrayOf(unit, bytes.length), ...at };
}

/** `__builtin_FUNCTION()`: empty outside of functions. */
export function nameOfFunction(c: Checker, { start, end }: Range): Expr {
  const array = textOf(c.currentFunction?.name ?? '', CHAR, { start, end });
  return { kind: 'decay', array, type: pointerTo(CHAR), start, end };
}

function undeclared(c: Checker, at: Of<'identifier'>): Expr {
  if (c.problems.skipped.has(at.name)) return errorExpr(at);
  const better = closestName(c, at.name, isValue);
  const entity = better === null ? null : lookup(c.scope, better);
  if (better === null || entity === null) {
    reportError(c.problems, 'c-undeclared', at, `use of undeclared identifier '${at.name}'`);
    return errorExpr(at);
  }
  const message = `use of undeclared identifier '${at.name}'; did you mean '${better}'?`;
  reportError(c.problems, 'c-undeclared', at, message, {
    notes: declaredHere(entity, better),
    fix: { title: `Change to '${better}'`, edits: [{ at, text: better }] },
  });
  // It is used, but nothing more is wrong than the name.
  named(c, entity, at);
  return errorExpr(at);
}

function isValue(entity: Entity): boolean {
  return entity.kind !== 'typedef' && entity.kind !== 'poisoned';
}

function declaredHere(entity: Entity, name: string): { at: Range; message: string }[] {
  const at =
    entity.kind === 'enumerator' ? entity.enumerator.declaredAt : 'declaredAt' in entity ? entity.declaredAt : null;
  return at === null ? [] : [{ at, message: `'${name}' declared here` }];
}
