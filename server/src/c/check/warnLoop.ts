/**
 * Loops that cannot end, or that count twice. Mirrors CheckForLoopConditionalStatement and CheckForRedundantIteration of
 * clang's SemaStmt.cpp (v19).
 */
import type { Range } from '../places.ts';
import { reportWarning } from '../problem.ts';
import type { ExprSyntax, StatementSyntax } from '../syntax.ts';
import type { Expr, LocalVariable, Statement } from '../typed.ts';
import { partsOfExpr, partsOfStatement, type Parts } from '../typedParts.ts';
import type { Checker } from './checker.ts';
import { lookup } from './scope.ts';
import { isVolatile } from './typeQueries.ts';

type ForSyntax = Extract<StatementSyntax, { kind: 'for' }>;

/** The loop as it was understood. */
interface Checked {
  readonly condition: Expr | null;
  readonly step: Expr | null;
  readonly body: Statement;
}

export function warnAboutFor(c: Checker, syntax: ForSyntax, checked: Checked): void {
  if (c.problems.errors > (c.body?.errors ?? 0)) return;
  warnAboutUnchanged(c, syntax, checked);
  warnAboutTwice(c, syntax, checked.body);
}

interface Named {
  readonly at: Range;
  readonly variable: LocalVariable;
}

/** Nothing in the loop changes what its condition asks about. */
function warnAboutUnchanged(c: Checker, syntax: ForSyntax, { condition, step, body }: Checked): void {
  if (syntax.condition === null || condition === null) return;
  const named = namedIn(c, syntax.condition);
  if (named === null || named.some(({ variable }) => isVolatile(variable.type))) return;
  const variables = new Set(named.map(({ variable }) => variable));
  const [first] = named;
  if (first === undefined) return;
  const exprs = step === null ? [condition] : [condition, step];
  if (isTouched({ exprs, statements: [body] }, variables)) return;
  const message = `variable${listed([...variables].map(({ name }) => `'${name}'`))} used in loop condition not modified in loop body`;
  reportWarning(c.problems, 'for-loop-analysis', first.at, message);
}

/** As clang lists up to four names. */
function listed(names: readonly string[]): string {
  if (names.length > 4) return 's';
  const [last = '', before = ''] = names.toReversed();
  if (names.length === 1) return ` ${last}`;
  if (names.length === 2) return `s ${before} and ${last}`;
  return `s ${names.slice(0, -1).join(', ')}, and ${last}`;
}

/** The locals that a plain condition names; null for one that is not plain. */
function namedIn(c: Checker, expr: ExprSyntax): Named[] | null {
  switch (expr.kind) {
    case 'number':
    case 'char':
    case 'sizeofExpr':
    case 'sizeofType':
    case 'alignofExpr':
    case 'alignofType':
      return [];
    case 'identifier': {
      const entity = lookup(c.scope, expr.name);
      return entity?.kind === 'local' ? [{ at: expr, variable: entity }] : null;
    }
    case 'paren':
      return namedIn(c, expr.inner);
    case 'cast':
    case 'postfix':
      return namedIn(c, expr.operand);
    case 'unary':
      return expr.op === '*' ? null : namedIn(c, expr.operand);
    case 'binary':
      return together(c, [expr.left, expr.right]);
    case 'assign':
      return together(c, [expr.target, expr.value]);
    case 'conditional':
      return together(c, [expr.condition, ...(expr.then === null ? [] : [expr.then]), expr.otherwise]);
    default:
      return null;
  }
}

function together(c: Checker, exprs: readonly ExprSyntax[]): Named[] | null {
  const all: Named[] = [];
  for (const expr of exprs) {
    const named = namedIn(c, expr);
    if (named === null) return null;
    all.push(...named);
  }
  return all;
}

/** Whether one of the variables is mentioned otherwise than to read its value, or the loop may be left anyhow. */
function isTouched({ exprs, statements }: Parts, variables: ReadonlySet<object>): boolean {
  return exprs.some((expr) => isTouchedBy(expr, variables)) || statements.some((one) => mayLeave(one, variables));
}

function isTouchedBy(expr: Expr, variables: ReadonlySet<object>): boolean {
  if (expr.kind === 'load' && expr.object.kind === 'variable') return false;
  if (expr.kind === 'variable') return variables.has(expr.variable);
  return isTouched(partsOfExpr(expr), variables);
}

function mayLeave(statement: Statement, variables: ReadonlySet<object>): boolean {
  if (statement.kind === 'return' || statement.kind === 'break' || statement.kind === 'goto') return true;
  return isTouched(partsOfStatement(statement), variables);
}

/** `for (…; …; i++) { …; i++; }` */
function warnAboutTwice(c: Checker, { step, body }: ForSyntax, checked: Statement): void {
  const last = body.kind === 'compound' ? body.items.at(-1) : undefined;
  if (step === null || last?.kind !== 'expression') return;
  const [inHead, inBody] = [stepOf(step), stepOf(last.expr)];
  if (inHead === null || inBody === null || inHead.op !== inBody.op) return;
  const variable = lookup(c.scope, inHead.name);
  if (variable === null || isHidden(body, inBody.name) || inHead.name !== inBody.name || goesOnEarly(checked)) return;
  const done = inBody.op === '++' ? 'incremented' : 'decremented';
  const message = `variable '${inBody.name}' is ${done} both in the loop header and in the loop body`;
  reportWarning(c.problems, 'for-loop-analysis', inBody.at, message, {
    notes: [{ at: inHead.at, message: `${done} here` }],
  });
}

interface Step {
  readonly op: '++' | '--';
  readonly name: string;
  readonly at: Range;
}

function stepOf(expr: ExprSyntax): Step | null {
  if (expr.kind !== 'postfix' && expr.kind !== 'unary') return null;
  const { op, operand } = expr;
  if ((op !== '++' && op !== '--') || operand.kind !== 'identifier') return null;
  return { op, name: operand.name, at: operand };
}

/** The body declares a variable of that name, which is another one. */
function isHidden(body: StatementSyntax, name: string): boolean {
  const items = body.kind === 'compound' ? body.items : [];
  return items.some(
    (item) => item.kind === 'declaration' && item.declarators.some(({ declarator }) => declarator.name?.text === name),
  );
}

/** A `continue` of this very loop. */
function goesOnEarly(statement: Statement): boolean {
  if (statement.kind === 'continue') return true;
  return statement.kind !== 'loop' && partsOfStatement(statement).statements.some((one) => goesOnEarly(one));
}
