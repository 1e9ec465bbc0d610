/** Assignments. Source: C11 6.5.16. */
import { type ProblemNote, reportError, reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { AssignOp, ExprSyntax } from '../syntax.ts';
import type { ArithmeticOp, Expr } from '../typed.ts';
import { assignTo } from './assignConversion.ts';
import type { Checker } from './checker.ts';
import { bitsOf, commonType, promotedField, promotedType, unqualified } from './conversions.ts';
import { checkExpr } from './expression.ts';
import { invalidOperands } from './expressionBinary.ts';
import { indexValue, stepBytes } from './expressionPointer.ts';
import {
  constantExpr,
  convertTo,
  errorExpr,
  fieldBits,
  isLvalue,
  noFloat,
  noWideUpdate,
  promote,
  valueOf,
} from './nodes.ts';
import { quoteType } from './printType.ts';
import {
  asArray,
  asFunction,
  asPointer,
  asRecord,
  isArithmetic,
  isConst,
  isInteger,
  isPointer,
  isVolatile,
  plainType,
} from './typeQueries.ts';
import { warnAboutArithmetic } from './warnArithmetic.ts';
import { warnAboutField } from './warnConversion.ts';

type AssignSyntax = Extract<ExprSyntax, { kind: 'assign' }>;

const OPERATORS: Readonly<Partial<Record<AssignOp, ArithmeticOp>>> = {
  '*=': 'mul', '/=': 'div', '%=': 'mod', '+=': 'add', '-=': 'sub', '<<=': 'shl', '>>=': 'shr', '&=': 'and',
  '^=': 'xor', '|=': 'or',
}; // prettier-ignore

export function checkAssign(c: Checker, syntax: AssignSyntax): Expr {
  const target = checkExpr(c, syntax.target);
  const value = checkExpr(c, syntax.value);
  if (target.kind === 'error' || value.kind === 'error') return errorExpr(syntax);
  if (!checkAssignable(c, target, syntax.opAt)) return errorExpr(syntax);
  const op = OPERATORS[syntax.op];
  if (op === undefined || op === 'and' || op === 'or') warnAboutSelf(c, syntax, target, value);
  if (op !== undefined) return update(c, syntax, op, target, value);
  const bits = fieldBits(target);
  if (bits !== null) warnAboutField(c, target.type, bits, value, syntax.opAt);
  const converted = assignTo(c, target.type, value, { kind: 'assigning', at: syntax.opAt });
  if (converted === null) return errorExpr(syntax);
  const { start, end } = syntax;
  return { kind: 'assign', target, value: converted, type: unqualified(target.type), start, end };
}

/** `x = x`. */
function warnAboutSelf(c: Checker, { opAt, start }: AssignSyntax, target: Expr, value: Expr): void {
  if (target.kind !== 'variable' || value.kind !== 'variable' || target.variable !== value.variable) return;
  if (c.unevaluated || isVolatile(target.type) || opAt.start >= FIRST_EXPANSION || start >= FIRST_EXPANSION) return;
  const message = `explicitly assigning value of variable of type ${quoteType(target.type)} to itself`;
  reportWarning(c.problems, 'self-assign', opAt, message);
}

/** Whether something may be stored there; says why not. */
export function checkAssignable(c: Checker, target: Expr, opAt: Range): boolean {
  const problem = assignProblem(target);
  if (problem === null) return true;
  reportError(c.problems, 'c-assignment', opAt, problem.message, { notes: problem.notes });
  return false;
}

interface AssignProblem {
  readonly message: string;
  readonly notes: readonly ProblemNote[];
}

function assignProblem(target: Expr): AssignProblem | null {
  const because = (message: string): AssignProblem => ({ message, notes: [] });
  if (asFunction(target.type) !== null) return because(`non-object type ${quoteType(target.type)} is not assignable`);
  if (!isLvalue(target)) return because('expression is not assignable');
  if (asArray(target.type) !== null) return because(`array type ${quoteType(target.type)} is not assignable`);
  if (isConst(target.type)) return constProblem(target);
  const record = asRecord(target.type);
  if (plainType(target.type).kind === 'void' || (record !== null && record.layout === null))
    return because(`incomplete type ${quoteType(target.type)} is not assignable`);
  const fixed = record?.layout?.members.find((member) => isConst(member.type));
  if (fixed === undefined) return null;
  const whose = target.kind === 'variable' ? `variable '${target.variable.name}'` : 'lvalue';
  return because(`cannot assign to ${whose} with const-qualified data member '${fixed.name}'`);
}

/** Names the variable or member that was declared const. */
function constProblem(target: Expr): AssignProblem {
  for (let inner = target; ;) {
    if (inner.kind === 'member') {
      const { member } = inner;
      if (isConst(member.type))
        return declaredConst('non-static data member', member.name, member.type, member.declaredAt);
      inner = inner.record;
    } else if (inner.kind === 'element') inner = inner.array;
    else if (inner.kind === 'variable') {
      const { name, type, declaredAt } = inner.variable;
      return declaredConst('variable', name, type, declaredAt);
    } else return { message: 'read-only variable is not assignable', notes: [] };
  }
}

function declaredConst(what: string, name: string, type: Expr['type'], at: Range | null): AssignProblem {
  const message = `cannot assign to ${what} '${name}' with const-qualified type ${quoteType(type)}`;
  return { message, notes: at === null ? [] : [{ at, message: `${what} '${name}' declared const here` }] };
}

function update(c: Checker, syntax: AssignSyntax, op: ArithmeticOp, target: Expr, written: Expr): Expr {
  const value = valueOf(c, written);
  if (value.kind === 'error') return errorExpr(syntax);
  if (isPointer(target.type) && isInteger(value.type) && (op === 'add' || op === 'sub'))
    return advance(c, syntax, target, value, op === 'sub');
  const real = op === 'add' || op === 'sub' || op === 'mul' || op === 'div';
  const fits = real ? isArithmetic : isInteger;
  if (!fits(target.type) || !fits(value.type)) return invalidOperands(c, syntax.opAt, syntax, target, written);
  if (!isInteger(target.type) || !isInteger(value.type)) return noFloat(c, isInteger(target.type) ? value : target);
  return updateInteger(c, syntax, op, target, promote(c, value));
}

function updateInteger(c: Checker, syntax: AssignSyntax, op: ArithmeticOp, target: Expr, value: Expr): Expr {
  const bits = fieldBits(target);
  const own = bits === null ? promotedType(target.type) : promotedField(target.type, bits);
  const other = promotedType(value.type);
  if (own === null || other === null || value.kind === 'error') return errorExpr(syntax);
  const computation = op === 'shl' || op === 'shr' ? own : commonType(own, other);
  if (bitsOf(computation) === 128 && bitsOf(target.type) !== 128) return noWideUpdate(c, target);
  const converted = convertTo(c, value, computation);
  if (converted.kind === 'error') return errorExpr(syntax);
  warnAboutArithmetic(
    c,
    op,
    { ...target, type: computation },
    op === 'shl' || op === 'shr' ? value : converted,
    syntax.opAt,
  );
  const { start, end } = syntax;
  return { kind: 'update', op, target, value: converted, computation, type: unqualified(target.type), start, end };
}

/** `p += n`: the step in bytes. */
function advance(c: Checker, syntax: AssignSyntax, target: Expr, value: Expr, subtract: boolean): Expr {
  const bytes = stepBytes(c, asPointer(target.type)?.to ?? target.type, syntax.opAt);
  const index = indexValue(c, value);
  if (bytes === null || index.kind === 'error') return errorExpr(syntax);
  const { start, end } = syntax;
  const step = scaled(index, bytes);
  return { kind: 'advance', target, step, subtract, post: false, type: unqualified(target.type), start, end };
}

function scaled(index: Expr, bytes: number): Expr {
  if (bytes === 1) return index;
  const { type, start, end } = index;
  if (index.kind === 'constant') return constantExpr(type, index.value * BigInt(bytes), index);
  const right = constantExpr(type, BigInt(bytes), index);
  return { kind: 'arithmetic', op: 'mul', left: index, right, type, start, end };
}
