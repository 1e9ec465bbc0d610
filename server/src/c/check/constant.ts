/** What expressions are worth before the program runs. Source: C11 6.6; clang folds the same (v19). */
import type { Expr, FunctionSymbol, GlobalVariable, StringLiteral } from '../typed.ts';
import { bitsOf, isSigned, wrapTo } from './conversions.ts';
import { foldArithmetic, foldCompare } from './fold.ts';
import { sizeOf } from './layout.ts';
import { knownContents } from './constantContents.ts';
import { isInteger } from './typeQueries.ts';

export type ConstantSymbol = GlobalVariable | FunctionSymbol | StringLiteral;

export type ConstantValue =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'address'; readonly symbol: ConstantSymbol; readonly addend: bigint };

/**
 * A number, or the address of something with static storage; null when neither is known. With `layout`, offsets of
 * members that CO-RE would relocate count as they stand (in constants there is no other way); without, they are unknown.
 */
export function evaluate(expr: Expr, layout: boolean): ConstantValue | null {
  switch (expr.kind) {
    case 'constant':
      return { kind: 'int', value: expr.value };
    case 'load':
      return layout && !expr.volatile ? contentsOf(expr.object) : null;
    case 'decay':
      return addressOfObject(expr.array, layout);
    case 'addressOf':
      return addressOfObject(expr.object, layout);
    case 'convert':
      return converted(expr, layout);
    case 'negate':
    case 'complement':
    case 'not':
      return unary(expr, layout);
    case 'arithmetic':
      return arithmetic(expr, layout);
    case 'compare':
      return compared(expr, layout);
    case 'pointerAdd':
      return pointerSum(expr, layout);
    case 'pointerDiff':
      return pointerDifference(expr, layout);
    case 'logical':
      return logical(expr, layout);
    case 'conditional':
      return chosen(expr, layout);
    case 'comma':
      return layout && evaluate(expr.first, true) !== null ? evaluate(expr.second, true) : null;
    case 'builtin':
      return ofBuiltin(expr, layout);
    default:
      return null;
  }
}

/** What a constant object holds: in constant expressions clang looks into those, too. */
function contentsOf(object: Expr): ConstantValue | null {
  if (object.kind === 'variable' && object.variable.kind === 'local') {
    const { fixed = null } = object.variable;
    return fixed === null ? null : evaluate(fixed, true);
  }
  const at = addressOfObject(object, true);
  return at?.kind === 'address' ? knownContents(at, object.type) : null;
}

export function evaluateInt(expr: Expr, layout: boolean): bigint | null {
  const value = evaluate(expr, layout);
  return value?.kind === 'int' ? value.value : null;
}

/** Null where it is not known: the linker or the loader may find nothing for a weak symbol. */
export function truthOf(value: ConstantValue | null): boolean | null {
  if (value === null) return null;
  if (value.kind === 'int') return value.value !== 0n;
  return value.symbol.kind !== 'literal' && value.symbol.linkage === 'weak' ? null : true;
}

type Of<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

const int = (value: bigint): ConstantValue => ({ kind: 'int', value });
const bool = (value: boolean): ConstantValue => int(value ? 1n : 0n);
const boolOrNull = (value: boolean | null): ConstantValue | null => (value === null ? null : bool(value));

function addressOfObject(object: Expr, layout: boolean): ConstantValue | null {
  switch (object.kind) {
    case 'variable':
    case 'compoundLiteral':
      return object.variable.kind === 'global' ? { kind: 'address', symbol: object.variable, addend: 0n } : null;
    case 'function':
      return { kind: 'address', symbol: object.symbol, addend: 0n };
    case 'string':
      return { kind: 'address', symbol: object.literal, addend: 0n };
    case 'deref':
      return evaluate(object.pointer, layout);
    case 'member':
      if (object.preserve && !layout) return null;
      return moved(addressOfObject(object.record, layout), BigInt(Math.floor(object.member.offsetBits / 8)));
    case 'element':
      return object.preserve && !layout ? null : elementAddress(object, layout);
    default:
      return null;
  }
}

function elementAddress(object: Of<'element'>, layout: boolean): ConstantValue | null {
  const index = evaluateInt(object.index, layout);
  const size = sizeOf(object.type);
  if (index === null || size === null) return null;
  return moved(addressOfObject(object.array, layout), index * BigInt(size));
}

function moved(base: ConstantValue | null, by: bigint): ConstantValue | null {
  if (base === null) return null;
  if (base.kind === 'int') return int(BigInt.asUintN(64, base.value + by));
  return { ...base, addend: BigInt.asIntN(64, base.addend + by) };
}

function converted(expr: Of<'convert'>, layout: boolean): ConstantValue | null {
  const value = evaluate(expr.operand, layout);
  if (value === null || expr.how === 'discard') return null;
  if (expr.how === 'boolean') return boolOrNull(truthOf(value));
  if (value.kind === 'int') return int(wrapTo(expr.type, value.value));
  return bitsOf(expr.type) === 64 ? value : null;
}

function unary(expr: Of<'negate' | 'complement' | 'not'>, layout: boolean): ConstantValue | null {
  const value = evaluate(expr.operand, layout);
  if (value === null) return null;
  if (expr.kind === 'not') {
    const truth = truthOf(value);
    return boolOrNull(truth === null ? null : !truth);
  }
  if (value.kind !== 'int') return null;
  return int(wrapTo(expr.type, expr.kind === 'negate' ? -value.value : ~value.value));
}

function arithmetic(expr: Of<'arithmetic'>, layout: boolean): ConstantValue | null {
  const left = evaluate(expr.left, layout);
  const right = evaluate(expr.right, layout);
  if (left === null || right === null) return null;
  if (left.kind === 'int' && right.kind === 'int') {
    const value = foldArithmetic(expr.op, left.value, right.value, expr.type);
    return value === null ? null : int(value);
  }
  if (bitsOf(expr.type) !== 64) return null;
  if (expr.op === 'add') return left.kind === 'int' ? moved(right, left.value) : moved(left, intOf(right));
  return expr.op === 'sub' && right.kind === 'int' ? moved(left, -right.value) : null;
}

/** For sums of which at most one part may be an address. */
function intOf(value: ConstantValue): bigint {
  return value.kind === 'int' ? value.value : 0n;
}

function compared(expr: Of<'compare'>, layout: boolean): ConstantValue | null {
  const left = evaluate(expr.left, layout);
  const right = evaluate(expr.right, layout);
  if (left === null || right === null) return null;
  if (left.kind === 'int' && right.kind === 'int') return bool(foldCompare(expr.op, left.value, right.value));
  if (left.kind === 'address' && right.kind === 'address') return comparedAddresses(expr, left, right);
  const nothing = left.kind === 'int' ? left.value : intOf(right);
  const address = left.kind === 'address' ? left : right;
  if (truthOf(address) === null || nothing !== 0n || (expr.op !== 'eq' && expr.op !== 'ne')) return null;
  return bool(expr.op === 'ne');
}

function comparedAddresses(
  expr: Of<'compare'>,
  left: Extract<ConstantValue, { kind: 'address' }>,
  right: Extract<ConstantValue, { kind: 'address' }>,
): ConstantValue | null {
  return left.symbol === right.symbol ? bool(foldCompare(expr.op, left.addend, right.addend)) : null;
}

function pointerSum(expr: Of<'pointerAdd'>, layout: boolean): ConstantValue | null {
  if (expr.preserve === true && !layout) return null;
  const index = evaluateInt(expr.index, layout);
  if (index === null) return null;
  const by = index * BigInt(expr.scaleBytes);
  return moved(evaluate(expr.pointer, layout), expr.subtract ? -by : by);
}

function pointerDifference(expr: Of<'pointerDiff'>, layout: boolean): ConstantValue | null {
  const left = evaluate(expr.left, layout);
  const right = evaluate(expr.right, layout);
  if (left === null || right === null || expr.scaleBytes === 0) return null;
  const scale = BigInt(expr.scaleBytes);
  if (left.kind === 'int' && right.kind === 'int') return int(BigInt.asIntN(64, left.value - right.value) / scale);
  if (left.kind === 'int' || right.kind === 'int' || left.symbol !== right.symbol) return null;
  return int((left.addend - right.addend) / scale);
}

function logical(expr: Of<'logical'>, layout: boolean): ConstantValue | null {
  const left = truthOf(evaluate(expr.left, layout));
  if (left === null) return null;
  if (left === (expr.op === 'or')) return bool(expr.op === 'or');
  return boolOrNull(truthOf(evaluate(expr.right, layout)));
}

function chosen(expr: Of<'conditional'>, layout: boolean): ConstantValue | null {
  const condition = evaluate(expr.condition, layout);
  const truth = truthOf(condition);
  if (condition === null || truth === null) return null;
  if (!truth) return evaluate(expr.otherwise, layout);
  if (expr.then !== null) return evaluate(expr.then, layout);
  return condition.kind === 'int' && isInteger(expr.type) ? int(wrapTo(expr.type, condition.value)) : condition;
}

/** Of builtins that keep or count bits of their operand. */
function ofBuiltin(expr: Of<'builtin'>, layout: boolean): ConstantValue | null {
  const [first] = expr.args;
  if (expr.name === 'constant_p') return layout && first !== undefined ? bool(evaluate(first, true) !== null) : null;
  const value = first === undefined ? null : evaluate(first, layout);
  if (expr.name === 'expect' || expr.name === 'preserve_access_index') return value;
  if (value?.kind !== 'int' || first === undefined) return null;
  const folded = foldBits(expr.name, value.value, bitsOf(first.type), isSigned(first.type));
  return folded === null ? null : int(wrapTo(expr.type, folded));
}

/** Null where the result is undefined (`ctz` of 0) or the builtin does not fold. */
export function foldBits(name: string, value: bigint, bits: number, signed: boolean): bigint | null {
  const plain = BigInt.asUintN(bits, value);
  const text = plain.toString(2);
  switch (name) {
    case 'bswap16':
    case 'bswap32':
    case 'bswap64':
      return reversed(value, Number(name.slice(5)) / 8);
    case 'popcount':
      return BigInt(text.replaceAll('0', '').length);
    case 'parity':
      return BigInt(text.replaceAll('0', '').length & 1);
    case 'ctz':
      return plain === 0n ? null : BigInt(trailingZeros(text));
    case 'clz':
      return plain === 0n ? null : BigInt(bits - text.length);
    case 'ffs':
      return plain === 0n ? 0n : BigInt(trailingZeros(text) + 1);
    case 'abs':
      return signed && value < 0n ? -value : value;
    default:
      return null;
  }
}

function trailingZeros(bits: string): number {
  return bits.length - 1 - bits.lastIndexOf('1');
}

function reversed(value: bigint, bytes: number): bigint {
  let result = 0n;
  for (let i = 0; i < bytes; i++) result = (result << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return result;
}
