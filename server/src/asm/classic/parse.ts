import type { Span } from '../../base/source.ts';
import { CLASSIC_LIMITS } from '../../isa/classic.ts';
import { Cursor } from '../assembler/cursor.ts';
import { isClosed, type Lexeme } from '../assembler/lex.ts';
import { addToken, reportError, type Unit } from '../assembler/unit.ts';
import { linesOf, MOST_LEXEMES, type Line } from './lex.ts';
import { MNEMONICS } from './mnemonics.ts';
import { numberOf } from './number.ts';
import type { ClassicText, Label, Statement } from './parsed.ts';
import { checkCount, isCount, parseDecimals, parseInitializers, readCount, type Count } from './parseNumbers.ts';
import { parseInsn } from './parseStatement.ts';

/** How a text is written: as instructions in words, as C initializers, or as decimals. */
type Form = 'words' | 'initializers' | 'decimals';

interface Reading {
  readonly unit: Unit;
  readonly statements: Statement[];
  readonly labels: Label[];
  form: Form | null;
  count: Count | null;
}

/** Reads a whole text; its first line tells how it is written. Stops early where there is too much. */
export function parseClassic(unit: Unit): ClassicText {
  const reading: Reading = { unit, statements: [], labels: [], form: null, count: null };
  for (const line of linesOf(unit.source.text)) {
    readLine(reading, line);
    if (unit.full || isTooLong(reading)) break;
  }
  checkCount(unit, reading.count, reading.statements.length);
  return reading;
}

function isTooLong({ unit, statements }: Reading): boolean {
  const extra = statements[CLASSIC_LIMITS.insns];
  if (extra === undefined) return false;
  const message = `A filter has at most ${CLASSIC_LIMITS.insns} instructions; what follows was not read.`;
  reportError(unit, 'too-large', extra.span, message);
  statements.length = CLASSIC_LIMITS.insns;
  return true;
}

function readLine(reading: Reading, { lexemes, comments }: Line): void {
  const { unit } = reading;
  const cursor = new Cursor(unit, lexemes);
  for (const comment of comments) if (!isClosed(comment.text)) unclosed(unit, comment);
  if (lexemes.length > 0) {
    if (lexemes.length === MOST_LEXEMES) cursor.fail('too-large', 'the line is too long to be read');
    else readStatements(reading, cursor);
  }
  addTokens(unit, cursor, comments);
}

function unclosed(unit: Unit, { start }: Span): void {
  const message = 'The comment is never closed: it needs */ at its end.';
  reportError(unit, 'unexpected-text', { start, end: start + 2 }, message);
}

function readStatements(reading: Reading, cursor: Cursor): void {
  if (reading.form === null) {
    reading.form = formOf(cursor);
    if (reading.form === 'decimals' && isCount(cursor)) reading.count = readCount(cursor);
  }
  if (reading.form === 'initializers')
    reading.statements.push(...parseInitializers(cursor, reading.statements.length === 0));
  else if (reading.form === 'decimals') reading.statements.push(...parseDecimals(cursor));
  else readWords(reading, cursor);
}

/** C may stand in front of initializers; a word that is an instruction or a label does not look like it. */
function formOf(cursor: Cursor): Form {
  const first = cursor.peek();
  if (first?.text === '{') return 'initializers';
  if (first?.kind === 'number' && cursor.text(1) !== ':')
    return cursor.lexemes.some(({ text }) => text === '}') ? 'initializers' : 'decimals';
  const isCode = first?.kind === 'word' && !MNEMONICS.has(first.text.toLowerCase()) && cursor.text(1) !== ':';
  return isCode && cursor.lexemes.some(({ text }) => text === '{') ? 'initializers' : 'words';
}

function readWords(reading: Reading, cursor: Cursor): void {
  const { statements, unit } = reading;
  const start = cursor.here();
  const number = readIndex(cursor);
  readLabels(reading, cursor);
  if (cursor.done || cursor.failed) {
    if (cursor.failed || number !== null) statements.push({ span: cursor.since(start), insn: null, jumps: [], number });
    return;
  }
  const begin = cursor.here();
  const parsed = parseInsn(cursor);
  if (parsed !== null && !cursor.done)
    cursor.fail('unexpected-text', `the instruction ends before ${cursor.text().slice(0, 40)}; begin a new line`);
  const end = unit.full ? begin.end : (cursor.lexemes.at(-1)?.end ?? begin.end);
  const insn = cursor.failed ? null : (parsed?.insn ?? null);
  statements.push({
    span: { start: begin.start, end },
    insn,
    jumps: insn === null ? [] : (parsed?.jumps ?? []),
    number,
  });
}

/** `(003)` as tcpdump writes it, or `3:`. */
function readIndex(cursor: Cursor): number | null {
  const open = cursor.text() === '(';
  const lexeme = cursor.peek(open ? 1 : 0);
  if (lexeme?.kind !== 'number' || cursor.text(open ? 2 : 1) !== (open ? ')' : ':')) return null;
  const value = /^\d{1,9}$/.test(lexeme.text) ? Number(lexeme.text) : numberOf(lexeme.text);
  for (let i = 0; i < (open ? 3 : 2); i++) cursor.next(i === 1 && open ? 'label' : 'operator');
  return value;
}

function readLabels(reading: Reading, cursor: Cursor): void {
  for (let lexeme = cursor.peek(); lexeme?.kind === 'word' && cursor.text(1) === ':'; lexeme = cursor.peek()) {
    const span = { start: lexeme.start, end: lexeme.end };
    reading.labels.push({ name: lexeme.text, span, at: reading.statements.length });
    cursor.next('label');
    cursor.next('operator');
  }
}

function addTokens(unit: Unit, cursor: Cursor, comments: readonly Lexeme[]): void {
  let next = 0;
  for (const [index, lexeme] of cursor.lexemes.entries()) {
    for (let comment = comments[next]; comment && comment.start < lexeme.start; comment = comments[++next])
      addToken(unit, 'comment', comment);
    addToken(unit, cursor.kindOf(index) ?? 'unknown', lexeme);
  }
  for (const comment of comments.slice(next)) addToken(unit, 'comment', comment);
}
