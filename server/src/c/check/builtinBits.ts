/**
 * Builtins on bits that become the operators they stand for; what is used several times is computed once, into a
 * variable without a name. Source: clang's manual ("Intrinsics Support within Constant Expressions", v19).
 */
import type { Range } from '../places.ts';
import type { ArithmeticOp, BuiltinName, Expr, LocalVariable, Statement } from '../typed.ts';
import type { CType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import type { Checker } from './checker.ts';
import { bitsOf } from './conversions.ts';
import { checkExpr } from './expression.ts';
import { combine } from './expressionBinary.ts';
import type { CallSyntax } from './expressionCall.ts';
import { alignOf } from './layout.ts';
import { constantExpr, convertTo, errorExpr } from './nodes.ts';
import { INT, UNSIGNED_INT, UNSIGNED_LONG, intType } from './typeQueries.ts';

/** Reads of a value that was computed once. */
type Read = () => Expr;

/** Builds one value over values that are kept in variables. */
class Bits {
  readonly body: Statement[] = [];
  private readonly c: Checker;
  private readonly at: Range;

  constructor(c: Checker, at: Range) {
    this.c = c;
    this.at = { start: at.start, end: at.end };
  }

  keep(value: Expr): Read {
    if (value.kind === 'constant' || value.kind === 'error') return () => value;
    const { start, end } = this.at;
    const { type } = value;
    const variable: LocalVariable = {
      kind: 'local', name: '', type, alignBytes: alignOf(type), addressTaken: false, cleanup: null, declaredAt: this.at,
    }; // prettier-ignore
    this.body.push({ kind: 'declare', variable, init: { kind: 'value', value }, start, end });
    return () => ({
      kind: 'load',
      object: { kind: 'variable', variable, type, start, end },
      volatile: false,
      type,
      start,
      end,
    });
  }

  number(value: bigint, type: CType): Expr {
    return constantExpr(type, value, this.at);
  }

  with(op: ArithmeticOp, left: Expr, right: Expr): Expr {
    return combine(this.c, op, left, right, this.at, this.at);
  }

  as(type: CType, value: Expr): Expr {
    return convertTo(this.c, value, type);
  }

  call(name: BuiltinName, value: Expr, type: CType): Expr {
    const { start, end } = this.at;
    return { kind: 'builtin', name, args: [value], info: null, type, start, end };
  }

  result(value: Expr): Expr {
    const { start, end } = this.at;
    if (this.body.length === 0 || value.kind === 'error') return { ...value, start, end };
    return { kind: 'statementExpr', body: this.body, value, type: value.type, start, end };
  }
}

const UNSIGNED: Readonly<Record<number, CType>> = {
  8: intType('unsigned char'), 16: intType('unsigned short'), 32: UNSIGNED_INT, 64: UNSIGNED_LONG,
}; // prettier-ignore

function converted(c: Checker, syntax: CallSyntax, at: number, type: CType): Expr {
  const written = syntax.args[at];
  const arg = written === undefined ? null : checkExpr(c, written);
  const value = arg === null ? null : assignTo(c, type, arg, { kind: 'passing', at: arg });
  return value ?? errorExpr(syntax);
}

/** `__builtin_rotateleft32(x, n)`: the other bits come in at the other end. */
export function rotate(c: Checker, bits: number, left: boolean, syntax: CallSyntax): Expr {
  const type = UNSIGNED[bits]!;
  const b = new Bits(c, syntax);
  const x = b.keep(converted(c, syntax, 0, type));
  const n = b.keep(converted(c, syntax, 1, type));
  const mask = (): Expr => b.number(BigInt(bits - 1), type);
  const there = b.with('and', n(), mask());
  const back = b.with('and', b.with('sub', b.number(0n, type), n()), mask());
  const [up, down] = left ? [there, back] : [back, there];
  return b.result(b.as(type, b.with('or', b.with('shl', x(), up), b.with('shr', x(), down))));
}

/** Neighbours are exchanged, then pairs, then fours; whole bytes change places at once. */
export function reverse(c: Checker, bits: number, syntax: CallSyntax): Expr {
  const type = UNSIGNED[bits]!;
  const work = bits === 64 ? UNSIGNED_LONG : UNSIGNED_INT;
  const b = new Bits(c, syntax);
  let value = b.as(work, converted(c, syntax, 0, type));
  for (const [by, pattern] of [
    [1n, '55'],
    [2n, '33'],
    [4n, '0f'],
  ] as const) {
    // prettier-ignore
    const x = b.keep(value);
    const mask = (): Expr => b.number(BigInt(`0x${pattern.repeat(bits / 8)}`), work);
    const high = b.with('and', b.with('shr', x(), b.number(by, INT)), mask());
    const low = b.with('shl', b.with('and', x(), mask()), b.number(by, INT));
    value = b.with('or', high, low);
  }
  if (bits === 8) return b.result(b.as(type, value));
  const swap = bits === 16 ? 'bswap16' : bits === 32 ? 'bswap32' : 'bswap64';
  return b.result(b.call(swap, b.as(type, value), type));
}

/** Bits behind the sign that are equal to it: zeros before the first one of `(x ^ x >> 31) << 1 | 1`. */
export function redundantSigns(c: Checker, type: CType, syntax: CallSyntax): Expr {
  const bits = bitsOf(type);
  const unsigned = UNSIGNED[bits]!;
  const b = new Bits(c, syntax);
  const x = b.keep(converted(c, syntax, 0, type));
  const folded = b.as(unsigned, b.with('xor', x(), b.with('shr', x(), b.number(BigInt(bits - 1), INT))));
  const shifted = b.with('or', b.with('shl', folded, b.number(1n, INT)), b.number(1n, unsigned));
  return b.result(b.call('clz', shifted, INT));
}
