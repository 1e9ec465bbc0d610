/** `sizeof`, `_Alignof`, `offsetof` and comparisons of types: numbers that the types alone decide. */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { partsOfExpr } from '../typedParts.ts';
import type { Checker } from './checker.ts';
import { compatibleUnqualified } from './compatible.ts';
import { evaluateInt } from './constant.ts';
import { typeOfName } from './declarator.ts';
import { checkUnevaluated, checkValue } from './expression.ts';
import { alignOf, memberPath, sizeOf } from './layout.ts';
import { constantExpr, convertTo, errorExpr } from './nodes.ts';
import { forwardNotes } from './incomplete.ts';
import { quoteType } from './printType.ts';
import { INT, UNSIGNED_LONG, asArray, asFunction, asRecord, isInteger, isVoid } from './typeQueries.ts';

type Of<K extends ExprSyntax['kind']> = Extract<ExprSyntax, { kind: K }>;
type SizeSyntax = Of<'sizeofExpr' | 'alignofExpr'> | Of<'sizeofType' | 'alignofType'>;

export function checkSizeof(c: Checker, syntax: SizeSyntax): Expr {
  const operand = 'operand' in syntax ? checkUnevaluated(c, syntax.operand) : null;
  if (operand?.kind === 'error' && operand.type === INT) return errorExpr(syntax);
  if (operand !== null && isField(operand)) return notOf(c, operand, "'sizeof' to bit-field");
  if (operand !== null && 'operand' in syntax) warnAboutUnevaluated(c, operand, syntax.operand.kind === 'paren');
  const type = 'type' in syntax ? typeOfName(c, syntax.type) : (operand?.type ?? INT);
  if (isVoid(type) || asFunction(type) !== null) return constantExpr(UNSIGNED_LONG, 1n, syntax);
  const size = sizeOf(type);
  if (size === null) return notOf(c, syntax, `'sizeof' to an incomplete type ${quoteType(type)}`, type);
  return constantExpr(UNSIGNED_LONG, BigInt(size), syntax);
}

/** `sizeof(i++)` changes nothing. */
function warnAboutUnevaluated(c: Checker, operand: Expr, inBrackets: boolean): void {
  if (!changesSomething(operand)) return;
  const message = 'expression with side effects has no effect in an unevaluated context';
  const start = inBrackets ? operand.start : (operand.caret ?? operand.start);
  const at = { start, end: operand.end };
  reportWarning(c.problems, 'unevaluated-expression', at, message);
}

function changesSomething(expr: Expr): boolean {
  if (['assign', 'update', 'advance', 'increment'].includes(expr.kind)) return true;
  return expr.kind === 'statementExpr' || partsOfExpr(expr).exprs.some((part) => changesSomething(part));
}

function notOf(c: Checker, at: Range, what: string, type: CType = INT): Expr {
  reportError(c.problems, 'c-type', at, `invalid application of ${what}`, { notes: forwardNotes(type) });
  return errorExpr(at);
}

function isField(operand: Expr): boolean {
  return operand.kind === 'member' && operand.member.bits !== null;
}

export function checkAlignof(c: Checker, syntax: SizeSyntax): Expr {
  const operand = 'operand' in syntax ? checkUnevaluated(c, syntax.operand) : null;
  if (operand?.kind === 'error') return errorExpr(syntax);
  if (operand !== null && isField(operand)) return notOf(c, operand, "'alignof' to bit-field");
  if (operand?.kind === 'variable') return constantExpr(UNSIGNED_LONG, BigInt(operand.variable.alignBytes), syntax);
  const type = 'type' in syntax ? typeOfName(c, syntax.type) : (operand?.type ?? INT);
  if (asRecord(type)?.layout === null)
    return notOf(c, syntax, `'alignof' to an incomplete type ${quoteType(type)}`, type);
  return constantExpr(UNSIGNED_LONG, BigInt(alignOf(type)), syntax);
}

export function checkTypesCompatible(c: Checker, syntax: Of<'typesCompatible'>): Expr {
  const same = compatibleUnqualified(typeOfName(c, syntax.left), typeOfName(c, syntax.right));
  return constantExpr(INT, same ? 1n : 0n, syntax);
}

/** `__builtin_offsetof`: the path goes through members and elements, whose indices need not be constant. */
export function checkOffsetof(c: Checker, syntax: Of<'offsetof'>): Expr {
  const { start, end } = syntax;
  let type = typeOfName(c, syntax.type);
  let bytes = 0n;
  const moving: Expr[] = [];
  for (const step of syntax.path) {
    const next = step.kind === 'member' ? toMember(c, type, step) : toElement(c, type, step);
    if (next === null) return errorExpr(syntax);
    ({ type } = next);
    if (typeof next.bytes === 'bigint') bytes += next.bytes;
    else moving.push(next.bytes);
  }
  const known: Expr = constantExpr(UNSIGNED_LONG, bytes, syntax);
  return moving.reduce((left, right) => sum(left, right, { start, end }), known);
}

function sum(left: Expr, right: Expr, { start, end }: Range): Expr {
  return { kind: 'arithmetic', op: 'add', left, right, type: UNSIGNED_LONG, start, end };
}

interface Step {
  readonly type: CType;
  /** What it adds to the offset. */
  readonly bytes: bigint | Expr;
}

type Designator = Of<'offsetof'>['path'][number];

function toMember(c: Checker, type: CType, step: Extract<Designator, { kind: 'member' }>): Step | null {
  const record = asRecord(type);
  if (record === null) return wrongStep(c, step, `offsetof requires struct or union type, ${quoteType(type)} invalid`);
  if (record.layout === null) return wrongStep(c, step, `offsetof of incomplete type ${quoteType(type)}`);
  const path = memberPath(record, step.name.text);
  const last = path?.at(-1);
  if (path === null || last === undefined)
    return wrongStep(c, step.name, `no member named '${step.name.text}' in ${quoteType(record)}`);
  if (last.bits !== null) return wrongStep(c, step.name, `cannot compute offset of bit-field '${step.name.text}'`);
  return { type: last.type, bytes: BigInt(path.reduce((sum, { offsetBits }) => sum + offsetBits, 0) / 8) };
}

function toElement(c: Checker, type: CType, step: Extract<Designator, { kind: 'index' }>): Step | null {
  const of = asArray(type)?.of;
  const size = of === undefined ? null : sizeOf(of);
  if (of === undefined || size === null)
    return wrongStep(c, step, `offsetof requires array type, ${quoteType(type)} invalid`);
  const index = checkValue(c, step.index);
  const value = evaluateInt(index, true);
  if (value !== null) return { type: of, bytes: value * BigInt(size) };
  if (index.kind === 'error') return null;
  if (!isInteger(index.type)) return wrongStep(c, step.index, 'array subscript is not an integer');
  const { start, end } = index;
  const [left, right] = [convertTo(c, index, UNSIGNED_LONG), constantExpr(UNSIGNED_LONG, BigInt(size), index)];
  return { type: of, bytes: { kind: 'arithmetic', op: 'mul', left, right, type: UNSIGNED_LONG, start, end } };
}

function wrongStep(c: Checker, at: Range, message: string): null {
  reportError(c.problems, 'c-type', at, message);
  return null;
}
