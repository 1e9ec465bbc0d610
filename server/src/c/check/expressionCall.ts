/** Calls. Source: C11 6.5.2.2. */
import { type ProblemNote, reportError } from '../problem.ts';
import type { Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr, FunctionSymbol } from '../typed.ts';
import type { CType, FunctionType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import { checkBuiltinCall, libraryBuiltin } from './builtinCall.ts';
import type { Checker } from './checker.ts';
import { unqualified } from './conversions.ts';
import { closestName } from './didYouMean.ts';
import { checkExpr } from './expression.ts';
import { foundAfter } from './found.ts';
import { libraryFunction, type LibraryFunction } from './libraryFunctions.ts';
import { errorExpr, noFloat, promote, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { warnAboutFormat } from './warnFormat.ts';
import { warnAboutKernelFormat } from './warnKernelFormat.ts';
import { warnAboutNulls } from './usage.ts';
import { checkUntypedCall } from './warnPrototype.ts';
import { type Entity, type Scope, lookup } from './scope.ts';
import { asFunction, asPointer, asRecord, isInteger } from './typeQueries.ts';

export type CallSyntax = Extract<ExprSyntax, { kind: 'call' }>;

export function checkCall(c: Checker, syntax: CallSyntax): Expr {
  const name = calleeName(syntax.callee);
  const entity = name === null ? null : lookup(c.scope, name.name);
  if (name !== null && entity === null) {
    const builtin = checkBuiltinCall(c, name.name, syntax);
    if (builtin !== null) return builtin;
    return undeclared(c, name, syntax);
  }
  if (entity?.kind === 'function') {
    const builtin = libraryBuiltin(c, entity, syntax);
    if (builtin !== null) return builtin;
  }
  return plainCall(c, syntax);
}

type IdentifierSyntax = Extract<ExprSyntax, { kind: 'identifier' }>;

function calleeName(callee: ExprSyntax): IdentifierSyntax | null {
  if (callee.kind === 'paren') return calleeName(callee.inner);
  return callee.kind === 'identifier' ? callee : null;
}

/** The scope of the whole function. */
function outermost(c: Checker): Scope {
  let { scope } = c;
  while (scope.parent !== null && scope.parent !== c.fileScope) scope = scope.parent;
  return scope;
}

/**
 * An error since C99, and by default since clang 16; a wrong guess at its type would only hide it. It is told once in
 * a function.
 */
function undeclared(c: Checker, name: IdentifierSyntax, syntax: CallSyntax): Expr {
  for (const arg of syntax.args) checkExpr(c, arg);
  outermost(c).names.set(name.name, { kind: 'poisoned', name: name.name });
  if (c.problems.skipped.has(name.name)) return errorExpr(syntax);
  const library = libraryFunction(name.name);
  if (library !== null) return undeclaredLibrary(c, name, library, syntax);
  const better = closestName(c, name.name, isCallable);
  const entity = better === null ? null : lookup(c.scope, better);
  const base = `call to undeclared function '${name.name}'; ISO C99 and later do not support implicit function declarations`;
  if (better === null) {
    reportError(c.problems, 'implicit-function-declaration', name, base);
    return errorExpr(syntax);
  }
  reportError(c.problems, 'implicit-function-declaration', name, base, {
    notes: [{ at: name, message: `did you mean '${better}'?` }, ...declaredHere(entity, better)],
    fix: { title: `Change to '${better}'`, edits: [{ at: name, text: better }] },
  });
  return errorExpr(syntax);
}

function undeclaredLibrary(
  c: Checker,
  name: IdentifierSyntax,
  { type, header }: LibraryFunction,
  syntax: CallSyntax,
): Expr {
  const message = `call to undeclared library function '${name.name}' with type '${type}'; ISO C99 and later do not support implicit function declarations`;
  const note = `include the header <${header}> or explicitly provide a declaration for '${name.name}'`;
  reportError(c.problems, 'implicit-function-declaration', name, message, { notes: [{ at: name, message: note }] });
  return errorExpr(syntax);
}

function isCallable(entity: Entity): boolean {
  if (entity.kind !== 'global') return entity.kind === 'function';
  const to = asPointer(entity.type)?.to;
  return to !== undefined && asFunction(to) !== null;
}

function declaredHere(entity: Entity | null, name: string): ProblemNote[] {
  const at = entity !== null && 'declaredAt' in entity ? entity.declaredAt : null;
  return at === null ? [] : [{ at, message: `'${name}' declared here` }];
}

function plainCall(c: Checker, syntax: CallSyntax): Expr {
  const callee = calleeOf(c, checkExpr(c, syntax.callee));
  const args = syntax.args.map((arg) => checkExpr(c, arg));
  if (callee.kind === 'error') return errorExpr(syntax);
  const type = callee.kind === 'function' ? callee.symbol.type : calledType(callee.type);
  if (type === null) return notCallable(c, callee, syntax);
  const symbol = callee.kind === 'function' ? callee.symbol : null;
  if (!countFits(c, type, symbol, syntax)) return errorExpr(syntax);
  const passed = args.map((arg, i) => passedArgument(c, type, symbol, arg, i));
  if (asRecord(type.returns)?.layout === null) return incompleteResult(c, type, symbol, syntax);
  if (args.some(({ kind }) => kind === 'error') || passed.includes(null)) return failedCall(type, syntax);
  const { start, end } = syntax;
  if (symbol !== null) {
    warnAboutNulls(c, symbol, type, args, { start: end - 1, end });
    warnAboutFormat(c, symbol, args);
  }
  const name = calleeName(syntax.callee)?.name ?? '';
  if (name.startsWith('bpf_')) warnAboutKernelFormat(c, name, args);
  const known = passed.filter((arg) => arg !== null);
  return { kind: 'call', callee, args: known, type: unqualified(type.returns), start, end };
}

/** Wrong arguments do not make what the result is used for wrong. */
function failedCall(type: FunctionType, { start, end }: Range): Expr {
  return { kind: 'error', type: type.returns, start, end };
}

/** A function designator stays one; anything else is read as a pointer. */
function calleeOf(c: Checker, expr: Expr): Expr {
  return expr.kind === 'function' ? expr : valueOf(c, expr);
}

function calledType(type: CType): FunctionType | null {
  const to = asPointer(type)?.to;
  return to === undefined ? null : asFunction(to);
}

function notCallable(c: Checker, callee: Expr, syntax: CallSyntax): Expr {
  const message = `called object type ${quoteType(callee.type)} is not a function or function pointer`;
  reportError(c.problems, 'c-call', foundAfter(c, syntax.callee.end, '('), message);
  return errorExpr(syntax);
}

function incompleteResult(c: Checker, type: FunctionType, symbol: FunctionSymbol | null, syntax: CallSyntax): Expr {
  const what = symbol === null ? 'calling function' : `calling '${symbol.name}'`;
  const message = `${what} with incomplete return type ${quoteType(type.returns)}`;
  reportError(c.problems, 'c-call', syntax, message, {
    notes: symbol === null ? [] : declaredHere(symbol, symbol.name),
  });
  return errorExpr(syntax);
}

function countFits(c: Checker, type: FunctionType, symbol: FunctionSymbol | null, syntax: CallSyntax): boolean {
  const [expected, have] = [type.params.length, syntax.args.length];
  if (!type.prototype) return checkUntypedCall(c, type, symbol, syntax);
  if (have === expected || (type.variadic && have > expected)) return true;
  const notes = symbol === null ? [] : declaredHere(symbol, symbol.name);
  const few = have < expected;
  const closing = { start: syntax.end - 1, end: syntax.end };
  const extra = syntax.args[expected];
  const at = few || extra === undefined ? closing : { start: extra.start, end: syntax.args.at(-1)?.end ?? extra.end };
  reportError(c.problems, 'c-call', at, countMessage(type, symbol, few, have), { notes });
  return false;
}

function countMessage(type: FunctionType, symbol: FunctionSymbol | null, few: boolean, have: number): string {
  const start = `too ${few ? 'few' : 'many'} arguments to function call, `;
  const least = type.variadic ? (few ? 'at least ' : 'at most ') : '';
  const single = type.params.length === 1 && symbol !== null ? (type.params[0]?.name ?? '') : '';
  if (single === '') return `${start}expected ${least}${type.params.length}, have ${have}`;
  if (type.variadic) return `${start}at least argument '${single}' must be specified`;
  return few
    ? `${start}single argument '${single}' was not specified`
    : `${start}expected single argument '${single}', have ${have} arguments`;
}

function passedArgument(
  c: Checker,
  type: FunctionType,
  symbol: FunctionSymbol | null,
  arg: Expr,
  i: number,
): Expr | null {
  const param = type.params[i];
  if (param === undefined || !type.prototype) return promotedArgument(c, arg);
  return assignTo(c, param.type, arg, { kind: 'passing', at: arg, notes: parameterNote(symbol, i) });
}

function parameterNote(symbol: FunctionSymbol | null, i: number): ProblemNote[] {
  const param = symbol?.params[i];
  if (param === undefined) return [];
  const name = param.name === '' ? '' : ` '${param.name}'`;
  const { end } = param.declaredAt;
  const at = param.name === '' ? { start: end, end } : param.declaredAt;
  return [{ at, message: `passing argument to parameter${name} here` }];
}

/** Default argument promotions (C11 6.5.2.2p6). */
export function promotedArgument(c: Checker, arg: Expr): Expr | null {
  const value = valueOf(c, arg);
  if (value.kind === 'error') return null;
  if (isInteger(value.type)) return promote(c, value);
  if (value.type.kind === 'float') {
    noFloat(c, value);
    return null;
  }
  return value;
}
