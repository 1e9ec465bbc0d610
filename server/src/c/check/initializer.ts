/**
 * Initialisers become flat lists of stores. Source: C11 6.7.9, with GNU C's ranges, empty braces and flexible members;
 * messages as clang's SemaInit.cpp has them (v19).
 */
import { reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax, InitializerSyntax } from '../syntax.ts';
import type { Expr, InitEntry, Initializer } from '../typed.ts';
import type { CType, RecordType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import type { Checker } from './checker.ts';
import { evaluate } from './constant.ts';
import { checkExpr } from './expression.ts';
import { fillBraced } from './initializerList.ts';
import { stringEntry, stringFor } from './initializerString.ts';
import { constantExpr, valueOf } from './nodes.ts';
import { UNSIGNED_LONG, arrayOf, asArray, asRecord, integerOf, isPointer, isScalar } from './typeQueries.ts';

export interface CheckedInitializer {
  readonly init: Initializer;
  /** Completed for `int a[] = {…}`; the initialiser's own for `__auto_type`. */
  readonly type: CType;
}

/** What filling an object needs to know and collects. */
export interface Filling {
  readonly c: Checker;
  /** Static storage: everything must be known when the program is built. */
  readonly constant: boolean;
  readonly entries: InitEntry[];
  /** By union and its offset: the member that was initialised last. */
  readonly chosen: Map<RecordType, Map<number, number>>;
  /** No entry goes on behind this bit: what begins there overrides nothing. */
  reach: number;
}

/** `at` is where clang points to when a lone value does not fit: the declared name. */
export function checkInitializer(
  c: Checker,
  syntax: InitializerSyntax,
  type: CType | null,
  constant: boolean,
  at: Range | null = null,
): CheckedInitializer {
  if (type === null) return inferred(c, syntax);
  if (syntax.kind === 'initList') return braced(c, syntax, type, constant);
  const text = stringFor(type, syntax);
  if (text !== null) return fromString(c, syntax, type, constant);
  if (asArray(type) !== null) return arrayValue(c, syntax, type, at ?? syntax);
  const value = initialValue(c, syntax, type, constant, at ?? syntax);
  return { init: value ?? { kind: 'entries', entries: [] }, type };
}

/** `__auto_type x = …`. */
function inferred(c: Checker, syntax: InitializerSyntax): CheckedInitializer {
  if (syntax.kind === 'initList') {
    reportError(c.problems, 'c-initializer', syntax, "cannot use '__auto_type' with initializer list");
    return { init: { kind: 'entries', entries: [] }, type: UNSIGNED_LONG };
  }
  const value = valueOf(c, checkExpr(c, syntax));
  return { init: { kind: 'value', value }, type: value.type };
}

function braced(
  c: Checker,
  syntax: InitializerSyntax & { kind: 'initList' },
  type: CType,
  constant: boolean,
): CheckedInitializer {
  if (isUndefined(type)) {
    checkAlone(c, syntax);
    return { init: { kind: 'entries', entries: [] }, type };
  }
  const filling: Filling = { c, constant, entries: [], chosen: new Map(), reach: 0 };
  const length = fillBraced(filling, type, 0, syntax, null, true);
  const [only] = filling.entries;
  const completed = completedType(type, length);
  if (isScalar(type) && only !== undefined) return { init: { kind: 'value', value: only.value }, type };
  return { init: { kind: 'entries', entries: filling.entries }, type: completed };
}

/** That the type is not complete is the declaration's to say. */
function isUndefined(type: CType): boolean {
  const array = asArray(type);
  return array === null ? asRecord(type)?.layout === null : isUndefined(array.of);
}

/** What stands in the list may be wrong by itself. */
function checkAlone(c: Checker, syntax: InitializerSyntax): void {
  if (syntax.kind === 'initList') for (const { value } of syntax.items) checkAlone(c, value);
  else checkExpr(c, syntax);
}

/** `[]` gets the length that its initialiser has. */
function completedType(type: CType, length: number | null): CType {
  const array = asArray(type);
  if (array === null || array.length !== null || length === null) return type;
  const completed = arrayOf(array.of, length);
  return type.kind === 'qualified' ? { ...type, type: completed } : completed;
}

function fromString(c: Checker, syntax: ExprSyntax, type: CType, constant: boolean): CheckedInitializer {
  const filling: Filling = { c, constant, entries: [], chosen: new Map(), reach: 0 };
  const length = stringEntry(filling, type, 0, syntax);
  return { init: { kind: 'entries', entries: filling.entries }, type: completedType(type, length) };
}

/** An array is initialised by a list or a string; `(int[]){1, 2}` counts as its list (GNU C). */
function arrayValue(c: Checker, syntax: ExprSyntax, type: CType, at: Range): CheckedInitializer {
  const value = checkExpr(c, syntax);
  if (value.kind === 'compoundLiteral' && asArray(value.type) !== null)
    return { init: literalContents(c, value), type: completedType(type, asArray(value.type)?.length ?? null) };
  if (value.kind !== 'error') reportError(c.problems, 'c-initializer', at, arrayMessage(type));
  return { init: { kind: 'entries', entries: [] }, type: completedType(type, 1) };
}

function arrayMessage(type: CType): string {
  const of = integerOf(asArray(type)?.of ?? type);
  const text = of?.bits === 8 ? ' or string literal' : of?.name === 'int' ? ' or wide string literal' : '';
  return `array initializer must be an initializer list${text}`;
}

/** A compound literal whose contents are used at once is no variable. */
function literalContents(c: Checker, literal: Expr & { kind: 'compoundLiteral' }): Initializer {
  if (literal.variable.kind === 'global') {
    c.variables.delete(literal.variable.name);
    c.used.delete(literal.variable);
  }
  return literal.init;
}

/** A lone value for a scalar or record. */
function initialValue(c: Checker, syntax: ExprSyntax, type: CType, constant: boolean, at: Range): Initializer | null {
  const written = checkExpr(c, syntax);
  if (constant && written.kind === 'compoundLiteral' && asRecord(type) !== null) {
    if (asRecord(type) === asRecord(written.type)) return literalContents(c, written);
  }
  const value = assignTo(c, type, written, { kind: 'initializing', at });
  if (value === null) return null;
  return { kind: 'value', value: constant ? constantValue(c, value, syntax) : value };
}

/** The value, folded; says so when it is none that is known before the program runs. */
export function constantValue(c: Checker, value: Expr, at: Range): Expr {
  const known = evaluate(value, true);
  if (known?.kind === 'int') return constantExpr(value.type, known.value, value);
  if (known !== null && (isPointer(value.type) || known.kind === 'address')) return value;
  reportError(c.problems, 'c-constant', at, 'initializer element is not a compile-time constant');
  return value;
}
