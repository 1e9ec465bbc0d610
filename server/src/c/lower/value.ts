/** Expressions as values. Operands are computed from left to right, except that a target follows what is stored there. */
import { addPhi } from '../ir/edit.ts';
import type { Value } from '../ir/ir.ts';
import type { Place } from '../places.ts';
import type { Expr } from '../typed.ts';
import { UNSIGNED_LONG } from '../check/typeQueries.ts';
import { arithmetic, pointerDifference, pointerSum } from './arithmetic.ts';
import { advance, assign, increment, update } from './assignment.ts';
import { builtin } from './builtin.ts';
import { call } from './call.ts';
import { branchOn, condition } from './condition.ts';
import { compareKind } from './compareKind.ts';
import { converted, truthOf } from './conversion.ts';
import { effect } from './effect.ts';
import { binary, binaryWith, block, compare, emit, jump, number, zeroLike } from './emit.ts';
import { foldedLoad } from './folded.ts';
import { addressOf } from './location.ts';
import { locationOf } from './object.ts';
import { read } from './memory.ts';
import { inScope } from './scope.ts';
import { heldIn } from './shape.ts';
import type { BodyState } from './state.ts';
import { statements } from './statement.ts';
import { symbolOf } from './symbol.ts';
import { compareWide, isWide, lowHalf, wideBits } from './wideInteger.ts';

type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

/**
 * Of a scalar expression. Numbers narrower than 32 bits come extended to 32. What reads or writes memory is told of at
 * the member's name or the operator, as clang's line information has it.
 */
export function value(f: BodyState, expr: Expr): Value {
  const place = f.place;
  f.place = expr.kind === 'load' || expr.kind === 'assign' || expr.kind === 'update' ? caretOf(expr) : expr.start;
  const result = valueHere(f, expr);
  f.place = place;
  return result;
}

function caretOf({ caret, start }: Expr): Place {
  return caret ?? start;
}

function valueHere(f: BodyState, expr: Expr): Value {
  const held = heldIn(expr.type);
  switch (expr.kind) {
    case 'constant':
      return held ? number(f, held, expr.value) : noValue(f, expr);
    case 'function':
      return emit(f, { op: 'address', type: 'ptr', args: [], symbol: symbolOf(f.unit, expr.symbol), addend: 0 });
    case 'load':
      if (!held) return noValue(f, expr);
      return foldedLoad(f, expr) ?? read(f, locationOf(f, expr.object), expr.type, expr.volatile);
    case 'decay':
      return addressOf(f, locationOf(f, expr.array));
    case 'addressOf':
      if (expr.object.kind === 'function') return value(f, expr.object);
      return addressOf(f, locationOf(f, expr.object));
    case 'pointerAdd':
      return pointerSum(f, value(f, expr.pointer), expr);
    case 'pointerDiff':
      return pointerDifference(f, expr);
    case 'conditional':
      return conditional(f, expr);
    case 'assign':
      return assign(f, expr);
    case 'advance':
      return advance(f, expr);
    case 'call':
      return call(f, expr);
    case 'comma':
      effect(f, expr.first);
      return value(f, expr.second);
    case 'statementExpr':
      return statementValue(f, expr);
    case 'builtin':
      return builtin(f, expr);
    default:
      return held ? numeric(f, expr) : noValue(f, expr);
  }
}

function numeric(f: BodyState, expr: Expr): Value {
  switch (expr.kind) {
    case 'negate': {
      const operand = value(f, expr.operand);
      return binary(f, 'sub', zeroLike(f, operand), operand);
    }
    case 'complement':
      return binaryWith(f, 'xor', value(f, expr.operand), -1n);
    case 'not': {
      const operand = isWide(expr.operand) ? wideBits(f, expr.operand) : value(f, expr.operand);
      return compare(f, 'eq', operand, zeroLike(f, operand));
    }
    case 'arithmetic':
      return arithmetic(f, expr.op, value(f, expr.left), value(f, expr.right), expr.type);
    case 'compare':
      if (isWide(expr.left)) return compareWide(f, expr.op, expr.left, expr.right);
      return compare(f, compareKind(expr.op, expr.left.type), value(f, expr.left), value(f, expr.right));
    case 'logical':
      return logical(f, expr);
    case 'update':
      return update(f, expr);
    case 'increment':
      return increment(f, expr);
    case 'convert':
      if (isWide(expr.operand)) return fromWide(f, expr);
      if (!heldIn(expr.operand.type)) return noValue(f, expr.operand);
      return converted(f, value(f, expr.operand), expr.operand.type, expr.type);
    default:
      return heldIn(expr.type) ? read(f, locationOf(f, expr), expr.type, false) : noValue(f, expr);
  }
}

function fromWide(f: BodyState, { how, operand, type }: ExprOf<'convert'>): Value {
  if (how === 'boolean') return truthOf(f, wideBits(f, operand));
  return converted(f, lowHalf(f, operand), UNSIGNED_LONG, type);
}

/** For types that the machine does not have. */
function noValue(f: BodyState, expr: Expr): Value {
  f.unit.fail(expr, 'values of this type are not supported');
  return number(f, 'i32', 0);
}

function logical(f: BodyState, expr: ExprOf<'logical'>): Value {
  const both = expr.op === 'and';
  const right = block(f, both ? 'and' : 'or');
  const join = block(f, 'logical');
  condition(f, expr.left, both ? right : join, both ? join : right);
  f.block = right;
  const answer = truthOf(f, value(f, expr.right));
  const last = f.block;
  jump(f, join, join);
  const known = number(f, 'i32', both ? 0 : 1);
  return addPhi(f.fn, join, 'i32', f.place, (pred) => (pred === last ? answer : known));
}

function conditional(f: BodyState, expr: ExprOf<'conditional'>): Value {
  const held = heldIn(expr.type);
  if (!held) return noValue(f, expr);
  const [then, otherwise, join] = [block(f, 'then'), block(f, 'else'), block(f, 'endif')];
  const first = expr.then ? conditionThen(f, expr, expr.then, then, otherwise) : shortThen(f, expr, then, otherwise);
  const last = f.block;
  jump(f, join, otherwise);
  const second = value(f, expr.otherwise);
  jump(f, join, join);
  return addPhi(f.fn, join, held, f.place, (pred) => (pred === last ? first : second));
}

type Blocks = [then: BodyState['block'], otherwise: BodyState['block']];

function conditionThen(f: BodyState, expr: ExprOf<'conditional'>, result: Expr, ...[then, otherwise]: Blocks): Value {
  condition(f, expr.condition, then, otherwise);
  return value(f, result);
}

/** `a ?: b`: the condition is computed once. */
function shortThen(f: BodyState, expr: ExprOf<'conditional'>, ...[then, otherwise]: Blocks): Value {
  const tested = value(f, expr.condition);
  branchOn(f, tested, then, otherwise, null);
  return converted(f, tested, expr.condition.type, expr.type);
}

function statementValue(f: BodyState, expr: ExprOf<'statementExpr'>): Value {
  return inScope(f, expr, () => {
    statements(f, expr.body);
    return expr.value ? value(f, expr.value) : number(f, 'i32', 0);
  });
}
