/** Values that are records: they are memory, and are copied. */
import type { Expr } from '../typed.ts';
import { builtin } from './builtin.ts';
import { callReturning } from './call.ts';
import { condition } from './condition.ts';
import { effect } from './effect.ts';
import { block, jump } from './emit.ts';
import type { Location } from './location.ts';
import { copyObject } from './memory.ts';
import { argument, locationOf, pointed, temporary } from './object.ts';
import { inScope } from './scope.ts';
import { sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { statements } from './statement.ts';
import { computedWide, wideTemporary } from './wideInteger.ts';

/** Where a record value lies; nobody may change it there. */
export function recordAt(f: BodyState, expr: Expr): Location {
  const wide = computedWide(expr);
  if (wide) return wideTemporary(f, wide);
  switch (expr.kind) {
    case 'load':
      return locationOf(f, expr.object);
    case 'variable':
    case 'deref':
    case 'member':
    case 'element':
    case 'compoundLiteral':
    case 'string':
      return locationOf(f, expr);
    case 'assign': {
      const source = recordAt(f, expr.value);
      const target = locationOf(f, expr.target);
      copyObject(f, target, source, sizeOf(expr.type));
      return target;
    }
    case 'comma':
      effect(f, expr.first);
      return recordAt(f, expr.second);
    case 'statementExpr':
    case 'conditional':
    case 'call':
      return inTemporary(f, expr);
    case 'convert':
      return recordAt(f, expr.operand);
    case 'builtin':
      if (expr.name === 'preserve_access_index') return pointed(f, argument(expr, 0));
      builtin(f, expr);
      return temporary(f, sizeOf(expr.type));
    default:
      return unsupported(f, expr);
  }
}

function unsupported(f: BodyState, expr: Expr): Location {
  f.unit.fail(expr, 'values of this type are not supported');
  return temporary(f, sizeOf(expr.type));
}

function inTemporary(f: BodyState, expr: Expr): Location {
  const target = temporary(f, sizeOf(expr.type));
  recordInto(f, expr, target);
  return target;
}

/** Puts a record into memory that the expression does not read. */
export function recordInto(f: BodyState, expr: Expr, target: Location): void {
  switch (expr.kind) {
    case 'call':
      return callReturning(f, expr, target);
    case 'conditional':
      return conditionalInto(f, expr, target);
    case 'statementExpr':
      return inScope(f, expr, () => {
        statements(f, expr.body);
        if (expr.value) recordInto(f, expr.value, target);
      });
    default:
      copyObject(f, target, recordAt(f, expr), sizeOf(expr.type));
  }
}

function conditionalInto(f: BodyState, expr: Extract<Expr, { kind: 'conditional' }>, target: Location): void {
  const [then, otherwise, join] = [block(f, 'then'), block(f, 'else'), block(f, 'endif')];
  condition(f, expr.condition, then, otherwise);
  recordInto(f, expr.then ?? expr.condition, target);
  jump(f, join, otherwise);
  recordInto(f, expr.otherwise, target);
  jump(f, join, join);
}
