/** Questions about expressions before they are lowered. */
import type { CheckedUnit, Expr, Statement } from '../typed.ts';
import { initializerExprs, partsOfExpr, partsOfStatement, type Parts } from '../typedParts.ts';

/** Whether computing it does something besides. */
export function hasEffects(expr: Expr): boolean {
  switch (expr.kind) {
    case 'assign':
    case 'update':
    case 'advance':
    case 'increment':
    case 'call':
    case 'statementExpr':
      return true;
    case 'builtin':
      return expr.name === 'atomic' || expr.name === 'memcpy' || expr.name === 'memset' || expr.name === 'memmove';
    case 'load':
      return expr.volatile || partsOfExpr(expr).exprs.some(hasEffects);
    default:
      return partsOfExpr(expr).exprs.some(hasEffects);
  }
}

/** Names of the variables that initialisers mention other than to read their value. */
export function writtenByData({ variables }: CheckedUnit): ReadonlySet<string> {
  const written = new Set<string>();
  for (const { init } of variables) if (init) for (const expr of initializerExprs(init)) visitExpr(expr, written);
  return written;
}

/** Names of the variables that a body mentions other than to read their value. */
export function writtenBy(body: Statement): ReadonlySet<string> {
  const written = new Set<string>();
  visitStatement(body, written);
  return written;
}

function visitStatement(statement: Statement, written: Set<string>): void {
  visitParts(partsOfStatement(statement), written);
}

function visitExpr(expr: Expr, written: Set<string>): void {
  if (expr.kind === 'load' && expr.object.kind === 'variable') return;
  if (expr.kind === 'variable' && expr.variable.kind === 'global') written.add(expr.variable.name);
  visitParts(partsOfExpr(expr), written);
}

function visitParts({ exprs, statements }: Parts, written: Set<string>): void {
  for (const statement of statements) visitStatement(statement, written);
  for (const expr of exprs) visitExpr(expr, written);
}
