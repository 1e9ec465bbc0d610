/** Statements. Source: C11 6.8, GNU C; messages as clang's SemaStmt.cpp has them (v19). */
import { type ProblemNote, reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AttributeSyntax, CompoundSyntax, ExprSyntax, StaticAssertSyntax, StatementSyntax } from '../syntax.ts';
import type { Expr, FunctionSymbol, Statement } from '../typed.ts';
import { checkAsm } from './asmStatement.ts';
import type { Checker } from './checker.ts';
import { evaluate, truthOf } from './constant.ts';
import { declareInBlock } from './declare.ts';
import { checkExpr, checkValue, whereDead } from './expression.ts';
import { warnAboutEnd } from './flow.ts';
import { writtenText } from './found.ts';
import { constantExpr, errorExpr, unsupported, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { innerScope } from './scope.ts';
import { checkGoto, checkLabel, declareLocalLabels, finishLabels, newLabels } from './statementLabels.ts';
import { checkDo, checkFor, checkWhile } from './statementLoop.ts';
import { checkReturn } from './statementReturn.ts';
import { checkCase, checkDefault, checkSwitch } from './statementSwitch.ts';
import { INT, isInteger, isScalar } from './typeQueries.ts';
import { warnAboutAssignment, warnAboutEmptyBody } from './warnStatement.ts';
import { warnAboutTruth } from './warnAddress.ts';
import { warnAboutDangling, warnAboutNext } from './warnLayout.ts';
import { warnAboutMisaligned } from './warnPacked.ts';
import { warnAboutUnusedValue } from './warnUnused.ts';
import { noteIgnored, warnAboutUnusedNames } from './warnUnusedNames.ts';
import { warnAboutUnsequenced } from './warnUnsequenced.ts';
import { warnAboutUninitialised } from './warnUninitialised.ts';

/** A function's body; `c.scope` holds its parameters and is the scope of the outermost block, too. */
export function checkFunctionBody(c: Checker, symbol: FunctionSymbol, body: CompoundSyntax): Statement {
  const outer = { body: c.body, symbol: c.currentFunction };
  const { errors } = c.problems;
  const state = { labels: newLabels(null), inside: [], errors };
  c.body = state;
  c.currentFunction = symbol;
  const { start, end } = body;
  const statement: Statement = { kind: 'block', body: checkBlockItems(c, body.items, false), start, end };
  finishLabels(c, state.labels);
  warnAboutUnusedNames(c, c.scope);
  warnAboutMisaligned(c);
  if (c.problems.errors === errors && !hasError(c, body)) {
    warnAboutEnd(c, symbol, statement);
    warnAboutUninitialised(c, statement);
    warnAboutUnsequenced(c, statement);
  }
  c.body = outer.body;
  c.currentFunction = outer.symbol;
  return statement;
}

/** One of syntax, too: what control does there says little then. */
function hasError({ problems }: Checker, { start, end }: Range): boolean {
  if (problems.errors === 0) return false;
  return problems.list.some(({ severity, at }) => severity === 'error' && at.start >= start && at.start <= end);
}

/** What stands in a block, in the current scope. The last expression of a statement expression is left as it is. */
export function checkBlockItems(c: Checker, items: readonly StatementSyntax[], lastIsValue: boolean): Statement[] {
  return items.flatMap((item, i) => {
    const next = items[i + 1];
    if (next !== undefined) warnAboutNext(c, item, next);
    if (item.kind === 'declaration') return declareInBlock(c, item);
    return lastIsValue && i === items.length - 1 ? lastItem(c, item) : [checkStatement(c, item)];
  });
}

/** Labels before it do not make it less of a value. */
function lastItem(c: Checker, item: StatementSyntax): Statement[] {
  if (item.kind === 'expression') {
    const { start, end } = item;
    return [{ kind: 'expression', expr: checkExpr(c, item.expr), start, end }];
  }
  if (item.kind !== 'label') return [checkStatement(c, item)];
  const { start } = item.body;
  const alone = checkStatement(c, { ...item, body: { kind: 'empty', attributes: [], start, end: start }, end: start });
  return [alone, ...lastItem(c, item.body)];
}

export function checkStatement(c: Checker, syntax: StatementSyntax): Statement {
  if (c.depth >= DEEPEST) return tooDeep(c, syntax);
  c.depth++;
  const statement = rule(c, syntax);
  c.depth--;
  return statement;
}

/** `else if` chains and cases nest one in the other. */
const DEEPEST = 1000;

function tooDeep(c: Checker, syntax: Range): Statement {
  reportError(
    c.problems,
    'c-limit',
    syntax,
    `statements nested deeper than ${DEEPEST} levels; move some into a function`,
  );
  return nothing(syntax);
}

export function nothing({ start, end }: Range): Statement {
  return { kind: 'block', body: [], start, end };
}

function rule(c: Checker, syntax: StatementSyntax): Statement {
  switch (syntax.kind) {
    case 'compound':
      return checkCompound(c, syntax);
    case 'declaration':
      return { ...nothing(syntax), kind: 'block', body: declareInBlock(c, syntax) };
    case 'staticAssert':
      checkStaticAssert(c, syntax);
      return nothing(syntax);
    case 'expression':
      return checkExpressionStatement(c, syntax.expr);
    case 'if':
      return checkIf(c, syntax);
    case 'while':
      return checkWhile(c, syntax);
    case 'do':
      return checkDo(c, syntax);
    case 'for':
      return checkFor(c, syntax);
    case 'switch':
      return checkSwitch(c, syntax);
    case 'case':
      return checkCase(c, syntax);
    case 'default':
      return checkDefault(c, syntax);
    case 'break':
    case 'continue':
      return checkLeave(c, syntax);
    default:
      return rarerRule(c, syntax);
  }
}

type Rarer = Extract<
  StatementSyntax,
  { kind: 'empty' | 'label' | 'goto' | 'computedGoto' | 'return' | 'asm' | 'localLabels' | 'error' }
>;

function rarerRule(c: Checker, syntax: Rarer): Statement {
  switch (syntax.kind) {
    case 'empty':
      reportFallthrough(c, syntax.attributes);
      return nothing(syntax);
    case 'error':
      return nothing(syntax);
    case 'label':
      return checkLabel(c, syntax);
    case 'goto':
      return checkGoto(c, syntax);
    case 'computedGoto':
      unsupported(c, syntax, 'BPF cannot jump to computed addresses; use switch');
      return nothing(syntax);
    case 'return':
      return checkReturn(c, syntax);
    case 'asm':
      return checkAsm(c, syntax);
    case 'localLabels':
      declareLocalLabels(c, syntax.names);
      return nothing(syntax);
  }
}

function reportFallthrough(c: Checker, attributes: readonly AttributeSyntax[]): void {
  const found = attributes.find(({ name }) => name === 'fallthrough');
  if (found === undefined || c.body?.inside.some(({ kind }) => kind === 'switch') === true) return;
  reportError(c.problems, 'c-statement', found, 'fallthrough annotation is outside switch statement');
}

export function checkCompound(c: Checker, syntax: CompoundSyntax): Statement {
  const { start, end } = syntax;
  const outer = c.scope;
  const labels = c.body?.labels ?? null;
  c.scope = innerScope(outer);
  const body = checkBlockItems(c, syntax.items, false);
  warnAboutUnusedNames(c, c.scope);
  c.scope = outer;
  if (c.body !== null && labels !== null) c.body.labels = labels;
  return { kind: 'block', body, start, end };
}

export function checkExpressionStatement(c: Checker, syntax: ExprSyntax): Statement {
  const written = checkExpr(c, syntax);
  noteIgnored(c, syntax);
  warnAboutUnusedValue(c, written, syntax, 'statement');
  const { start, end } = syntax;
  return { kind: 'expression', expr: valueOf(c, written), start, end };
}

type IfSyntax = Extract<StatementSyntax, { kind: 'if' }>;

function checkIf(c: Checker, syntax: IfSyntax): Statement {
  const condition = checkCondition(c, syntax.condition, syntax);
  warnAboutEmptyBody(c, syntax.condition, syntax.then, 'if statement', syntax.otherwise === null);
  warnAboutDangling(c, syntax);
  const known = condition.kind === 'constant' ? condition.value !== 0n : null;
  const then = whereDead(c, known === false, () => checkStatement(c, syntax.then));
  const otherwise = otherwiseOf(c, syntax, known === true);
  const { start, end } = syntax;
  return { kind: 'if', condition, then, otherwise, start, end };
}

function otherwiseOf(c: Checker, { otherwise }: IfSyntax, isDead: boolean): Statement | null {
  return otherwise === null ? null : whereDead(c, isDead, () => checkStatement(c, otherwise));
}

/** A scalar that is compared with zero; known ones are constants. */
export function checkCondition(c: Checker, syntax: ExprSyntax, statement: Range): Expr {
  warnAboutAssignment(c, syntax);
  const written = checkExpr(c, syntax);
  const value = valueOf(c, written);
  if (value.kind === 'error') return value;
  warnAboutTruth(c, written);
  if (!isScalar(value.type)) {
    const message = `statement requires expression of scalar type (${quoteType(value.type)} invalid)`;
    reportError(c.problems, 'c-type', statement, message);
    return errorExpr(syntax);
  }
  const known = truthOf(evaluate(value, false));
  return known === null ? value : constantExpr(INT, known ? 1n : 0n, syntax);
}

type LeaveSyntax = Extract<StatementSyntax, { kind: 'break' | 'continue' }>;

function checkLeave(c: Checker, { kind, start, end }: LeaveSyntax): Statement {
  const inside = c.body?.inside ?? [];
  const fits = kind === 'break' ? inside.length > 0 : inside.some((one) => one.kind === 'loop');
  if (fits) return { kind, start, end };
  const where = kind === 'break' ? 'loop or switch' : 'loop';
  reportError(c.problems, 'c-statement', { start, end }, `'${kind}' statement not in ${where} statement`);
  return nothing({ start, end });
}

export function checkStaticAssert(c: Checker, syntax: StaticAssertSyntax): void {
  const condition = checkValue(c, syntax.condition);
  if (condition.kind === 'error') return;
  const known = isInteger(condition.type) ? truthOf(evaluate(condition, true)) : null;
  if (known === null) {
    reportError(
      c.problems,
      'c-constant',
      syntax.condition,
      'static assertion expression is not an integral constant expression',
    );
    return;
  }
  if (known) return;
  const text = syntax.message === null ? '' : `: ${syntax.message}`;
  const asked = writtenText(c, syntax.condition);
  const requirement = asked === null || /^\d+$/.test(asked) ? '' : ` due to requirement '${asked}'`;
  const notes = comparedValues(c, syntax.condition);
  reportError(c.problems, 'static-assertion-failed', syntax.condition, `static assertion failed${requirement}${text}`, {
    notes,
  });
}

/** What both sides of a comparison came to. */
function comparedValues(c: Checker, condition: ExprSyntax): ProblemNote[] {
  if (condition.kind !== 'binary' || !COMPARISONS.has(condition.op)) return [];
  const [left, right] = [condition.left, condition.right].map((side) => evaluate(checkValue(c, side), true));
  if (left?.kind !== 'int' || right?.kind !== 'int') return [];
  return [{ at: condition.opAt, message: `expression evaluates to '${left.value} ${condition.op} ${right.value}'` }];
}

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);
