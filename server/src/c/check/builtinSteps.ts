/** Values that builtins become: operators over operands that are computed once, into variables without names. */
import type { Range } from '../places.ts';
import type { ArithmeticOp, BuiltinName, CompareOp, Expr, LocalVariable, Statement } from '../typed.ts';
import type { CType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import type { Checker } from './checker.ts';
import { evaluate, truthOf } from './constant.ts';
import { unqualified } from './conversions.ts';
import { checkExpr } from './expression.ts';
import { combine, commonOperands } from './expressionBinary.ts';
import type { CallSyntax } from './expressionCall.ts';
import { foldCompare } from './fold.ts';
import { alignOf } from './layout.ts';
import { constantExpr, convertTo, errorExpr, valueOf } from './nodes.ts';
import { INT, asPointer } from './typeQueries.ts';

/** Reads of a value that was computed once. */
export type Read = () => Expr;

export class Steps {
  readonly body: Statement[] = [];
  private readonly c: Checker;
  private readonly at: Range;

  constructor(c: Checker, at: Range) {
    this.c = c;
    this.at = { start: at.start, end: at.end };
  }

  keep(value: Expr): Read {
    if (value.kind === 'constant' || value.kind === 'error') return () => value;
    const object = this.variable(value.type, value);
    return () => valueOf(this.c, object());
  }

  /** The object itself, for those that need its address. */
  variable(type: CType, value: Expr | null): Read {
    const { start, end } = this.at;
    const variable: LocalVariable = {
      kind: 'local', name: '', type, alignBytes: alignOf(type), addressTaken: false, cleanup: null, declaredAt: this.at,
    }; // prettier-ignore
    this.body.push({ kind: 'declare', variable, init: value && { kind: 'value', value }, start, end });
    return () => ({ kind: 'variable', variable, type, start, end });
  }

  number(value: bigint, type: CType): Expr {
    return constantExpr(type, value, this.at);
  }

  with(op: ArithmeticOp, left: Expr, right: Expr): Expr {
    return combine(this.c, op, left, right, this.at, this.at);
  }

  is(op: CompareOp, one: Expr, other: Expr): Expr {
    const both = commonOperands(this.c, one, other);
    if (both === null) return errorExpr(this.at);
    const [left, right] = both;
    if (left.kind === 'constant' && right.kind === 'constant')
      return this.number(foldCompare(op, left.value, right.value) ? 1n : 0n, INT);
    return { kind: 'compare', op, left, right, type: INT, ...this.at };
  }

  choose(condition: Expr, then: Expr, otherwise: Expr): Expr {
    if ([condition, then, otherwise].some(({ kind }) => kind === 'error')) return errorExpr(this.at);
    const known = truthOf(evaluate(condition, false));
    if (known !== null) return known ? then : otherwise;
    return { kind: 'conditional', condition, then, otherwise, type: then.type, ...this.at };
  }

  as(type: CType, value: Expr): Expr {
    return convertTo(this.c, value, type);
  }

  call(name: BuiltinName, args: readonly Expr[], type: CType): Expr {
    if (args.some(({ kind }) => kind === 'error')) return errorExpr(this.at);
    return { kind: 'builtin', name, args, info: null, type, ...this.at };
  }

  /** Something that is done before the value is computed. */
  first(expr: Expr): void {
    this.body.push({ kind: 'expression', expr, ...this.at });
  }

  store(pointer: Expr, value: Expr): void {
    const to = asPointer(pointer.type)?.to;
    if (to === undefined || value.kind === 'error') return;
    const target: Expr = { kind: 'deref', pointer, type: to, ...this.at };
    this.first({ kind: 'assign', target, value, type: unqualified(to), ...this.at });
  }

  result(value: Expr): Expr {
    if (this.body.length === 0 || value.kind === 'error') return { ...value, ...this.at };
    return { kind: 'statementExpr', body: this.body, value, type: value.type, ...this.at };
  }
}

/** A call's argument as a parameter of that type takes it. */
export function converted(c: Checker, syntax: CallSyntax, at: number, type: CType): Expr {
  const written = syntax.args[at];
  const arg = written === undefined ? null : checkExpr(c, written);
  const value = arg === null ? null : assignTo(c, type, arg, { kind: 'passing', at: arg });
  return value ?? errorExpr(syntax);
}
