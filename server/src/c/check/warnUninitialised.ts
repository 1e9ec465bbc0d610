/**
 * Variables that are read before anything was stored in them on any path. Mirrors the certain cases of clang's
 * UninitializedValues.cpp (-Wuninitialized, v19).
 */
import { reportWarning } from '../problem.ts';
import type { Initializer, LocalVariable, Statement } from '../typed.ts';
import type { Checker } from './checker.ts';
import { isPointer, isScalar } from './typeQueries.ts';
import { type Unset, evaluateIn, meet, without } from './uninitialised.ts';

export function warnAboutUninitialised(c: Checker, body: Statement): void {
  const walk: Walk = { c, silent: false, said: new Set(), jumps: [] };
  after(walk, body, new Set());
}

interface Walk {
  readonly c: Checker;
  /** A trial run that only finds out what is stored. */
  readonly silent: boolean;
  readonly said: Set<LocalVariable>;
  /** For each loop and switch around: what is unset where control leaves it, and where its cases begin. */
  readonly jumps: Jumps[];
}

interface Jumps {
  broken: Unset | null;
  continued: Unset | null;
  readonly cases: Unset | null;
}

function read(walk: Walk, expr: Parameters<typeof evaluateIn>[0], unset: Unset): Unset {
  return evaluateIn(
    expr,
    unset,
    (variable, at) => {
      if (walk.silent || walk.said.has(variable)) return;
      walk.said.add(variable);
      const name = `'${variable.name}'`;
      const value = isPointer(variable.type) ? '((void *)0)' : '0';
      const { end } = variable.declaredAt;
      reportWarning(walk.c.problems, 'uninitialized', at, `variable ${name} is uninitialized when used here`, {
        notes: [{ at: { start: end, end }, message: `initialize the variable ${name} to silence this warning` }],
        fix: { title: `Initialize ${name}`, edits: [{ at: { start: end, end }, text: ` = ${value}` }] },
      });
    },
    (body, state) => sequence(walk, body, state),
  );
}

/** What is unset behind a statement; null when control does not get there. */
function after(walk: Walk, statement: Statement, unset: Unset | null): Unset | null {
  if (statement.kind === 'label') return after(walk, statement.body, NOTHING);
  if (statement.kind === 'case' || statement.kind === 'default') {
    const entry = walk.jumps.findLast(({ cases }) => cases !== null)?.cases ?? NOTHING;
    return after(walk, statement.body, meet(unset, entry));
  }
  if (unset === null) return holdsEntry(statement) ? within(walk, statement, NOTHING) : null;
  return within(walk, statement, unset);
}

/** Behind a label that anything can jump to, nothing is certain. */
const NOTHING: Unset = new Set();

function holdsEntry(statement: Statement): boolean {
  switch (statement.kind) {
    case 'label':
    case 'case':
    case 'default':
      return true;
    case 'block':
      return statement.body.some((one) => holdsEntry(one));
    case 'if':
      return holdsEntry(statement.then) || (statement.otherwise !== null && holdsEntry(statement.otherwise));
    case 'loop':
      return holdsEntry(statement.body);
    default:
      return false;
  }
}

function within(walk: Walk, statement: Statement, unset: Unset): Unset | null {
  switch (statement.kind) {
    case 'block':
      return sequence(walk, statement.body, unset);
    case 'declare':
      return declared(walk, statement.variable, statement.init, unset);
    case 'expression':
      return read(walk, statement.expr, unset);
    case 'if':
      return afterIf(walk, statement, unset);
    case 'loop':
      return afterLoop(walk, statement, unset);
    case 'switch':
      return afterSwitch(walk, statement, unset);
    case 'break':
    case 'continue':
      return leave(walk, statement.kind, unset);
    case 'return':
      if (statement.value !== null) read(walk, statement.value, unset);
      return null;
    case 'goto':
      return null;
    case 'asm':
      return afterAsm(walk, statement, unset);
    case 'label':
    case 'case':
    case 'default':
      return after(walk, statement, unset);
  }
}

function sequence(walk: Walk, body: readonly Statement[], unset: Unset): Unset | null {
  let state: Unset | null = unset;
  for (const statement of body) state = after(walk, statement, state);
  return state;
}

function declared(walk: Walk, variable: LocalVariable, init: Initializer | null, unset: Unset): Unset {
  if (init === null) {
    const tracked = isScalar(variable.type) && !variable.addressTaken;
    return tracked ? new Set([...unset, variable]) : unset;
  }
  const values = init.kind === 'value' ? [init.value] : init.entries.map(({ value }) => value);
  return values.reduce((state, value) => read(walk, value, state), unset);
}

function afterIf(walk: Walk, statement: Extract<Statement, { kind: 'if' }>, unset: Unset): Unset | null {
  const { condition, then, otherwise } = statement;
  const known = condition.kind === 'constant' ? condition.value !== 0n : null;
  const tested = read(walk, condition, unset);
  const first = known === false ? after(walk, then, null) : after(walk, then, tested);
  if (otherwise === null) return known === true ? first : meet(first, tested);
  return meet(first, after(walk, otherwise, known === true ? null : tested));
}

/** What the loop stores may have been stored before it is read again. */
function afterLoop(walk: Walk, statement: Extract<Statement, { kind: 'loop' }>, unset: Unset): Unset | null {
  const entered = sequence(walk, statement.init, unset);
  if (entered === null) return null;
  if (walk.silent) return oneRound(walk, statement, entered).left;
  const once = oneRound({ ...walk, silent: true }, statement, entered);
  const head = once.again === null ? entered : meet(entered, once.again);
  const { left } = oneRound(walk, statement, head ?? NOTHING);
  return left;
}

interface Round {
  readonly again: Unset | null;
  readonly left: Unset | null;
}

function oneRound(walk: Walk, statement: Extract<Statement, { kind: 'loop' }>, head: Unset): Round {
  const { condition, body, step, testLast } = statement;
  const endless = condition === null || (condition.kind === 'constant' && condition.value !== 0n);
  const tested = condition === null || testLast ? head : read(walk, condition, head);
  const jumps: Jumps = { broken: null, continued: null, cases: null };
  walk.jumps.push(jumps);
  const through = meet(after(walk, body, tested), jumps.continued);
  walk.jumps.pop();
  const stepped = through === null || step === null ? through : read(walk, step, through);
  const last = stepped !== null && condition !== null && testLast ? read(walk, condition, stepped) : stepped;
  const out = endless ? null : testLast ? last : tested;
  return { again: last, left: meet(out, jumps.broken) };
}

function afterSwitch(walk: Walk, statement: Extract<Statement, { kind: 'switch' }>, unset: Unset): Unset | null {
  const tested = read(walk, statement.value, unset);
  const jumps: Jumps = { broken: null, continued: null, cases: tested };
  walk.jumps.push(jumps);
  const through = after(walk, statement.body, null);
  walk.jumps.pop();
  const outer = walk.jumps.findLast(({ cases }) => cases === null);
  if (outer !== undefined && jumps.continued !== null) outer.continued = meet(outer.continued, jumps.continued);
  const skipped = hasDefault(statement.body) ? null : tested;
  return meet(meet(through, jumps.broken), skipped);
}

function hasDefault(statement: Statement): boolean {
  switch (statement.kind) {
    case 'default':
      return true;
    case 'block':
      return statement.body.some((one) => hasDefault(one));
    case 'case':
    case 'label':
      return hasDefault(statement.body);
    default:
      return false;
  }
}

function leave(walk: Walk, kind: 'break' | 'continue', unset: Unset): null {
  const jumps = walk.jumps.at(-1);
  if (jumps !== undefined && kind === 'break') jumps.broken = meet(jumps.broken, unset);
  if (jumps !== undefined && kind === 'continue') jumps.continued = meet(jumps.continued, unset);
  return null;
}

function afterAsm(walk: Walk, statement: Extract<Statement, { kind: 'asm' }>, unset: Unset): Unset {
  let state = unset;
  for (const { expr } of statement.inputs) state = read(walk, expr, state);
  for (const { expr, constraint } of statement.outputs) {
    if (expr.kind !== 'variable') state = read(walk, expr, state);
    else if (constraint.startsWith('+'))
      state = read(walk, { ...expr, kind: 'load', object: expr, volatile: false }, state);
    if (expr.kind === 'variable' && expr.variable.kind === 'local') state = without(state, expr.variable);
  }
  return state;
}
