/** Statements that look as if they belonged elsewhere. Mirrors clang's ParseStmt.cpp and DiagnoseEmptyLoopBody (v19). */
import { FIRST_EXPANSION, type Place } from '../places.ts';
import { reportWarning } from '../problem.ts';
import type { StatementSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { foundAfter } from './found.ts';

/** Of two statements, one behind the other in a block. */
export function warnAboutNext(c: Checker, statement: StatementSyntax, next: StatementSyntax): void {
  if (statement.start >= FIRST_EXPANSION || next.start >= FIRST_EXPANSION) return;
  if (statement.kind !== 'while' && statement.kind !== 'for' && statement.kind !== 'if') return;
  const body = statement.kind === 'if' ? statement.then : statement.body;
  if (statement.kind !== 'if' && body.kind === 'empty') warnAboutEmptyLoop(c, statement, next);
  else if (statement.kind !== 'if' || statement.otherwise === null) warnAboutIndentation(c, statement, body, next);
}

type Loop = Extract<StatementSyntax, { kind: 'for' } | { kind: 'do' | 'while' }>;

/** `while (x);` before something that looks like its body. */
function warnAboutEmptyLoop(c: Checker, loop: Loop, next: StatementSyntax): void {
  const { body } = loop;
  if (body.kind !== 'empty' || body.attributes.length > 0) return;
  const [head, semicolon, own, other] = [lastBefore(c, body.start), body.start, loop.start, next.start].map((at) =>
    lineOf(c, at),
  );
  if (head === undefined || head === null || semicolon?.line !== head.line || own === undefined || other === undefined)
    return;
  const looksLikeBody = next.kind === 'compound' || (own !== null && other !== null && other.column > own.column);
  if (!looksLikeBody) return;
  reportWarning(c.problems, 'empty-body', body, `${loop.kind} loop has empty body`, {
    notes: [{ at: body, message: 'put the semicolon on a separate line to silence this warning' }],
  });
}

/** The last character that is no space before a place. */
function lastBefore(c: Checker, place: Place): Place {
  const at = c.places.written(place);
  if (at === null) return place;
  const text = at.file.text.slice(Math.max(0, at.offset - FARTHEST), at.offset);
  return place - (text.length - text.trimEnd().length) - 1;
}

const FARTHEST = 1000;

interface Line {
  readonly line: number;
  /** With tabs of eight columns. */
  readonly column: number;
  readonly first: boolean;
}

function lineOf(c: Checker, place: Place): Line | null {
  const at = c.places.written(place);
  if (at === null) return null;
  const start = at.file.text.lastIndexOf('\n', at.offset - 1) + 1;
  const before = at.file.text.slice(start, at.offset);
  let column = 0;
  for (const one of before) column = one === '\t' ? (Math.floor(column / TAB) + 1) * TAB : column + 1;
  return { line: start, column: column + 1, first: before.trim() === '' };
}

const TAB = 8;

/** The next statement stands below the body as if it belonged to it. */
function warnAboutIndentation(
  c: Checker,
  statement: StatementSyntax,
  body: StatementSyntax,
  next: StatementSyntax,
): void {
  if (body.kind === 'compound' || body.start >= FIRST_EXPANSION || next.kind === 'label' || next.kind === 'empty')
    return;
  const [own, inner, behind] = [statement.start, body.start, next.start].map((at) => lineOf(c, at));
  if (!own?.first || !inner?.first || !behind?.first || own.line === behind.line) return;
  if (inner.column <= own.column || inner.column !== behind.column || hasDirective(c, statement.start, next.start))
    return;
  const message = `misleading indentation; statement is not part of the previous '${statement.kind}'`;
  reportWarning(c.problems, 'misleading-indentation', next, message, {
    notes: [{ at: statement, message: 'previous statement is here' }],
  });
}

function hasDirective(c: Checker, start: Place, end: Place): boolean {
  const at = c.places.written(start);
  return at === null || /^[ \t]*#/m.test(at.file.text.slice(at.offset, at.offset + (end - start)));
}

/** `if (a) if (b) …; else …;`: an `else` of the inner one where the outer one has none. */
export function warnAboutDangling(c: Checker, statement: Extract<StatementSyntax, { kind: 'if' }>): void {
  if (statement.otherwise !== null) return;
  const at = trailingElse(c, statement.then);
  if (at === null) return;
  reportWarning(c.problems, 'dangling-else', { start: at, end: at + 4 }, 'add explicit braces to avoid dangling else');
}

function trailingElse(c: Checker, statement: StatementSyntax): Place | null {
  switch (statement.kind) {
    case 'if': {
      if (statement.otherwise === null) return null;
      const { start, end } = foundAfter(c, statement.then.end, 'else');
      return end - start === 4 ? start : null;
    }
    case 'while':
    case 'for':
    case 'switch':
    case 'label':
    case 'case':
    case 'default':
      return trailingElse(c, statement.body);
    default:
      return null;
  }
}
