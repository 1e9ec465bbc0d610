/** Statements. Source: C11 6.8; GCC's manual for case ranges and statement expressions. */
import type { Block, Constant } from '../ir/ir.ts';
import type { Expr, Label, Statement } from '../typed.ts';
import { asmStatement } from './asm.ts';
import { condition } from './condition.ts';
import { effect } from './effect.ts';
import { block, end, jump, number } from './emit.ts';
import { initialise } from './initialise.ts';
import { localLocation } from './object.ts';
import { returned } from './returned.ts';
import { declared, depthAt, inScope, leaveTo } from './scope.ts';
import { heldIn, isQualified } from './shape.ts';
import type { BodyState, Exit, StatementOf } from './state.ts';
import { value } from './value.ts';

export function statements(f: BodyState, body: readonly Statement[]): void {
  for (const statement of body) statementHere(f, statement);
}

function statementHere(f: BodyState, statement: Statement): void {
  f.place = statement.start;
  switch (statement.kind) {
    case 'block':
      return inScope(f, statement, () => statements(f, statement.body));
    case 'declare':
      return declare(f, statement);
    case 'expression':
      return effect(f, statement.expr);
    case 'if':
      return ifStatement(f, statement);
    case 'loop':
      return inScope(f, statement, () => loop(f, statement));
    case 'switch':
      return switchStatement(f, statement);
    case 'case':
    case 'default':
      return caseStatement(f, statement);
    case 'label':
      jump(f, labelBlock(f, statement.label), labelBlock(f, statement.label));
      return statementHere(f, statement.body);
    case 'goto':
      leaveTo(f, depthAt(f, statement.label));
      return jump(f, labelBlock(f, statement.label));
    case 'break':
      return leave(f, f.breakTo);
    case 'continue':
      return leave(f, f.continueTo);
    case 'return':
      return returned(f, statement);
    case 'asm':
      return asmStatement(f, statement);
  }
}

export function labelBlock(f: BodyState, label: Label): Block {
  const known = f.labels.get(label);
  if (known) return known;
  const made = block(f, label.name);
  f.labels.set(label, made);
  return made;
}

function declare(f: BodyState, { variable, init }: StatementOf<'declare'>): void {
  const location = localLocation(f, variable);
  if (init) initialise(f, location, variable.type, init);
  const known = init?.kind === 'value' && isQualified(variable.type, 'const') ? constantOf(f, init.value) : null;
  if (known) f.constants.set(variable, known);
  declared(f, variable);
}

/** Of a number that is written out. */
function constantOf(f: BodyState, expr: Expr): Constant | null {
  const held = heldIn(expr.type);
  return expr.kind === 'constant' && held ? number(f, held, expr.value) : null;
}

function ifStatement(f: BodyState, statement: StatementOf<'if'>): void {
  const [then, join] = [block(f, 'then'), block(f, 'endif')];
  const otherwise = statement.otherwise ? block(f, 'else') : join;
  condition(f, statement.condition, then, otherwise);
  statementHere(f, statement.then);
  jump(f, join, otherwise);
  if (!statement.otherwise) return;
  statementHere(f, statement.otherwise);
  jump(f, join, join);
}

function loop(f: BodyState, statement: StatementOf<'loop'>): void {
  statements(f, statement.init);
  const { testLast, unroll } = statement;
  const [body, test, exit] = [block(f, 'body'), block(f, 'test'), block(f, 'endloop')];
  const step = statement.step ? block(f, 'step') : test;
  const head = testLast ? body : test;
  if (unroll !== null) head.unroll = unroll;
  jump(f, head, head);
  if (!testLast) testLoop(f, statement.condition, body, exit);
  exits(f, exit, step, () => statementHere(f, statement.body));
  jump(f, step, step);
  if (statement.step) {
    effect(f, statement.step);
    jump(f, test, test);
  }
  if (testLast) testLoop(f, statement.condition, body, exit);
  f.block = exit;
}

function testLoop(f: BodyState, test: Expr | null, body: Block, exit: Block): void {
  if (test) condition(f, test, body, exit);
  else jump(f, body, body);
}

function exits(f: BodyState, breakTo: Block, continueTo: Block | null, run: () => void): void {
  const outer = { breakTo: f.breakTo, continueTo: f.continueTo };
  const depth = f.scopes.length;
  f.breakTo = { block: breakTo, depth };
  if (continueTo) f.continueTo = { block: continueTo, depth };
  run();
  Object.assign(f, outer);
}

function leave(f: BodyState, exit: Exit | null): void {
  if (!exit) return;
  leaveTo(f, exit.depth);
  jump(f, exit.block);
}

function switchStatement(f: BodyState, statement: StatementOf<'switch'>): void {
  const tested = value(f, statement.value);
  const [head, body, exit] = [f.block, block(f, 'switch'), block(f, 'endswitch')];
  const outer = f.switch;
  const cases = { cases: [], otherwise: null };
  f.switch = cases;
  f.block = body;
  exits(f, exit, null, () => statementHere(f, statement.body));
  jump(f, exit, head);
  f.switch = outer;
  f.place = statement.start;
  end(f, { op: 'switch', args: [tested], cases: cases.cases, otherwise: cases.otherwise ?? exit }, exit);
}

function caseStatement(f: BodyState, statement: StatementOf<'case' | 'default'>): void {
  const here = block(f, statement.kind);
  jump(f, here, here);
  if (statement.kind === 'default') {
    if (f.switch) f.switch.otherwise = here;
  } else if (statement.first <= statement.last) {
    f.switch?.cases.push({ first: statement.first, last: statement.last, to: here });
  }
  statementHere(f, statement.body);
}
