/** `return`. */
import { end } from './emit.ts';
import { effect } from './effect.ts';
import { locationAt } from './location.ts';
import { recordInto } from './record.ts';
import { leaveTo } from './scope.ts';
import { alignOf, isVoid } from './shape.ts';
import type { BodyState, StatementOf } from './state.ts';
import { value } from './value.ts';

export function returned(f: BodyState, { value: expr }: StatementOf<'return'>): void {
  if (!expr || isVoid(expr.type)) {
    if (expr) effect(f, expr);
    leaveTo(f, 0);
    return end(f, { op: 'return', args: [] });
  }
  if (f.returnTo) {
    recordInto(f, expr, locationAt(f.returnTo, alignOf(expr.type)));
    leaveTo(f, 0);
    return end(f, { op: 'return', args: [] });
  }
  const result = value(f, expr);
  leaveTo(f, 0);
  end(f, { op: 'return', args: [result] });
}
