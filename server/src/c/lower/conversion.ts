/** Conversions between scalar types. Source: C11 6.3.1, 6.3.2.3. */
import type { Value } from '../ir/ir.ts';
import type { CType } from '../types.ts';
import { compare, convert, emit, number, toInt32, toInt64, toPointer, zeroLike } from './emit.ts';
import { addressSpaceOf, heldIn, integerOf, isBool, plain } from './shape.ts';
import type { BodyState } from './state.ts';

/** A scalar of one type as another. */
export function converted(f: BodyState, value: Value, from: CType, to: CType): Value {
  if (isBool(to)) return isBool(from) ? value : truthOf(f, value);
  if (plain(to).kind === 'pointer') return asPointer(f, value, from, to);
  return asInteger(f, value, from, to);
}

/** int 0 or 1. */
export function truthOf(f: BodyState, value: Value): Value {
  if (value.op === 'const') return number(f, 'i32', value.value === 0n ? 0 : 1);
  return compare(f, 'ne', value, zeroLike(f, value));
}

function asPointer(f: BodyState, value: Value, from: CType, to: CType): Value {
  if (value.type !== 'ptr') return toPointer(f, toInt64(f, value, integerOf(from)?.signed ?? false));
  const [space, target] = [addressSpaceOf(from), addressSpaceOf(to)];
  if (space === target || plain(from).kind !== 'pointer') return value;
  return emit(f, { op: 'addrSpaceCast', type: 'ptr', args: [value], from: space, to: target });
}

function asInteger(f: BodyState, value: Value, from: CType, to: CType): Value {
  const source = integerOf(from) ?? POINTER;
  const target = integerOf(to) ?? POINTER;
  const sized = heldIn(to) === 'i64' ? toInt64(f, value, source.signed) : toInt32(f, value);
  const fits =
    target.signed === source.signed ? target.bits >= source.bits : !source.signed && target.bits > source.bits;
  if (fits || target.bits >= 32) return sized;
  const bits = target.bits as 8 | 16;
  if (sized.op === 'const')
    return number(f, 'i32', target.signed ? BigInt.asIntN(bits, sized.value) : BigInt.asUintN(bits, sized.value));
  return convert(f, `${target.signed ? 'sext' : 'zext'}${bits}`, 'i32', sized);
}

const POINTER = { bits: 64, signed: false };
