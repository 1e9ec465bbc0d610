/** Where control can get to. Mirrors clang's AnalysisBasedWarnings.cpp for functions without a return (v19). */
import { reportWarning } from '../problem.ts';
import type { Expr, FunctionSymbol, Statement } from '../typed.ts';
import type { Checker } from './checker.ts';
import { asEnum, isVoid } from './typeQueries.ts';

/** Says when a function that returns a value can end without one. */
export function warnAboutEnd(c: Checker, symbol: FunctionSymbol, body: Statement): void {
  if (isVoid(symbol.type.returns) || symbol.attributes.naked || symbol.attributes.noreturn) return;
  if (symbol.name === 'main') return;
  const flow: Flow = { returns: false, breaks: [] };
  if (!completes(body, flow)) return;
  const at = { start: body.end - 1, end: body.end };
  const some = flow.returns ? ' in all control paths' : '';
  reportWarning(c.problems, 'return-type', at, `non-void function does not return a value${some}`);
}

interface Flow {
  /** Some way out was seen that is a return (or never comes back). */
  returns: boolean;
  /** For each loop and switch around: whether a `break` leaves it. */
  readonly breaks: boolean[];
}

/** Whether control can get behind a statement that it got to. */
function completes(statement: Statement, flow: Flow): boolean {
  switch (statement.kind) {
    case 'block':
      return sequence(statement.body, flow);
    case 'declare':
    case 'asm':
      return true;
    case 'expression':
      return goesOn(statement.expr, flow);
    case 'if':
      return afterIf(statement, flow);
    case 'loop':
      return afterLoop(statement, flow);
    case 'switch':
      return afterSwitch(statement, flow);
    case 'case':
    case 'default':
    case 'label':
      return completes(statement.body, flow);
    case 'break':
      if (flow.breaks.length > 0) flow.breaks[flow.breaks.length - 1] = true;
      return false;
    case 'return':
      flow.returns = true;
      return false;
    case 'goto':
    case 'continue':
      return false;
  }
}

/** Behind a jump, control goes on only at a label or case. */
function sequence(body: readonly Statement[], flow: Flow): boolean {
  let alive = true;
  for (const statement of body) if (alive || holdsLabel(statement)) alive = completes(statement, flow);
  return alive;
}

function holdsLabel(statement: Statement): boolean {
  switch (statement.kind) {
    case 'case':
    case 'default':
    case 'label':
      return true;
    case 'block':
      return statement.body.some((one) => holdsLabel(one));
    case 'if':
      return holdsLabel(statement.then) || (statement.otherwise !== null && holdsLabel(statement.otherwise));
    case 'loop':
      return holdsLabel(statement.body);
    default:
      return false;
  }
}

function afterIf(statement: Extract<Statement, { kind: 'if' }>, flow: Flow): boolean {
  const known = statement.condition.kind === 'constant' ? statement.condition.value !== 0n : null;
  const [then, otherwise] = [known !== false || holdsLabel(statement.then), known !== true];
  const afterThen = then && completes(statement.then, flow);
  const taken = otherwise || (statement.otherwise !== null && holdsLabel(statement.otherwise));
  const afterElse = taken && (statement.otherwise === null || completes(statement.otherwise, flow));
  return afterThen || afterElse;
}

function afterLoop(statement: Extract<Statement, { kind: 'loop' }>, flow: Flow): boolean {
  flow.breaks.push(false);
  completes(statement.body, flow);
  const broken = flow.breaks.pop() ?? false;
  const { condition } = statement;
  const endless = condition === null || (condition.kind === 'constant' && condition.value !== 0n);
  return broken || !endless;
}

function afterSwitch(statement: Extract<Statement, { kind: 'switch' }>, flow: Flow): boolean {
  flow.breaks.push(false);
  const after = completes(statement.body, flow);
  const broken = flow.breaks.pop() ?? false;
  return after || broken || !isExhaustive(statement);
}

/** With a default, or with a case for each value of an enum. */
export function isExhaustive(statement: Extract<Statement, { kind: 'switch' }>): boolean {
  const cases: [bigint, bigint][] = [];
  if (collectCases(statement.body, cases)) return true;
  const { value } = statement;
  const of = asEnum(value.kind === 'convert' ? value.operand.type : value.type);
  const values = of?.values ?? [];
  return (
    values.length > 0 && values.every((one) => cases.some(([first, last]) => first <= one.value && one.value <= last))
  );
}

/** True when there is a default. */
function collectCases(statement: Statement, cases: [bigint, bigint][]): boolean {
  switch (statement.kind) {
    case 'default':
      return true;
    case 'case':
      cases.push([statement.first, statement.last]);
      return collectCases(statement.body, cases);
    case 'block':
      return statement.body.some((one) => collectCases(one, cases));
    case 'label':
    case 'loop':
      return collectCases(statement.body, cases);
    case 'if': {
      const inElse = statement.otherwise !== null && collectCases(statement.otherwise, cases);
      return collectCases(statement.then, cases) || inElse;
    }
    default:
      return false;
  }
}

/** Not behind calls that never come back. */
function goesOn(expr: Expr, flow: Flow): boolean {
  switch (expr.kind) {
    case 'call':
      if (expr.callee.kind !== 'function' || !expr.callee.symbol.attributes.noreturn) return true;
      flow.returns = true;
      return false;
    case 'builtin':
      if (expr.name !== 'unreachable' && expr.name !== 'trap') return true;
      flow.returns = true;
      return false;
    case 'convert':
      return goesOn(expr.operand, flow);
    case 'comma':
      return goesOn(expr.first, flow) && goesOn(expr.second, flow);
    case 'statementExpr':
      return sequence(expr.body, flow) && (expr.value === null || goesOn(expr.value, flow));
    default:
      return true;
  }
}
