/** `switch` and its labels. Source: C11 6.8.4.2; GNU C's ranges; clang's ActOnFinishSwitchStmt for messages (v19). */
import { reportError, reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax, StatementSyntax } from '../syntax.ts';
import type { Statement } from '../typed.ts';
import type { CType, EnumType } from '../types.ts';
import type { SwitchState } from './bodyState.ts';
import type { Checker } from './checker.ts';
import { promotedType, wrapTo } from './conversions.ts';
import { checkValue } from './expression.ts';
import { errorExpr, promote } from './nodes.ts';
import { integerConstant } from './integerConstant.ts';
import { quoteType } from './printType.ts';
import { checkStatement } from './statement.ts';
import { isTruth } from './warnComparison.ts';
import { warnAboutEmptyBody } from './warnStatement.ts';
import { INT, asEnum, integerOf, isInteger } from './typeQueries.ts';

type Of<K extends StatementSyntax['kind']> = Extract<StatementSyntax, { kind: K }>;

export function checkSwitch(c: Checker, syntax: Of<'switch'>): Statement {
  const written = checkValue(c, syntax.value);
  warnAboutEmptyBody(c, syntax.value, syntax.body, 'switch statement', true);
  if (isTruth(written) && syntax.start < FIRST_EXPANSION)
    reportWarning(c.problems, 'switch-bool', syntax, 'switch condition has boolean value');
  const fits = isInteger(written.type) && written.kind !== 'error';
  if (!fits && written.kind !== 'error') {
    const message = `statement requires expression of integer type (${quoteType(written.type)} invalid)`;
    reportError(c.problems, 'c-type', syntax, message);
  }
  const value = fits ? promote(c, written) : errorExpr(syntax.value);
  const type = promotedType(value.type) ?? INT;
  const narrow = integerOf(written.type) ?? type;
  const state: SwitchState = { kind: 'switch', type, narrow, cases: [], fallback: null };
  c.body?.inside.push(state);
  const body = checkStatement(c, syntax.body);
  c.body?.inside.pop();
  warnAboutDuplicates(c, state);
  const of = asEnum(written.type);
  if (of !== null && fits) warnAboutEnum(c, of, written.type, state, syntax.value);
  const { start, end } = syntax;
  return { kind: 'switch', value, body, start, end };
}

function innermostSwitch(c: Checker): SwitchState | null {
  return c.body?.inside.findLast((one) => one.kind === 'switch') ?? null;
}

export function checkCase(c: Checker, syntax: Of<'case'>): Statement {
  const state = innermostSwitch(c);
  if (state === null) {
    reportError(c.problems, 'c-statement', syntax, "'case' statement not in switch statement");
    return checkStatement(c, syntax.body);
  }
  const first = caseValue(c, syntax.value, state);
  const last = syntax.last === null ? first : caseValue(c, syntax.last, state);
  const { start, end } = syntax;
  if (first !== null && last !== null) {
    if (last < first) reportWarning(c.problems, 'empty-case-range', syntax.value, 'empty case range specified');
    else state.cases.push({ first, last, at: { start: syntax.value.start, end: (syntax.last ?? syntax.value).end } });
  }
  const body = checkStatement(c, syntax.body);
  return first === null || last === null
    ? body
    : { kind: 'case', first, last, valueAt: syntax.value, body, start, end };
}

function caseValue(c: Checker, syntax: ExprSyntax, state: SwitchState): bigint | null {
  const value = integerConstant(c, syntax, false);
  if (value === null) return null;
  const narrowed = wrapTo(state.narrow, value.value);
  if (wrapTo(value.type, narrowed) !== value.value) {
    const message = `overflow converting case value to switch condition type (${value.value} to ${narrowed})`;
    reportWarning(c.problems, 'switch', syntax, message);
  }
  return wrapTo(state.type, value.value);
}

export function checkDefault(c: Checker, syntax: Of<'default'>): Statement {
  const state = innermostSwitch(c);
  const { start, end } = syntax;
  if (state === null) {
    reportError(c.problems, 'c-statement', syntax, "'default' statement not in switch statement");
    return checkStatement(c, syntax.body);
  }
  if (state.fallback !== null) {
    const notes = [{ at: state.fallback, message: 'previous case defined here' }];
    reportError(c.problems, 'c-statement', syntax, 'multiple default labels in one switch', { notes });
    return checkStatement(c, syntax.body);
  }
  state.fallback = { start, end: start + 'default'.length };
  return { kind: 'default', body: checkStatement(c, syntax.body), start, end };
}

/** In the order of their values, so that only neighbours have to be looked at. */
function warnAboutDuplicates(c: Checker, { cases }: SwitchState): void {
  const sorted = cases
    .map((one, i) => ({ ...one, i }))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.i - b.i));
  let highest = sorted[0];
  for (const one of sorted.slice(1)) {
    if (highest === undefined) return;
    if (one.first <= highest.last) {
      const [earlier, later] = highest.i < one.i ? [highest, one] : [one, highest];
      const notes = [{ at: earlier.at, message: 'previous case defined here' }];
      reportError(c.problems, 'c-statement', later.at, `duplicate case value '${valueText(later)}'`, { notes });
    }
    if (one.last > highest.last) highest = one;
  }
}

function valueText({ first }: { readonly first: bigint }): string {
  return String(first);
}

/** Enumerators without a case, and cases that are no enumerators. */
function warnAboutEnum(c: Checker, of: EnumType, type: CType, state: SwitchState, at: Range): void {
  const values = of.values ?? [];
  if (values.length === 0) return;
  const known = new Set(values.map(({ value }) => value));
  for (const one of state.cases) {
    if (one.first !== one.last || known.has(one.first)) continue;
    reportWarning(c.problems, 'switch', one.at, `case value not in enumerated type ${quoteType(type)}`);
  }
  if (state.fallback !== null) return;
  const seen = new Set<bigint>();
  const open = values.filter(({ value }) => {
    if (seen.has(value)) return false;
    seen.add(value);
    return !state.cases.some(({ first, last }) => first <= value && value <= last);
  });
  if (open.length > 0) reportWarning(c.problems, 'switch', at, unhandled(open.map(({ name }) => `'${name}'`)));
}

function unhandled(names: readonly string[]): string {
  const [one = '', two = '', three = ''] = names;
  if (names.length === 1) return `enumeration value ${one} not handled in switch`;
  if (names.length === 2) return `enumeration values ${one} and ${two} not handled in switch`;
  if (names.length === 3) return `enumeration values ${one}, ${two}, and ${three} not handled in switch`;
  return `${names.length} enumeration values not handled in switch: ${one}, ${two}, ${three}...`;
}
