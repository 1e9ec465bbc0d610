/** 128-bit integers: they are memory as records are, and two halves, the low one first, while they are computed with. */
import { unreachable } from '../../base/assert.ts';
import type { Value } from '../ir/ir.ts';
import type { ArithmeticOp, CompareOp, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { compareKind } from './compareKind.ts';
import { binary, binaryWith, compare, convert, number, toInt64, zeroLike } from './emit.ts';
import { movedBy, type Location } from './location.ts';
import { loadPiece, storePiece } from './memory.ts';
import { locationOf, temporary } from './object.ts';
import { recordAt } from './record.ts';
import { integerOf, isSigned } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

export type Halves = readonly [low: Value, high: Value];

type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;
type Computed = ExprOf<'constant' | 'convert' | 'arithmetic' | 'negate' | 'complement' | 'update' | 'increment'>;

export function isWide({ type }: Expr): boolean {
  return isWideType(type);
}

function isWideType(type: CType): boolean {
  return integerOf(type)?.bits === 128;
}

/** What is no object somewhere; null for others. */
export function computedWide(expr: Expr): Computed | null {
  if (!isWide(expr)) return null;
  switch (expr.kind) {
    case 'constant':
    case 'arithmetic':
    case 'negate':
    case 'complement':
    case 'update':
    case 'increment':
      return expr;
    default:
      return expr.kind === 'convert' && !isWide(expr.operand) ? expr : null;
  }
}

/** A computed number, put into memory. */
export function wideTemporary(f: BodyState, expr: Computed): Location {
  const target = temporary(f, 16);
  storeHalves(f, target, computed(f, expr));
  return target;
}

export function wideValue(f: BodyState, expr: Expr): Halves {
  const number = computedWide(expr);
  return number ? computed(f, number) : loadHalves(f, recordAt(f, expr));
}

/** Not zero exactly when the number is not. */
export function wideBits(f: BodyState, expr: Expr): Value {
  return binary(f, 'or', ...wideValue(f, expr));
}

/** The low half, which a conversion to a narrower type keeps. */
export function lowHalf(f: BodyState, expr: Expr): Value {
  return wideValue(f, expr)[0];
}

/** int 0 or 1. The high halves decide, then the low ones, which have no sign. */
export function compareWide(f: BodyState, op: CompareOp, left: Expr, right: Expr): Value {
  const [a, b] = [wideValue(f, left), wideValue(f, right)];
  if (op === 'eq' || op === 'ne') {
    const differences = [0, 1].map((n) => binary(f, 'xor', half(a, n), half(b, n))) as [Value, Value];
    const all = binary(f, 'or', ...differences);
    return compare(f, op, all, zeroLike(f, all));
  }
  const strict = op === 'lt' || op === 'le' ? 'lt' : 'gt';
  const high = compare(f, compareKind(strict, left.type), a[1], b[1]);
  const same = compare(f, 'eq', a[1], b[1]);
  const low = compare(f, compareKind(op, UNSIGNED), a[0], b[0]);
  return binary(f, 'or', high, binary(f, 'and', same, low));
}

const UNSIGNED: CType = { kind: 'int', name: 'unsigned long', bits: 64, signed: false };

function half([low, high]: Halves, n: number): Value {
  return n === 0 ? low : high;
}

function loadHalves(f: BodyState, location: Location): Halves {
  const at = (bytes: number): Value => loadPiece(f, movedBy(location, bytes), 'i64', 8, false, false);
  return [at(0), at(8)];
}

function storeHalves(f: BodyState, location: Location, halves: Halves): void {
  halves.forEach((one, n) => storePiece(f, movedBy(location, n * 8), one, 8, false));
}

function computed(f: BodyState, expr: Computed): Halves {
  switch (expr.kind) {
    case 'constant':
      return [number(f, 'i64', expr.value), number(f, 'i64', expr.value >> 64n)];
    case 'convert':
      return widened(f, value(f, expr.operand), expr.operand.type);
    case 'complement':
      return each(wideValue(f, expr.operand), (one) => binaryWith(f, 'xor', one, -1n));
    case 'negate':
      return difference(f, [number(f, 'i64', 0), number(f, 'i64', 0)], wideValue(f, expr.operand));
    case 'arithmetic':
      return arithmetic(f, expr, expr.op, wideValue(f, expr.left), expr.right);
    case 'update':
      return update(f, expr);
    case 'increment':
      return increment(f, expr);
    default:
      return unreachable(expr);
  }
}

function each([low, high]: Halves, rule: (one: Value) => Value): Halves {
  return [rule(low), rule(high)];
}

function widened(f: BodyState, one: Value, type: CType): Halves {
  const signed = isSigned(type);
  const low = toInt64(f, one, signed);
  return [low, signed ? binaryWith(f, 'ashr', low, 63) : number(f, 'i64', 0)];
}

function arithmetic(f: BodyState, at: Expr, op: ArithmeticOp, left: Halves, operand: Expr): Halves {
  switch (op) {
    case 'shl':
    case 'shr':
      return shifted(f, at, op, left, operand);
    case 'add':
      return sum(f, left, wideValue(f, operand));
    case 'sub':
      return difference(f, left, wideValue(f, operand));
    case 'and':
    case 'or':
    case 'xor': {
      const right = wideValue(f, operand);
      return [binary(f, op, left[0], right[0]), binary(f, op, left[1], right[1])];
    }
    default:
      f.unit.fail(at, 'multiplication and division of 128-bit integers are not supported');
      return left;
  }
}

function sum(f: BodyState, a: Halves, b: Halves): Halves {
  const low = binary(f, 'add', a[0], b[0]);
  const carry = convert(f, 'zext', 'i64', compare(f, 'ult', low, a[0]));
  return [low, binary(f, 'add', binary(f, 'add', a[1], b[1]), carry)];
}

function difference(f: BodyState, a: Halves, b: Halves): Halves {
  const borrow = convert(f, 'zext', 'i64', compare(f, 'ult', a[0], b[0]));
  return [binary(f, 'sub', a[0], b[0]), binary(f, 'sub', binary(f, 'sub', a[1], b[1]), borrow)];
}

function shifted(f: BodyState, at: Expr, op: 'shl' | 'shr', [low, high]: Halves, amount: Expr): Halves {
  const bits = amount.kind === 'constant' ? Number(BigInt.asUintN(7, amount.value)) : -1;
  if (bits === -1) f.unit.fail(at, 'shifts of 128-bit integers by what is no constant are not supported');
  if (bits <= 0) return [low, high];
  const [zero, down] = [number(f, 'i64', 0), isSigned(at.type) ? 'ashr' : 'lshr'] as const;
  if (op === 'shl') {
    if (bits >= 64) return [zero, bits === 64 ? low : binaryWith(f, 'shl', low, bits - 64)];
    const crossing = binaryWith(f, 'lshr', low, 64 - bits);
    return [binaryWith(f, 'shl', low, bits), binary(f, 'or', binaryWith(f, 'shl', high, bits), crossing)];
  }
  if (bits >= 64) {
    const rest = bits === 64 ? high : binaryWith(f, down, high, bits - 64);
    return [rest, down === 'ashr' ? binaryWith(f, 'ashr', high, 63) : zero];
  }
  const crossing = binaryWith(f, 'shl', high, 64 - bits);
  return [binary(f, 'or', binaryWith(f, 'lshr', low, bits), crossing), binaryWith(f, down, high, bits)];
}

/** Only where the target is wide itself. */
function update(f: BodyState, expr: ExprOf<'update'>): Halves {
  const location = locationOf(f, expr.target);
  const halves = arithmetic(f, expr, expr.op, loadHalves(f, location), expr.value);
  storeHalves(f, location, halves);
  return halves;
}

function increment(f: BodyState, { target, delta, post }: ExprOf<'increment'>): Halves {
  const location = locationOf(f, target);
  const old = loadHalves(f, location);
  const stepped = sum(f, old, [number(f, 'i64', delta), number(f, 'i64', delta < 0 ? -1 : 0)]);
  storeHalves(f, location, stepped);
  return post ? old : stepped;
}
