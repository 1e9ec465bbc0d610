/** A made-up C program as a tree that can be printed and made smaller. */

/** Pieces of text and of expressions. Any expression in it may stand for the whole, and `1` for any. */
export interface ExprTree {
  readonly parts: readonly (string | ExprTree)[];
}

/** A statement: a line, or lines around a body. */
export interface StatementTree {
  readonly head: ExprTree;
  /** Null for a line alone. */
  readonly body: readonly StatementTree[] | null;
  readonly tail: string;
  /** Must stay, with its head: declarations that others use. */
  readonly kept: boolean;
}

export interface FunctionTree {
  /** Everything before the body's first statement. */
  readonly head: string;
  readonly body: readonly StatementTree[];
  readonly tail: string;
}

export interface ProgramTree {
  readonly prelude: string;
  readonly functions: readonly FunctionTree[];
}

export function expr(...parts: readonly (string | ExprTree)[]): ExprTree {
  return { parts };
}

export function line(...parts: readonly (string | ExprTree)[]): StatementTree {
  return { head: expr(...parts), body: null, tail: '', kept: false };
}

export function kept(...parts: readonly (string | ExprTree)[]): StatementTree {
  return { ...line(...parts), kept: true };
}

export function block(head: ExprTree, body: readonly StatementTree[], tail = '}'): StatementTree {
  return { head, body, tail, kept: false };
}

export function printExpr({ parts }: ExprTree): string {
  return parts.map((part) => (typeof part === 'string' ? part : printExpr(part))).join('');
}

export function printProgram({ prelude, functions }: ProgramTree): string {
  return prelude + functions.map(({ head, body, tail }) => `\n${head}\n${printBody(body, '\t')}${tail}\n`).join('');
}

function printBody(body: readonly StatementTree[], indent: string): string {
  return body.map((statement) => printStatement(statement, indent)).join('');
}

function printStatement({ head, body, tail }: StatementTree, indent: string): string {
  const first = `${indent}${printExpr(head)}\n`;
  return body === null ? first : `${first}${printBody(body, `${indent}\t`)}${indent}${tail}\n`;
}

/** All programs that are one step smaller, the most promising first. */
export function* smaller(program: ProgramTree): Generator<ProgramTree> {
  for (const [i, fn] of program.functions.entries())
    for (const body of smallerBodies(fn.body)) {
      const functions = program.functions.with(i, { ...fn, body });
      yield { ...program, functions };
    }
}

function* smallerBodies(body: readonly StatementTree[]): Generator<readonly StatementTree[]> {
  for (let stretch = body.length; stretch >= 1; stretch >>= 1)
    for (let at = 0; at < body.length; at += stretch) {
      const cut = body.slice(at, at + stretch);
      const left = cut.filter((one) => one.kept);
      if (left.length < cut.length) yield [...body.slice(0, at), ...left, ...body.slice(at + stretch)];
    }
  for (const [i, statement] of body.entries()) {
    if (statement.body !== null && !statement.kept)
      yield [...body.slice(0, i), ...statement.body, ...body.slice(i + 1)];
    for (const one of smallerStatements(statement)) yield body.with(i, one);
  }
}

function* smallerStatements(statement: StatementTree): Generator<StatementTree> {
  if (statement.body !== null) for (const body of smallerBodies(statement.body)) yield { ...statement, body };
  for (const head of smallerExprs(statement.head, false)) yield { ...statement, head };
}

/** `whole`: the expression itself may be replaced. */
function* smallerExprs(tree: ExprTree, whole: boolean): Generator<ExprTree> {
  const inner = tree.parts.filter((part) => typeof part !== 'string');
  if (whole) {
    if (printExpr(tree) !== '1') yield expr('1');
    yield* inner;
  }
  for (const [i, part] of tree.parts.entries())
    if (typeof part !== 'string') for (const one of smallerExprs(part, true)) yield expr(...tree.parts.with(i, one));
}
