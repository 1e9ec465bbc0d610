/** Scopes and what has to be cleaned up when they are left. Source: GCC's manual, `cleanup` attribute. */
import type { Expr, Label, LocalVariable, Statement } from '../typed.ts';
import type { VariableBlock } from '../ir/ir.ts';
import type { Range } from '../places.ts';
import { callSymbol } from './call.ts';
import { localAddress } from './object.ts';
import type { BodyState } from './state.ts';
import { partsOfExpr, partsOfStatement, type Parts } from '../typedParts.ts';

export function inScope<T>(f: BodyState, node: Range, run: () => T): T {
  const depth = f.scopes.length;
  f.scopes.push({ node, cleanups: [] });
  const result = run();
  leaveTo(f, depth);
  f.scopes.length = depth;
  return result;
}

/** `cleanup(f)`: from here on to be called. */
export function declared(f: BodyState, variable: LocalVariable): void {
  if (variable.cleanup) f.scopes.at(-1)?.cleanups.push(variable);
}

/** Calls what the scopes from the innermost to number `depth` ask for; they stay open for the code that follows. */
export function leaveTo(f: BodyState, depth: number): void {
  for (let at = f.scopes.length - 1; at >= depth; at--) {
    const cleanups = f.scopes[at]?.cleanups ?? [];
    for (let n = cleanups.length - 1; n >= 0; n--) {
      const variable = cleanups[n];
      if (variable?.cleanup) callSymbol(f, variable.cleanup, [localAddress(f, variable)]);
    }
  }
}

/** Where names that are declared here mean something; null for the function's outermost block. */
export function innermostBlock(f: BodyState): VariableBlock | null {
  const depth = f.scopes.length - 1;
  const node = depth > 0 ? f.scopes[depth]?.node : undefined;
  return node === undefined ? null : { start: node.start, end: node.end, depth };
}

/** How many scopes stay open at a label. */
export function depthAt(f: BodyState, label: Label): number {
  const around = f.labelScopes.get(label) ?? [];
  let depth = 0;
  while (depth < f.scopes.length && f.scopes[depth]?.node === around[depth]) depth++;
  return depth;
}

/** The scopes around each label of a function. Lists of statements, loops and statement expressions are scopes. */
export function labelScopes(body: Statement): Map<Label, readonly object[]> {
  const found = new Map<Label, readonly object[]>();
  visitStatement(body, [], found);
  return found;
}

type Found = Map<Label, readonly object[]>;

function visitStatement(statement: Statement, around: readonly object[], found: Found): void {
  if (statement.kind === 'label') found.set(statement.label, around);
  const inner = statement.kind === 'block' || statement.kind === 'loop' ? [...around, statement] : around;
  visitParts(partsOfStatement(statement), inner, found);
}

function visitExpr(expr: Expr, around: readonly object[], found: Found): void {
  visitParts(partsOfExpr(expr), expr.kind === 'statementExpr' ? [...around, expr] : around, found);
}

function visitParts({ exprs, statements }: Parts, around: readonly object[], found: Found): void {
  for (const statement of statements) visitStatement(statement, around, found);
  for (const expr of exprs) visitExpr(expr, around, found);
}
