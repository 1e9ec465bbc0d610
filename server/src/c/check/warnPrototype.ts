/** Functions that do not say which arguments they take. Source: clang's SemaExpr.cpp and SemaDecl.cpp (v19). */
import { reportError, reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { FunctionSymbol } from '../typed.ts';
import type { FunctionType } from '../types.ts';
import type { Checker } from './checker.ts';
import type { CallSyntax } from './expressionCall.ts';
import { foundAfter } from './found.ts';

/** A call whose arguments nobody can check; false where the body wants more of them than there are. */
export function checkUntypedCall(
  c: Checker,
  type: FunctionType,
  symbol: FunctionSymbol | null,
  syntax: CallSyntax,
): boolean {
  if (c.problems.errors > 0) return true;
  const [wanted, have] = [type.params.length, syntax.args.length];
  const isDefined = symbol !== null && symbol.definedAt !== null && symbol !== c.currentFunction;
  const closing = { start: syntax.end - 1, end: syntax.end };
  if (isDefined && have < wanted) {
    reportError(c.problems, 'c-call', closing, `too few arguments in call to '${symbol.name}'`);
    return false;
  }
  if (isDefined && have > wanted)
    reportWarning(c.problems, 'c-call', closing, `too many arguments in call to '${symbol.name}'`);
  if (have === 0 || wanted > 0) return true;
  const what = symbol === null ? 'a function' : `'${symbol.name}'`;
  const message = `passing arguments to ${what} without a prototype is deprecated in all versions of C and is not supported in C23`;
  reportWarning(c.problems, 'deprecated-non-prototype', foundAfter(c, syntax.callee.end, '('), message);
  return true;
}

/** `int f(a) int a; { … }`. */
export function warnAboutOldDefinition(c: Checker, name: Range): void {
  if (c.problems.errors > 0) return;
  const message =
    'a function definition without a prototype is deprecated in all versions of C and is not supported in C23';
  reportWarning(c.problems, 'deprecated-non-prototype', name, message);
}

interface Declaration {
  readonly type: FunctionType;
  readonly at: Range;
  readonly definition: boolean;
}

/** `int f();` beside `int f(int a);`: in C23 the first one takes nothing. */
export function warnAboutMixedDeclarations(c: Checker, old: Declaration, more: Declaration): void {
  if (old.type.prototype === more.type.prototype || c.problems.errors > 0) return;
  const [untyped, typed] = old.type.prototype ? [more, old] : [old, more];
  if (typed.type.params.length === 0 || untyped.type.params.length > 0 || untyped.definition) return;
  const when = typed === old ? 'previous' : 'subsequent';
  const what = typed.definition && typed !== old ? 'definition' : 'declaration';
  const message =
    'a function declaration without a prototype is deprecated in all versions of C and is treated as a ' +
    `zero-parameter prototype in C23, conflicting with a ${when} ${what}`;
  const notes = [{ at: typed.at, message: 'conflicting prototype is here' }];
  reportWarning(c.problems, 'deprecated-non-prototype', untyped.at, message, { notes });
}
