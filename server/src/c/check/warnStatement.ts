/** Statements that look wrong. Mirrors clang's SemaStmt.cpp and SemaExpr.cpp (v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax, StatementSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';

/** `if (a = b)`: a second pair of parentheses says that it is meant. */
export function warnAboutAssignment(c: Checker, syntax: ExprSyntax): void {
  if (syntax.kind === 'paren') return warnAboutExtraParens(c, syntax.inner);
  if (syntax.kind !== 'assign' || (syntax.op !== '=' && syntax.op !== '|=')) return;
  const message = 'using the result of an assignment as a condition without parentheses';
  const instead =
    syntax.op === '='
      ? "use '==' to turn this assignment into an equality comparison"
      : "use '!=' to turn this compound assignment into an inequality comparison";
  reportWarning(c.problems, 'parentheses', syntax.opAt, message, {
    notes: [
      { at: syntax.opAt, message: 'place parentheses around the assignment to silence this warning' },
      { at: syntax.opAt, message: instead },
    ],
    fix: { title: "Change '=' to '=='", edits: [{ at: syntax.opAt, text: syntax.op === '=' ? '==' : '!=' }] },
  });
}

/** `if ((a == b))`: the extra pair looks like an assignment that was meant. */
function warnAboutExtraParens(c: Checker, inner: ExprSyntax): void {
  if (inner.kind !== 'binary' || inner.op !== '==' || inner.opAt.start >= FIRST_EXPANSION) return;
  if (!['identifier', 'member', 'index'].includes(inner.left.kind) || inner.start >= FIRST_EXPANSION) return;
  reportWarning(c.problems, 'parentheses-equality', inner.opAt, 'equality comparison with extraneous parentheses', {
    notes: [
      { at: inner.opAt, message: 'remove extraneous parentheses around the comparison to silence this warning' },
      { at: inner.opAt, message: "use '=' to turn this equality comparison into an assignment" },
    ],
  });
}

/** `if (x);`: the semicolon on the line of the head. */
export function warnAboutEmptyBody(c: Checker, head: Range, body: StatementSyntax, what: string, alone: boolean): void {
  if (body.kind !== 'empty' || !alone || body.start >= FIRST_EXPANSION || head.start >= FIRST_EXPANSION) return;
  const [from, to] = [c.places.written(head.end - 1), c.places.written(body.start)];
  if (from === null || to === null || from.file !== to.file) return;
  if (from.file.text.slice(from.offset, to.offset).includes('\n')) return;
  const notes = [{ at: body, message: 'put the semicolon on a separate line to silence this warning' }];
  reportWarning(c.problems, 'empty-body', body, `${what} has empty body`, { notes });
}
