/** Simpler forms of a comparison, be it a value or what a branch asks. */
import { computeBinary, computeCompare, computeConvert, NEGATED, SWAPPED } from '../../ir/compute.ts';
import type { CompareOp, Instr, Value } from '../../ir/ir.ts';
import { bitsOf, isNonNegative } from '../knownBits.ts';
import { asBinary, asConvert, constantOf, number, usedOnce, widthOf, type Simplifier } from './simplifier.ts';

export interface Test {
  readonly kind: CompareOp;
  readonly a: Value;
  readonly b: Value;
}

const LIMIT = 8;

/** The answer where it is known, or a simpler test; null when it stays. */
export function simplifyTest(state: Simplifier, test: Test): Test | boolean | null {
  let best: Test | null = null;
  for (let round = 0; round < LIMIT; round++) {
    const next = step(state, best ?? test);
    if (next === null) break;
    if (typeof next === 'boolean') return next;
    best = next;
  }
  return best;
}

function step(state: Simplifier, { kind, a, b }: Test): Test | boolean | null {
  if (a.op === 'const' && b.op === 'const') return computeCompare(kind, widthOf(a), a.value, b.value);
  if (a === b) return computeCompare(kind, 64, 0n, 0n);
  if (a.op === 'const') return { kind: SWAPPED[kind], a: b, b: a };
  const unsigned = kind === 'eq' || kind === 'ne' ? withoutSigns(state, kind, a, b) : null;
  if (unsigned !== null) return unsigned;
  const by = constantOf(b);
  if (by !== null) return withConstant(state, kind, a, b, by);
  return withoutExtensions(state, kind, a, b);
}

/** Bytes that are equal are so with or without signs; loads without are cheaper. */
function withoutSigns(state: Simplifier, kind: CompareOp, a: Value, b: Value): Test | boolean | null {
  if (!isSignedLoad(state, a)) return null;
  const low = (1n << BigInt(8 * a.size)) - 1n;
  if (b.op === 'const') {
    if (BigInt.asUintN(widthOf(a), BigInt.asIntN(8 * a.size, b.value)) !== b.value) return kind === 'ne';
    a.signed = false;
    return { kind, a, b: number(state, b.type, b.value & low) };
  }
  if (!isSignedLoad(state, b) || a.size !== b.size) return null;
  a.signed = false;
  b.signed = false;
  state.changed = true;
  return null;
}

function isSignedLoad(state: Simplifier, value: Value): value is Instr & { op: 'load' } {
  return value.op === 'load' && value.signed && 8 * value.size < widthOf(value) && usedOnce(state, value);
}

function withConstant(state: Simplifier, kind: CompareOp, a: Value, b: Value, by: bigint): Test | boolean | null {
  const isEquality = kind === 'eq' || kind === 'ne';
  if (isEquality && by === 0n && isObject(a)) return kind === 'ne';
  if (a.op === 'compare' && isEquality && by <= 1n) {
    const [x, y] = a.args as [Value, Value];
    return { kind: (kind === 'eq') === (by === 1n) ? a.kind : NEGATED[a.kind], a: x, b: y };
  }
  const known = decidedByBits(kind, a, by);
  if (known !== null) return known;
  if (isEquality && by === 0n && a.op === 'binary' && a.kind === 'lshr') {
    const below = belowShift(state, kind, a);
    if (below !== null) return below;
  }
  return edge(state, kind, a, by) ?? (isEquality ? solve(state, kind, a, b, by) : null) ?? narrow(state, kind, a, by);
}

/**
 * `x >> n == 0` asks how large `x` is, and so do we, as LLVM does: the verifier learns it of `x`, too. Only where the
 * number is an immediate.
 */
function belowShift(state: Simplifier, kind: CompareOp, a: Instr & { op: 'binary' }): Test | null {
  const [x, n] = a.args as [Value, Value];
  const width = widthOf(a);
  if (n.op !== 'const' || n.value === 0n || n.value >= (width === 32 ? 32n : 31n)) return null;
  return { kind: kind === 'eq' ? 'ult' : 'uge', a: x, b: number(state, a.type as 'i32' | 'i64', 1n << n.value) };
}

/** An address that is never null: of something on the stack or of a symbol that is there for sure. */
function isObject(value: Value): boolean {
  if (value.op === 'alloca') return true;
  if (value.op === 'address') return value.symbol.linkage !== 'weakExtern' && value.symbol.linkage !== 'weak';
  if (value.op === 'convert' && value.kind === 'ptrToInt') return isObject(value.args[0] as Value);
  return (
    value.op === 'binary' && value.type === 'ptr' && isObject(value.args[0] as Value) && value.args[1]?.op === 'const'
  );
}

function decidedByBits(kind: CompareOp, a: Value, by: bigint): boolean | null {
  const bits = bitsOf(a);
  const width = widthOf(a);
  const max = (1n << BigInt(bits)) - 1n;
  const signed = BigInt.asIntN(width, by);
  const isSmall = bits < width;
  switch (kind) {
    case 'eq':
    case 'ne':
      return by > max ? kind === 'ne' : null;
    case 'ult':
    case 'uge':
      return max < by ? kind === 'ult' : by === 0n ? kind === 'uge' : null;
    case 'ule':
    case 'ugt':
      return max <= by ? kind === 'ule' : null;
    case 'slt':
    case 'sge':
      return isSmall && (signed <= 0n || max < signed) ? (kind === 'slt') === signed > 0n : null;
    case 'sle':
    case 'sgt':
      return isSmall && (signed < 0n || max <= signed) ? (kind === 'sle') === signed >= 0n : null;
  }
}

/** Comparisons with the ends of the range. */
function edge(state: Simplifier, kind: CompareOp, a: Value, by: bigint): Test | null {
  const type = a.type as 'i32' | 'i64' | 'ptr';
  const zero = (): Value => number(state, type, 0n);
  if (kind === 'ugt' && by === 0n) return { kind: 'ne', a, b: zero() };
  if (kind === 'ule' && by === 0n) return { kind: 'eq', a, b: zero() };
  if (kind === 'ult' && by === 1n) return { kind: 'eq', a, b: zero() };
  if (kind === 'uge' && by === 1n) return { kind: 'ne', a, b: zero() };
  return null;
}

/** `x + c == d` and kin, when only the test looks at `x + c`. */
function solve(state: Simplifier, kind: CompareOp, a: Value, b: Value, by: bigint): Test | boolean | null {
  if (a.op === 'convert' && usedOnce(state, a)) return solveConvert(state, kind, a, by);
  if (a.op !== 'binary' || a.type === 'ptr' || !usedOnce(state, a)) return null;
  const [x, y] = a.args as [Value, Value];
  const bits = widthOf(a);
  if (by === 0n && (a.kind === 'sub' || a.kind === 'xor')) return { kind, a: x, b: y };
  if (y.op !== 'const') return null;
  const type = a.type as 'i32' | 'i64';
  if (a.kind === 'add') return { kind, a: x, b: number(state, type, computeBinary('sub', bits, by, y.value)) };
  if (a.kind === 'xor') return { kind, a: x, b: number(state, type, by ^ y.value) };
  if (a.kind === 'and' && (by & ~y.value) !== 0n) return kind === 'ne';
  return a.kind === 'and' && by === y.value && (by & (by - 1n)) === 0n && by !== 0n
    ? { kind: NEGATED[kind], a, b: number(state, b.type as 'i32' | 'i64', 0n) }
    : null;
}

function solveConvert(
  state: Simplifier,
  kind: CompareOp,
  a: Instr & { op: 'convert' },
  by: bigint,
): Test | boolean | null {
  const x = a.args[0] as Value;
  const bytes = { swap16: 2, swap32: 4, swap64: 8 }[a.kind as string];
  if (bytes === undefined || bitsOf(x) > 8 * bytes) return null;
  return { kind, a: x, b: number(state, x.type as 'i32' | 'i64', computeConvert(a.kind, widthOf(a), by)) };
}

/** Of what was extended only for the test, the test is of the original. */
function narrow(state: Simplifier, kind: CompareOp, a: Value, by: bigint): Test | null {
  if (a.op !== 'convert' || a.type !== 'i64' || !usedOnce(state, a)) return null;
  const x = a.args[0] as Value;
  const isSigned = kind.startsWith('s');
  if (a.kind === 'zext' && !isSigned && by <= 0xffff_ffffn) return { kind, a: x, b: number(state, 'i32', by) };
  const fits = BigInt.asIntN(64, by) === BigInt.asIntN(32, by);
  if (a.kind === 'sext' && fits) return { kind, a: x, b: number(state, 'i32', by) };
  if (a.kind === 'ptrToInt' && (kind === 'eq' || kind === 'ne')) return { kind, a: x, b: number(state, 'ptr', by) };
  return null;
}

function withoutExtensions(state: Simplifier, kind: CompareOp, a: Value, b: Value): Test | null {
  if (a.op !== 'convert' || b.op !== 'convert' || a.kind !== b.kind) return null;
  const [x, y] = [a.args[0] as Value, b.args[0] as Value];
  if (a.kind === 'ptrToInt' && !kind.startsWith('s')) return { kind, a: x, b: y };
  if (!usedOnce(state, a) || !usedOnce(state, b)) return null;
  const isSigned = kind.startsWith('s');
  if (a.kind === 'zext' && !isSigned) return { kind, a: x, b: y };
  if (a.kind === 'zext' && isNonNegative(x) && isNonNegative(y)) return { kind, a: x, b: y };
  return a.kind === 'sext' ? { kind, a: x, b: y } : null;
}

/** For rules that look through `x & 1` and extensions of a compare. */
export function comparedValue(value: Value): (Instr & { op: 'compare' }) | null {
  const inner = asConvert(value, 'zext')?.args[0] ?? asBinary(value, 'and')?.args[0] ?? value;
  return inner.op === 'compare' ? inner : null;
}
