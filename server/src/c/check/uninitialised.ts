/** Which variables nothing has been stored in, through one expression, in the order in which it is computed. */
import type { Range } from '../places.ts';
import type { Expr, LocalVariable, Statement } from '../typed.ts';

/** Variables in which nothing has been stored on any path. */
export type Unset = ReadonlySet<LocalVariable>;

/** What is unset on both paths; null is a path that does not come here. */
export function meet(one: Unset | null, other: Unset | null): Unset | null {
  if (one === null || other === null) return one ?? other;
  return one === other ? one : new Set([...one].filter((variable) => other.has(variable)));
}

export function without(unset: Unset, variable: LocalVariable): Unset {
  if (!unset.has(variable)) return unset;
  const rest = new Set(unset);
  rest.delete(variable);
  return rest;
}

type Report = (variable: LocalVariable, at: Range) => void;
/** Runs the statements of a statement expression; null when they do not end. */
type Run = (body: readonly Statement[], unset: Unset) => Unset | null;

/** What is unset after the expression; reads of unset variables are reported. */
export function evaluateIn(expr: Expr, unset: Unset, report: Report, run: Run): Unset {
  const go = (one: Expr, state: Unset): Unset => evaluateIn(one, state, report, run);
  switch (expr.kind) {
    case 'convert':
      if (expr.how === 'discard' && expr.operand.kind === 'load' && expr.operand.object.kind === 'variable')
        return unset;
      return go(expr.operand, unset);
    case 'load':
      if (expr.object.kind === 'variable') noteRead(expr.object, unset, report);
      return go(expr.object, unset);
    case 'assign':
      return stored(expr.target, go(expr.value, place(expr.target, unset, go)));
    case 'update':
    case 'advance':
    case 'increment': {
      noteRead(expr.target, unset, report);
      const value = expr.kind === 'update' ? expr.value : expr.kind === 'advance' ? expr.step : null;
      const state = place(expr.target, unset, go);
      return value === null ? state : go(value, state);
    }
    case 'logical':
      return logical(expr, unset, go);
    case 'conditional':
      return conditional(expr, unset, go);
    case 'statementExpr': {
      const state = run(expr.body, unset) ?? NONE;
      return expr.value === null ? state : go(expr.value, state);
    }
    default:
      return partsOf(expr).reduce((state, part) => go(part, state), unset);
  }
}

const NONE: Unset = new Set();

type Go = (expr: Expr, state: Unset) => Unset;

function noteRead(object: Expr, unset: Unset, report: Report): void {
  if (object.kind === 'variable' && object.variable.kind === 'local' && unset.has(object.variable))
    report(object.variable, object);
}

/** Where something is stored: what its address is computed from is read. */
function place(target: Expr, unset: Unset, go: Go): Unset {
  return target.kind === 'variable' ? unset : go(target, unset);
}

function stored(target: Expr, unset: Unset): Unset {
  return target.kind === 'variable' && target.variable.kind === 'local' ? without(unset, target.variable) : unset;
}

/** What the right side stores is no longer certainly unset, although it may not be computed. */
function logical(expr: Extract<Expr, { kind: 'logical' }>, unset: Unset, go: Go): Unset {
  const left = go(expr.left, unset);
  return go(expr.right, left);
}

function conditional(expr: Extract<Expr, { kind: 'conditional' }>, unset: Unset, go: Go): Unset {
  const tested = go(expr.condition, unset);
  const then = expr.then === null ? tested : go(expr.then, tested);
  return meet(then, go(expr.otherwise, tested)) ?? tested;
}

/** Operands in the order in which they are computed. */
function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'deref':
      return [expr.pointer];
    case 'member':
      return [expr.record];
    case 'element':
      return [expr.array, expr.index];
    case 'decay':
      return [expr.array];
    case 'addressOf':
      return [expr.object];
    case 'negate':
    case 'complement':
    case 'not':
      return [expr.operand];
    case 'arithmetic':
    case 'compare':
    case 'pointerDiff':
      return [expr.left, expr.right];
    case 'pointerAdd':
      return [expr.pointer, expr.index];
    case 'call':
      return [expr.callee, ...expr.args];
    case 'builtin':
      return expr.name === 'constant_p' ? [] : expr.args;
    case 'comma':
      return [expr.first, expr.second];
    case 'compoundLiteral':
      return expr.init.kind === 'value' ? [expr.init.value] : expr.init.entries.map(({ value }) => value);
    default:
      return [];
  }
}
