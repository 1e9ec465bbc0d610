/** Whether two types are one type to C. Source: C11 6.2.7, 6.7.3p10, 6.7.6. */
import type { CType, EnumType, FunctionType } from '../types.ts';
import { promotedType } from './conversions.ts';
import { arrayOf, integerOf, plainType, pointerTo, qualifiersOf, qualify, stripTypedefs } from './typeQueries.ts';

/** Compatible types, qualifiers counted. */
export function compatible(left: CType, right: CType): boolean {
  return left === right || same(left, right, 0);
}

/** The same but for qualifiers of the types themselves (not of what they point to). */
export function compatibleUnqualified(left: CType, right: CType): boolean {
  return left === right || sameShape(left, right, 0);
}

/** Types that nest deeper are taken for the same. */
const DEEPEST = 100;

function same(left: CType, right: CType, depth: number): boolean {
  if (left === right || depth > DEEPEST) return true;
  const [one, other] = [qualifiersOf(left), qualifiersOf(right)];
  if (one.const !== other.const || one.volatile !== other.volatile || one.addressSpace !== other.addressSpace)
    return false;
  return one.restrict === other.restrict && sameShape(left, right, depth);
}

function sameShape(left: CType, right: CType, depth: number): boolean {
  const [one, other] = [plainType(left), plainType(right)];
  if (one === other) return true;
  if (one.kind === 'enum' || other.kind === 'enum') return sameAsEnum(one, other);
  switch (one.kind) {
    case 'void':
    case 'bool':
      return one.kind === other.kind;
    case 'int':
    case 'float':
      return one.kind === other.kind && one.name === other.name;
    case 'pointer':
      return other.kind === 'pointer' && same(one.to, other.to, depth + 1);
    case 'array':
      if (other.kind !== 'array' || !same(one.of, other.of, depth + 1)) return false;
      return one.length === null || other.length === null || one.length === other.length;
    case 'function':
      return other.kind === 'function' && sameFunction(one, other, depth + 1);
    case 'record':
      return false;
  }
}

/** An enum is compatible with the integer type that it is stored as (C11 6.7.2.2p4), not with another enum. */
function sameAsEnum(one: CType, other: CType): boolean {
  if (one.kind === 'enum' && other.kind === 'enum') return false;
  const [number, of]: [CType, EnumType | null] =
    one.kind === 'enum' ? [other, one] : other.kind === 'enum' ? [one, other] : [one, null];
  return number.kind === 'int' && of !== null && number.name === of.underlying.name;
}

function sameFunction(one: FunctionType, other: FunctionType, depth: number): boolean {
  if (!same(one.returns, other.returns, depth)) return false;
  if (!one.prototype || !other.prototype) return fitsNoPrototype(one.prototype ? one : other);
  if (one.variadic !== other.variadic || one.params.length !== other.params.length) return false;
  return one.params.every(({ type }, i) => sameShape(type, other.params[i]?.type ?? type, depth));
}

/** `f()` is compatible with parameters that arrive as they are promoted (C11 6.7.6.3p15). */
function fitsNoPrototype(known: FunctionType): boolean {
  if (!known.prototype) return true;
  if (known.variadic) return false;
  return known.params.every(({ type }) => {
    const stored = integerOf(type);
    return stored === null || promotedType(type)?.name === stored.name;
  });
}

/** Of two compatible types what both say together (C11 6.2.7p3): known lengths, prototypes. */
export function composite(left: CType, right: CType): CType {
  return left === right ? left : merge(left, right, 0);
}

function merge(left: CType, right: CType, depth: number): CType {
  const [one, other] = [plainType(left), plainType(right)];
  if (one === other || depth > DEEPEST || !addsSomething(one, other, 0)) return left;
  const { const: isConst, volatile, restrict, addressSpace, typeTags, alignBytes } = qualifiersOf(stripTypedefs(left));
  const requalified = (type: CType): CType =>
    qualify(type, { const: isConst, volatile, restrict, addressSpace, typeTags, alignBytes });
  if (one.kind === 'pointer' && other.kind === 'pointer')
    return requalified(pointerTo(merge(one.to, other.to, depth + 1)));
  if (one.kind === 'array' && other.kind === 'array')
    return arrayOf(merge(one.of, other.of, depth + 1), one.length ?? other.length);
  if (one.kind === 'function' && other.kind === 'function') return mergeFunctions(one, other, depth);
  return left;
}

/** Whether the right type knows a length or prototype that the left one lacks. */
function addsSomething(one: CType, other: CType, depth: number): boolean {
  const [left, right] = [plainType(one), plainType(other)];
  if (left === right || depth > DEEPEST) return false;
  if (left.kind === 'pointer' && right.kind === 'pointer') return addsSomething(left.to, right.to, depth + 1);
  if (left.kind === 'array' && right.kind === 'array')
    return (left.length === null && right.length !== null) || addsSomething(left.of, right.of, depth + 1);
  if (left.kind !== 'function' || right.kind !== 'function') return false;
  if (left.prototype !== right.prototype) return right.prototype;
  return (
    addsSomething(left.returns, right.returns, depth + 1) ||
    left.params.some(({ type }, i) => addsSomething(type, right.params[i]?.type ?? type, depth + 1))
  );
}

function mergeFunctions(one: FunctionType, other: FunctionType, depth: number): FunctionType {
  const returns = merge(one.returns, other.returns, depth + 1);
  if (!one.prototype) return { ...other, returns };
  if (!other.prototype) return { ...one, returns };
  const params = one.params.map((param, i) => ({
    name: param.name,
    type: merge(param.type, other.params[i]?.type ?? param.type, depth + 1),
  }));
  return { ...one, returns, params };
}
