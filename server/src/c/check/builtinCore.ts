/**
 * Builtins that ask about the running kernel's types (CO-RE). Source: clang's SemaBPF.cpp and CGBuiltin.cpp (v19),
 * libbpf's bpf_core_read.h.
 */
import { reportError } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { BuiltinName, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { argumentsFit, builtinExpr } from './builtinCall.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { checkExpr, checkUnevaluated, checkValue } from './expression.ts';
import type { CallSyntax } from './expressionCall.ts';
import { errorExpr, unsupported, valueOf } from './nodes.ts';
import { lookup } from './scope.ts';
import { UNSIGNED_INT, UNSIGNED_LONG, asEnum, asPointer, plainType } from './typeQueries.ts';
import { typeOfName } from './declarator.ts';

type CoreKind = 'preserveAccessIndex' | 'preserveFieldInfo' | 'preserveTypeInfo' | 'preserveEnumValue' | 'btfTypeId';

export function checkCoreBuiltin(c: Checker, name: string, kind: CoreKind, syntax: CallSyntax): Expr {
  const [first, second] = syntax.args;
  if (!argumentsFit(c, syntax, kind === 'preserveAccessIndex' ? 1 : 2) || first === undefined) return errorExpr(syntax);
  if (kind === 'preserveAccessIndex') return relocated(c, first, syntax);
  if (second === undefined) return errorExpr(syntax);
  const number = constantArgument(c, name, second);
  if (number === null) return errorExpr(syntax);
  switch (kind) {
    case 'preserveFieldInfo':
      return fieldInfo(c, name, first, number, syntax);
    case 'preserveTypeInfo':
      return typeQuestion(c, name, 'preserve_type_info', first, number, syntax);
    case 'btfTypeId':
      return typeQuestion(c, name, 'btf_type_id', first, number, syntax);
    case 'preserveEnumValue':
      return enumValue(c, name, first, number, syntax);
  }
}

/** All accesses inside are relocated; beyond that it is its operand. */
function relocated(c: Checker, first: ExprSyntax, { start, end }: CallSyntax): Expr {
  return { ...valueOf(c, preserving(c, first)), start, end };
}

function preserving(c: Checker, syntax: ExprSyntax): Expr {
  const outer = c.preserve;
  c.preserve = true;
  const expr = checkExpr(c, syntax);
  c.preserve = outer;
  return expr;
}

function constantArgument(c: Checker, name: string, syntax: ExprSyntax): number | null {
  const value = checkValue(c, syntax);
  if (value.kind === 'error') return null;
  const number = evaluateInt(value, true);
  if (number !== null) return Number(number);
  reportError(c.problems, 'c-call', syntax, `${name} argument 2 not a constant`);
  return null;
}

function fieldInfo(c: Checker, name: string, first: ExprSyntax, kind: number, syntax: CallSyntax): Expr {
  const field = preserving(c, first);
  if (field.kind === 'error') return errorExpr(syntax);
  if (!isField(field)) {
    reportError(c.problems, 'c-call', first, `${name} argument 1 not a field access`);
    return errorExpr(syntax);
  }
  const core = { kind, type: field.type, enumerator: null };
  return builtinExpr('preserve_field_info', [field], UNSIGNED_INT, syntax, { core });
}

function isField(expr: Expr): boolean {
  return (
    expr.kind === 'member' || expr.kind === 'element' || (expr.kind === 'deref' && expr.pointer.kind === 'pointerAdd')
  );
}

/** The argument is never computed: `*(struct foo *)0` stands for the type. */
function typeQuestion(
  c: Checker,
  name: string,
  as: BuiltinName,
  first: ExprSyntax,
  kind: number,
  syntax: CallSyntax,
): Expr {
  const { type, kind: found } = checkUnevaluated(c, first);
  if (found === 'error') return errorExpr(syntax);
  if (as === 'preserve_type_info' && !hasName(type)) {
    reportError(c.problems, 'c-call', first, `${name} argument 1 invalid`);
    return errorExpr(syntax);
  }
  const result = as === 'btf_type_id' ? UNSIGNED_LONG : UNSIGNED_INT;
  return builtinExpr(as, [], result, syntax, { core: { kind, type, enumerator: null } });
}

/** What a kernel can be asked for: typedefs, and records and enums with a tag. */
function hasName(type: CType): boolean {
  if (type.kind === 'qualified') return hasName(type.type);
  if (type.kind === 'typedef') return true;
  return (type.kind === 'record' || type.kind === 'enum') && type.tag !== '';
}

/** `*(enum e *)VALUE`: the enumerator's name is what counts. */
function enumValue(c: Checker, name: string, first: ExprSyntax, kind: number, syntax: CallSyntax): Expr {
  const found = enumeratorIn(c, first);
  if (found === null) {
    reportError(c.problems, 'c-call', first, `${name} argument 1 invalid`);
    return errorExpr(syntax);
  }
  if (asEnum(found.type)?.values === null) return unsupported(c, first, 'the enum has no definition here');
  return builtinExpr('preserve_enum_value', [], UNSIGNED_LONG, syntax, { core: { kind, ...found } });
}

function enumeratorIn(c: Checker, first: ExprSyntax): { readonly type: CType; readonly enumerator: string } | null {
  const star = withoutParens(first);
  const cast = star.kind === 'unary' && star.op === '*' ? withoutParens(star.operand) : null;
  const value = cast?.kind === 'cast' ? withoutParens(cast.operand) : null;
  if (cast?.kind !== 'cast' || value?.kind !== 'identifier') return null;
  const entity = lookup(c.scope, value.name);
  const type = asPointer(typeOfName(c, cast.type))?.to;
  if (entity?.kind !== 'enumerator' || type === undefined || plainType(type).kind !== 'enum') return null;
  return { type, enumerator: value.name };
}

function withoutParens(syntax: ExprSyntax): ExprSyntax {
  return syntax.kind === 'paren' ? withoutParens(syntax.inner) : syntax;
}
