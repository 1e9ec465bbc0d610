/** `return`. Source: C11 6.8.6.4. */
import { reportError } from '../problem.ts';
import type { StatementSyntax } from '../syntax.ts';
import type { Statement } from '../typed.ts';
import { assignTo } from './assignConversion.ts';
import type { Checker } from './checker.ts';
import { checkExpr } from './expression.ts';
import { errorExpr, valueOf } from './nodes.ts';
import { isPointer, isVoid } from './typeQueries.ts';
import { warnAboutReturned } from './warnStack.ts';

type ReturnSyntax = Extract<StatementSyntax, { kind: 'return' }>;

export function checkReturn(c: Checker, syntax: ReturnSyntax): Statement {
  const { start, end } = syntax;
  const symbol = c.currentFunction;
  if (symbol === null) return { kind: 'return', value: null, start, end };
  const { returns } = symbol.type;
  if (syntax.value === null) {
    if (!isVoid(returns)) {
      const message = `non-void function '${symbol.name}' should return a value`;
      reportError(c.problems, 'return-mismatch', syntax, message);
    }
    return { kind: 'return', value: null, start, end };
  }
  const written = checkExpr(c, syntax.value);
  if (isVoid(returns)) return fromVoid(c, syntax, valueOf(c, written));
  const value = assignTo(c, returns, written, { kind: 'returning', at: syntax.value });
  if (value !== null && isPointer(returns)) warnAboutReturned(c, value);
  return { kind: 'return', value: value ?? errorExpr(syntax.value), start, end };
}

/** `return f();` is fine where both return nothing (GNU C). */
function fromVoid(c: Checker, syntax: ReturnSyntax, value: ReturnType<typeof valueOf>): Statement {
  const { start, end } = syntax;
  const call: Statement = { kind: 'expression', expr: value, start: value.start, end: value.end };
  if (!isVoid(value.type) && value.kind !== 'error') {
    const message = `void function '${c.currentFunction?.name}' should not return a value`;
    reportError(c.problems, 'return-mismatch', syntax, message);
  }
  return { kind: 'block', body: [call, { kind: 'return', value: null, start, end }], start, end };
}
