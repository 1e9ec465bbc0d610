/** Expressions that decide where to go: C's short circuits become branches. Source: C11 6.5.13, 6.5.14, 6.8.4.1. */
import type { Block, Value } from '../ir/ir.ts';
import type { Expr } from '../typed.ts';
import { compareKind } from './compareKind.ts';
import { block, end, jump, zeroLike } from './emit.ts';
import { effect } from './effect.ts';
import { integerOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';
import { isWide, wideBits } from './wideInteger.ts';

/** Goes to `then` when the expression is not zero. What follows is put into `then`. */
export function condition(
  f: BodyState,
  expr: Expr,
  then: Block,
  otherwise: Block,
  likely: boolean | null = null,
): void {
  const place = f.place;
  f.place = expr.start;
  decide(f, expr, then, otherwise, likely);
  f.place = place;
  f.block = then;
}

function decide(f: BodyState, expr: Expr, then: Block, otherwise: Block, likely: boolean | null): void {
  switch (expr.kind) {
    case 'constant':
      return jump(f, expr.value === 0n ? otherwise : then, then);
    case 'not':
      return condition(f, expr.operand, otherwise, then, likely === null ? null : !likely);
    case 'logical':
      return shortCircuit(f, expr, then, otherwise, likely);
    case 'compare': {
      if (isWide(expr.left)) return branchOn(f, value(f, expr), then, otherwise, likely);
      const args = [value(f, expr.left), value(f, expr.right)];
      return end(f, { op: 'branch', kind: compareKind(expr.op, expr.left.type), args, then, otherwise, likely }, then);
    }
    case 'convert':
      if (keepsTruth(expr)) return condition(f, expr.operand, then, otherwise, likely);
      return branchOn(f, value(f, expr), then, otherwise, likely);
    case 'comma':
      effect(f, expr.first);
      return condition(f, expr.second, then, otherwise, likely);
    case 'builtin': {
      const [tested, expected] = expr.args;
      if (expr.name === 'expect' && tested && expected?.kind === 'constant')
        return condition(f, tested, then, otherwise, expected.value !== 0n);
      return branchOn(f, value(f, expr), then, otherwise, likely);
    }
    default:
      return branchOn(f, isWide(expr) ? wideBits(f, expr) : value(f, expr), then, otherwise, likely);
  }
}

export function branchOn(f: BodyState, tested: Value, then: Block, otherwise: Block, likely: boolean | null): void {
  const args = [tested, zeroLike(f, tested)];
  end(f, { op: 'branch', kind: 'ne', args, then, otherwise, likely }, then);
}

function shortCircuit(
  f: BodyState,
  expr: Extract<Expr, { kind: 'logical' }>,
  then: Block,
  otherwise: Block,
  likely: boolean | null,
): void {
  const both = expr.op === 'and';
  const right = block(f, both ? 'and' : 'or');
  const known = likely === both ? likely : null;
  condition(f, expr.left, both ? right : then, both ? otherwise : right, known);
  f.block = right;
  condition(f, expr.right, then, otherwise, known);
}

/** Whether a conversion leaves zero zero and everything else something else. */
function keepsTruth({ how, operand, type }: Extract<Expr, { kind: 'convert' }>): boolean {
  if (how === 'boolean') return true;
  if (how !== 'integer') return false;
  return (integerOf(type)?.bits ?? 0) >= (integerOf(operand.type)?.bits ?? 64);
}
