/** Which block of its function a local variable belongs to: outside of it the name means nothing, or something else. */
import { partsOfExpr, partsOfStatement, type Parts } from './typedParts.ts';
import type { FileSpan, Place, Places } from './places.ts';
import type { CheckedUnit, Expr, Statement } from './typed.ts';

export interface BlockScope {
  /** Where a user sees the block; a block that a macro gave is where the macro is used. */
  readonly span: FileSpan;
  /** Blocks of the function around the declaration, its body not counted. */
  readonly blocks: number;
}

/** The blocks of the variables that are declared in one, by the place of their declaration. */
export function blockScopes(unit: CheckedUnit | null, places: Places): ReadonlyMap<Place, BlockScope> {
  const found = new Map<Place, BlockScope>();
  for (const { body } of unit?.functions ?? [])
    if (body !== null) visitParts(partsOfStatement(body), { span: null, blocks: 0 }, { found, places });
  return found;
}

interface Around {
  readonly span: FileSpan | null;
  readonly blocks: number;
}

interface Search {
  readonly found: Map<Place, BlockScope>;
  readonly places: Places;
}

function visitStatement(statement: Statement, around: Around, search: Search): void {
  const { span, blocks } = around;
  if (statement.kind === 'declare' && span !== null)
    search.found.set(statement.variable.declaredAt.start, { span, blocks });
  const opens = statement.kind === 'block' || statement.kind === 'loop';
  visitParts(partsOfStatement(statement), opens ? inner(statement, around, search) : around, search);
}

function visitExpr(expr: Expr, around: Around, search: Search): void {
  visitParts(partsOfExpr(expr), expr.kind === 'statementExpr' ? inner(expr, around, search) : around, search);
}

function inner(node: Statement | Expr, { span, blocks }: Around, { places }: Search): Around {
  return { span: places.span(node) ?? span, blocks: blocks + 1 };
}

function visitParts({ exprs, statements }: Parts, around: Around, search: Search): void {
  for (const statement of statements) visitStatement(statement, around, search);
  for (const expr of exprs) visitExpr(expr, around, search);
}
