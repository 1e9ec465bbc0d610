/** Simpler forms of arithmetic. */
import { computeBinary, NEGATED } from '../../ir/compute.ts';
import type { BinaryOp, Constant, Instr, Value } from '../../ir/ir.ts';
import { bitsOf, trailingZerosOf } from '../knownBits.ts';
import { asBinary, asConvert, constantOf, make, number, usedOnce, widthOf, type Simplifier } from './simplifier.ts';

type Binary = Instr & { op: 'binary' };
type NumberType = 'i32' | 'i64';

const COMMUTATIVE = new Set<BinaryOp>(['add', 'mul', 'and', 'or', 'xor']);

export function simplifyBinary(state: Simplifier, instr: Binary): Value | null {
  const [a, b] = instr.args as [Value, Value];
  if (instr.type === 'ptr') return simplifyPointer(state, instr, a, b);
  if (a.op === 'const' && b.op === 'const') {
    return number(state, typeOf(instr), computeBinary(instr.kind, widthOf(instr), a.value, b.value));
  }
  if (a.op === 'const' && COMMUTATIVE.has(instr.kind)) {
    instr.args = [b, a];
    state.changed = true;
    return simplifyBinary(state, instr);
  }
  if (a === b) return sameOperands(state, instr, a);
  if (b.op === 'const') return withConstant(state, instr, a, b);
  if (a.op === 'const') return a.value === 0n && instr.kind !== 'sub' && instr.kind !== 'add' ? a : null;
  return instr.kind === 'sub' ? pointerDifference(instr, a, b) : null;
}

function typeOf(instr: Binary): NumberType {
  return instr.type as NumberType;
}

function sameOperands(state: Simplifier, instr: Binary, a: Value): Value | null {
  switch (instr.kind) {
    case 'and':
    case 'or':
      return a;
    case 'sub':
    case 'xor':
      return number(state, typeOf(instr), 0n);
    default:
      return null;
  }
}

/** Constant offsets are added up, and stay the last that is added. */
function simplifyPointer(state: Simplifier, instr: Binary, a: Value, b: Value): Value | null {
  const by = constantOf(b);
  if (by === null) return null;
  if (by === 0n) return a;
  if (a.op === 'const') return number(state, 'ptr', computeBinary(instr.kind, 64, a.value, by));
  const bytes = instr.kind === 'sub' ? -by : by;
  if (instr.kind === 'sub') return make(state, instr, addOf('ptr'), a, number(state, 'i64', bytes));
  const inner = asBinary(a, 'add');
  const before = inner && constantOf(inner.args[1]);
  if (!inner || before === null) return null;
  return make(state, instr, addOf('ptr'), inner.args[0] as Value, number(state, 'i64', before + bytes));
}

function addOf(type: Constant['type']): { op: 'binary'; kind: 'add'; type: Constant['type'] } {
  return { op: 'binary', kind: 'add', type };
}

/** `(p + n) - p`. */
function pointerDifference(instr: Binary, a: Value, b: Value): Value | null {
  const end = asConvert(a, 'ptrToInt')?.args[0];
  const start = asConvert(b, 'ptrToInt')?.args[0];
  const sum = asBinary(end, 'add');
  return instr.type === 'i64' && sum && start && sum.args[0] === start ? (sum.args[1] as Value) : null;
}

function withConstant(state: Simplifier, instr: Binary, a: Value, b: Constant): Value | null {
  const type = typeOf(instr);
  const plain = identity(state, instr, a, b) ?? combine(state, instr, a, b);
  if (plain) return plain;
  switch (instr.kind) {
    case 'sub':
      return make(state, instr, { ...addOf(type), ...keptNoWrap(instr, b) }, a, number(state, type, -b.value));
    case 'mul':
    case 'udiv':
    case 'umod':
      return powerOfTwo(state, instr, a, b.value);
    case 'sdiv':
    case 'smod':
      return divideUnsigned(state, instr, a, b);
    case 'and':
      return masked(state, instr, a, b.value);
    case 'xor':
      return negated(state, instr, a, b.value);
    case 'lshr':
    case 'shl':
      return shiftedBack(state, instr, a, b.value);
    case 'ashr':
      return bitsOf(a) < widthOf(instr) ? make(state, instr, { op: 'binary', kind: 'lshr', type }, a, b) : null;
    default:
      return null;
  }
}

/** The least number has no negative. */
function keptNoWrap(instr: Binary, by: Constant): { noWrap?: true } {
  return instr.noWrap && by.value !== 1n << BigInt(widthOf(instr) - 1) ? { noWrap: true } : {};
}

/** `x + 0` and kin. */
function identity(state: Simplifier, instr: Binary, a: Value, b: Constant): Value | null {
  const ones = BigInt.asUintN(widthOf(instr), -1n);
  switch (instr.kind) {
    case 'add':
    case 'sub':
    case 'xor':
    case 'shl':
    case 'lshr':
    case 'ashr':
      return b.value === 0n ? a : null;
    case 'or':
      return b.value === 0n ? a : b.value === ones ? b : null;
    case 'and':
      return b.value === 0n ? b : b.value === ones ? a : null;
    case 'mul':
      return b.value === 0n ? b : b.value === 1n ? a : null;
    case 'udiv':
    case 'sdiv':
      return b.value === 1n ? a : b.value === 0n ? b : null;
    case 'umod':
    case 'smod':
      return b.value === 1n ? number(state, typeOf(instr), 0n) : b.value === 0n ? a : null;
  }
}

/** `(x op c) op d`: only when nobody has looked at `x op c`. */
function combine(state: Simplifier, instr: Binary, a: Value, b: Constant): Value | null {
  const inner = asBinary(a, instr.kind);
  const before = inner && constantOf(inner.args[1]);
  if (!inner || before === null || !usedOnce(state, inner)) return null;
  const bits = widthOf(instr);
  const whole = combinedConstant(instr.kind, bits, before, b.value);
  if (whole === null) return null;
  const init = { op: 'binary', kind: instr.kind, type: typeOf(instr) } as const;
  return make(state, instr, init, inner.args[0] as Value, number(state, typeOf(instr), whole));
}

function combinedConstant(kind: BinaryOp, bits: 32 | 64, first: bigint, second: bigint): bigint | null {
  switch (kind) {
    case 'add':
    case 'mul':
    case 'and':
    case 'or':
    case 'xor':
      return computeBinary(kind, bits, first, second);
    case 'shl':
    case 'lshr':
    case 'ashr':
      return first + second < BigInt(bits) ? first + second : null;
    default:
      return null;
  }
}

/** A quotient of numbers that are not negative is the same without signs, and may be a shift. */
function divideUnsigned(state: Simplifier, instr: Binary, a: Value, b: Constant): Value | null {
  if (bitsOf(a) >= widthOf(instr) || bitsOf(b) >= widthOf(instr)) return null;
  const kind = instr.kind === 'sdiv' ? 'udiv' : 'umod';
  return make(state, instr, { op: 'binary', kind, type: typeOf(instr) }, a, b);
}

function powerOfTwo(state: Simplifier, instr: Binary, a: Value, by: bigint): Value | null {
  const type = typeOf(instr);
  if (by === 0n || (by & (by - 1n)) !== 0n) return null;
  if (instr.kind === 'umod') {
    return make(state, instr, { op: 'binary', kind: 'and', type }, a, number(state, type, by - 1n));
  }
  const shift = number(state, type, by.toString(2).length - 1);
  return make(state, instr, { op: 'binary', kind: instr.kind === 'mul' ? 'shl' : 'lshr', type }, a, shift);
}

function masked(state: Simplifier, instr: Binary, a: Value, mask: bigint): Value | null {
  const bits = bitsOf(a);
  const possible = ((1n << BigInt(bits)) - 1n) ^ ((1n << BigInt(Math.min(bits, trailingZerosOf(a)))) - 1n);
  if ((possible & ~mask) === 0n) return a;
  if ((possible & mask) === 0n) return number(state, typeOf(instr), 0n);
  if (instr.type === 'i64' && mask === 0xffff_ffffn) {
    const low = make(state, instr, { op: 'convert', kind: 'trunc', type: 'i32' }, a);
    return make(state, instr, { op: 'convert', kind: 'zext', type: 'i64' }, low);
  }
  return narrowMask(state, instr, a, mask);
}

/** `zext(x) & c` is `zext(x & c)`. */
function narrowMask(state: Simplifier, instr: Binary, a: Value, mask: bigint): Value | null {
  const wide = asConvert(a, 'zext');
  if (!wide || !usedOnce(state, wide)) return null;
  const init = { op: 'binary', kind: 'and', type: 'i32' } as const;
  const narrow = make(state, instr, init, wide.args[0] as Value, number(state, 'i32', mask));
  return make(state, instr, { op: 'convert', kind: 'zext', type: 'i64' }, narrow);
}

/** `compare ^ 1` is the opposite compare. */
function negated(state: Simplifier, instr: Binary, a: Value, by: bigint): Value | null {
  if (a.op !== 'compare' || by !== 1n) return null;
  return make(state, instr, { op: 'compare', kind: NEGATED[a.kind], type: 'i32' }, ...a.args);
}

/** `(x << c) >> c` and `(x >> c) << c` are masks. */
function shiftedBack(state: Simplifier, instr: Binary, a: Value, by: bigint): Value | null {
  const bits = widthOf(instr);
  if (by >= BigInt(bits)) return null;
  if (instr.kind === 'lshr' && BigInt(bitsOf(a)) <= by) return number(state, typeOf(instr), 0n);
  const inner = asBinary(a, instr.kind === 'lshr' ? 'shl' : 'lshr');
  if (!inner || constantOf(inner.args[1]) !== by || !usedOnce(state, inner)) return null;
  const ones = BigInt.asUintN(bits, -1n);
  const mask = instr.kind === 'lshr' ? ones >> by : BigInt.asUintN(bits, ones << by);
  const x = inner.args[0] as Value;
  const init = { op: 'binary', kind: 'and', type: typeOf(instr) } as const;
  if (instr.type === 'i64' && mask > 0x7fff_ffffn && mask !== 0xffff_ffffn) return null;
  const result = make(state, instr, init, x, number(state, typeOf(instr), mask)) as Binary;
  return masked(state, result, x, mask) ?? result;
}
