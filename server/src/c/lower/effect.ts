/** Expressions whose values nobody wants. */
import { atomicEffect } from './atomic.ts';
import { block, jump } from './emit.ts';
import { condition } from './condition.ts';
import { inScope } from './scope.ts';
import { isVoid } from './shape.ts';
import type { Expr } from '../typed.ts';
import { locationOf } from './object.ts';
import { recordAt } from './record.ts';
import { heldIn } from './shape.ts';
import type { BodyState } from './state.ts';
import { statements } from './statement.ts';
import { value } from './value.ts';
import { builtin } from './builtin.ts';
import { call } from './call.ts';

export function effect(f: BodyState, expr: Expr): void {
  const place = f.place;
  f.place = expr.start;
  effectHere(f, expr);
  f.place = place;
}

function effectHere(f: BodyState, expr: Expr): void {
  switch (expr.kind) {
    case 'convert':
      return effect(f, expr.operand);
    case 'comma':
      effect(f, expr.first);
      return effect(f, expr.second);
    case 'conditional':
      return conditionalEffect(f, expr);
    case 'logical':
      return logicalEffect(f, expr);
    case 'statementExpr':
      return inScope(f, expr, () => {
        statements(f, expr.body);
        if (expr.value) effect(f, expr.value);
      });
    case 'builtin':
      if (expr.name === 'atomic') atomicEffect(f, expr);
      else builtin(f, expr);
      return;
    case 'call':
      call(f, expr);
      return;
    case 'load':
      if (!expr.volatile || !heldIn(expr.type)) return void locationOf(f, expr.object);
      return void value(f, expr);
    case 'constant':
    case 'function':
      return;
    default:
      if (heldIn(expr.type)) value(f, expr);
      else if (!isVoid(expr.type)) recordAt(f, expr);
      else if (expr.kind === 'deref') value(f, expr.pointer);
  }
}

function conditionalEffect(f: BodyState, expr: Extract<Expr, { kind: 'conditional' }>): void {
  const [then, otherwise, join] = [block(f, 'then'), block(f, 'else'), block(f, 'endif')];
  condition(f, expr.condition, then, otherwise);
  if (expr.then) effect(f, expr.then);
  jump(f, join, otherwise);
  effect(f, expr.otherwise);
  jump(f, join, join);
}

function logicalEffect(f: BodyState, expr: Extract<Expr, { kind: 'logical' }>): void {
  const both = expr.op === 'and';
  const right = block(f, both ? 'and' : 'or');
  const join = block(f, 'logical');
  condition(f, expr.left, both ? right : join, both ? join : right);
  f.block = right;
  effect(f, expr.right);
  jump(f, join, join);
}
