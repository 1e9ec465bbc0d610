/** 128-bit integers, which are only moved: addresses of IPv6. They are memory as records are; the low half comes first. */
import type { Value } from '../ir/ir.ts';
import type { Expr } from '../typed.ts';
import { binaryWith, number, toInt64 } from './emit.ts';
import { movedBy, type Location } from './location.ts';
import { loadPiece, storePiece } from './memory.ts';
import { temporary } from './object.ts';
import { recordAt } from './record.ts';
import { heldIn, integerOf, isSigned } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

export const NO_WIDE = 'operations on 128-bit integers are not supported';

export function isWide(expr: Expr): boolean {
  return integerOf(expr.type)?.bits === 128;
}

/** A constant, or a number of up to 64 bits extended; null for what is no such expression. */
export function wideNumber(f: BodyState, expr: Expr): Location | null {
  const halves = halvesOf(f, expr);
  if (!halves) return null;
  const target = temporary(f, 16);
  halves.forEach((half, n) => storePiece(f, movedBy(target, n * 8), half, 8, false));
  return target;
}

function halvesOf(f: BodyState, expr: Expr): [low: Value, high: Value] | null {
  if (expr.kind === 'constant') return [number(f, 'i64', expr.value), number(f, 'i64', expr.value >> 64n)];
  if (expr.kind !== 'convert' || !heldIn(expr.operand.type)) return null;
  const signed = isSigned(expr.operand.type);
  const low = toInt64(f, value(f, expr.operand), signed);
  return [low, signed ? binaryWith(f, 'ashr', low, 63) : number(f, 'i64', 0)];
}

/** The low half, which a conversion to a narrower type keeps. */
export function lowHalf(f: BodyState, expr: Expr): Value {
  return loadPiece(f, recordAt(f, expr), 'i64', 8, false, false);
}
