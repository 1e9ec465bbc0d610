/** What one expression does to variables, in the order in which it is computed. Mirrors clang's ClassifyRefs (v19). */
import type { Expr, Statement } from '../typed.ts';
import type { FlowEvent } from './flowGraph.ts';
import { asPointer, isConst } from './typeQueries.ts';

/** Who builds the blocks that an expression makes. */
export interface Events {
  readonly add: (event: FlowEvent) => void;
  readonly logical: (expr: Extract<Expr, { kind: 'logical' }>) => void;
  readonly conditional: (expr: Extract<Expr, { kind: 'conditional' }>, go: (expr: Expr) => void) => void;
  readonly body: (body: readonly Statement[]) => void;
  /** A call that never comes back. */
  readonly ends: () => void;
}

export function eventsOf(expr: Expr, events: Events): void {
  const go = (one: Expr): void => eventsOf(one, events);
  switch (expr.kind) {
    case 'variable':
      // Where neither its value is read nor only looked at behind a pointer to const, it may be written.
      if (expr.variable.kind === 'local') events.add({ kind: 'write', variable: expr.variable });
      return;
    case 'convert':
      if (expr.how !== 'discard' || !isPlainLoad(expr.operand)) go(expr.operand);
      return;
    case 'load':
      return read(expr.object, events, go);
    case 'assign':
      go(expr.value);
      return store(expr.target, events, go);
    case 'update':
    case 'advance':
    case 'increment':
      return change(expr, events, go);
    case 'logical':
      return events.logical(expr);
    case 'conditional':
      return events.conditional(expr, go);
    case 'statementExpr':
      events.body(expr.body);
      if (expr.value !== null) go(expr.value);
      return;
    case 'call':
      return call(expr, events, go);
    default:
      for (const part of partsOf(expr)) go(part);
      if (expr.kind === 'builtin' && (expr.name === 'unreachable' || expr.name === 'trap')) events.ends();
  }
}

type Go = (expr: Expr) => void;

function isPlainLoad(expr: Expr): boolean {
  return expr.kind === 'load' && expr.object.kind === 'variable';
}

function read(object: Expr, events: Events, go: Go): void {
  if (object.kind !== 'variable') return go(object);
  if (object.variable.kind === 'local') events.add({ kind: 'read', variable: object.variable, at: object });
}

function store(target: Expr, events: Events, go: Go): void {
  if (target.kind !== 'variable') return go(target);
  if (target.variable.kind === 'local') events.add({ kind: 'write', variable: target.variable });
}

/** `+=` and `++` read; what they make of nothing is nothing. */
function change(expr: Extract<Expr, { kind: 'update' | 'advance' | 'increment' }>, events: Events, go: Go): void {
  if (expr.kind === 'update') go(expr.value);
  if (expr.kind === 'advance') go(expr.step);
  read(expr.target, events, go);
}

/** What is passed as a pointer to const is taken for neither read nor written. */
function call({ callee, args }: Extract<Expr, { kind: 'call' }>, events: Events, go: Go): void {
  go(callee);
  for (const arg of args) if (!looksOnly(arg)) go(arg);
  if (callee.kind === 'function' && callee.symbol.attributes.noreturn) events.ends();
}

function looksOnly(arg: Expr): boolean {
  const to = asPointer(arg.type)?.to;
  let inner = arg;
  while (inner.kind === 'convert' && inner.how === 'pointer') inner = inner.operand;
  return to !== undefined && isConst(to) && inner.kind === 'addressOf' && inner.object.kind === 'variable';
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
