/** Questions about expressions before they are lowered. */
import type { CheckedUnit, Expr, GlobalVariable, Statement } from '../typed.ts';
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

/** Variables that are mentioned other than to read their value. */
export function writtenVariables(unit: CheckedUnit): Set<GlobalVariable> {
  const written = new Set<GlobalVariable>();
  for (const { body } of unit.functions) if (body) visitStatement(body, written);
  for (const { init } of unit.variables) if (init) for (const expr of initializerExprs(init)) visitExpr(expr, written);
  return written;
}

function visitStatement(statement: Statement, written: Set<GlobalVariable>): void {
  visitParts(partsOfStatement(statement), written);
}

function visitExpr(expr: Expr, written: Set<GlobalVariable>): void {
  if (expr.kind === 'load' && expr.object.kind === 'variable') return;
  if (expr.kind === 'variable' && expr.variable.kind === 'global') written.add(expr.variable);
  visitParts(partsOfExpr(expr), written);
}

function visitParts({ exprs, statements }: Parts, written: Set<GlobalVariable>): void {
  for (const statement of statements) visitStatement(statement, written);
  for (const expr of exprs) visitExpr(expr, written);
}
