/** Expressions that change an object. Source: C11 6.5.16, 6.5.2.4, 6.5.3.1. */
import type { Value } from '../ir/ir.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { arithmetic, movedPointer, overflowing } from './arithmetic.ts';
import { converted } from './conversion.ts';
import { binaryWith, toInt64 } from './emit.ts';
import type { Location } from './location.ts';
import { asField, extended, read, write } from './memory.ts';
import { locationOf } from './object.ts';
import { isBool, isQualified, isSigned } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

/** The value comes before the target, as in clang. */
export function assign(f: BodyState, { target, value: source }: ExprOf<'assign'>): Value {
  const stored = value(f, source);
  return put(f, locationOf(f, target), target.type, stored);
}

export function update(f: BodyState, expr: ExprOf<'update'>): Value {
  const { op, target, computation } = expr;
  const operand = value(f, expr.value);
  const location = locationOf(f, target);
  const old = converted(f, get(f, location, target.type), target.type, computation);
  const result = arithmetic(f, op, old, operand, computation);
  return put(f, location, target.type, converted(f, result, computation, target.type));
}

/** `p += n`, `p++`. */
export function advance(f: BodyState, { target, step, subtract, post }: ExprOf<'advance'>): Value {
  const bytes = toInt64(f, value(f, step), isSigned(step.type));
  const location = locationOf(f, target);
  const old = get(f, location, target.type);
  const moved = put(f, location, target.type, movedPointer(f, old, bytes, subtract));
  return post ? old : moved;
}

export function increment(f: BodyState, { target, delta, post }: ExprOf<'increment'>): Value {
  const location = locationOf(f, target);
  const old = get(f, location, target.type);
  const moved = put(f, location, target.type, stepped(f, old, delta, target.type));
  return post ? old : moved;
}

/** `++` makes a bool true, `--` turns it over. */
function stepped(f: BodyState, old: Value, delta: 1 | -1, type: CType): Value {
  if (isBool(type)) return delta === 1 ? binaryWith(f, 'or', old, 1) : binaryWith(f, 'xor', old, 1);
  return extended(f, overflowing(f, binaryWith(f, 'add', old, delta), type), type);
}

function get(f: BodyState, location: Location, type: CType): Value {
  return read(f, location, type, isQualified(type, 'volatile'));
}

/** The value that the object has afterwards. */
function put(f: BodyState, location: Location, type: CType, stored: Value): Value {
  write(f, location, type, stored, isQualified(type, 'volatile'));
  return location.field ? asField(f, stored, location.field.bits, type) : stored;
}
