/** Text to the unit's sections, labels, items, maps and tokens. */
import type { Span } from '../../base/source.ts';
import type { InvalidInsn } from '../../isa/insn.ts';
import { slots } from '../../isa/insn.ts';
import { Cursor, shorten } from './cursor.ts';
import { parseDirective } from './directives.ts';
import { isClosed, Lexer, type Lexeme } from './lex.ts';
import { nearest } from './nearest.ts';
import { isRegister } from './operands.ts';
import { parseInsn } from './parseInsn.ts';
import type { Parsed } from './parsed.ts';
import { mnemonicNamed } from '../mnemonic/table.ts';
import type { TokenKind } from './syntax.ts';
import { STATEMENT_WORDS } from './tables.ts';
import { addToken, reportError, type Item, type Unit } from './unit.ts';

/** Reads the whole file; stops early only when it is mostly mistakes. */
export function readStatements(unit: Unit): void {
  const lexer = new Lexer(unit.source.text);
  const comments: Span[] = [];
  let lexemes: Lexeme[] = [];
  for (let lexeme = lexer.next(); !unit.full; lexeme = lexer.next()) {
    if (lexeme?.kind === 'comment') comments.push(checkedComment(unit, lexeme));
    else if (lexeme !== null && lexeme.kind !== 'end') addLexeme(unit, lexemes, lexeme);
    else {
      readStatement(unit, lexemes, comments);
      comments.length = 0;
      lexemes = [];
      if (lexeme === null) return;
    }
  }
}

function checkedComment(unit: Unit, comment: Lexeme): Span {
  if (!isClosed(comment.text))
    reportError(
      unit,
      'unexpected-text',
      { start: comment.start, end: comment.start + 2 },
      'The comment is never closed: it needs */ at its end.',
    );
  return comment;
}

/** Nobody writes such a line by hand, and keeping all of it would take a lot of memory. */
const MOST_LEXEMES = 200_000;

function addLexeme(unit: Unit, lexemes: Lexeme[], lexeme: Lexeme): void {
  if (lexemes.length < MOST_LEXEMES) lexemes.push(lexeme);
  if (lexemes.length !== MOST_LEXEMES || lexemes.at(-1) !== lexeme) return;
  reportError(
    unit,
    'too-large',
    lexeme,
    `The line is too long: what stands behind ${MOST_LEXEMES} words and signs was not read.`,
  );
}

function readStatement(unit: Unit, lexemes: readonly Lexeme[], comments: readonly Span[]): void {
  if (lexemes.length === 0) {
    for (const comment of comments) addToken(unit, 'comment', comment);
    return;
  }
  const cursor = new Cursor(unit, lexemes);
  const first = cursor.here();
  unit.section.end = lexemes.at(-1)?.end ?? first.end;
  readLabels(cursor);
  if (!cursor.done && !cursor.failed) {
    const begin = cursor.here();
    if (cursor.text().startsWith('.')) parseDirective(cursor);
    else if (isBareName(cursor)) declareWithoutColon(cursor);
    else addInsn(unit, cursor, begin);
  }
  addTokens(unit, cursor, comments);
}

/** `name:`, `1:`, and what dumps write before an instruction: its pc, its opcode, its bytes. */
function readLabels(cursor: Cursor): void {
  while (cursor.text(1) === ':') {
    const lexeme = cursor.peek();
    if (lexeme?.kind === 'number' && skipDumpPrefix(cursor)) return;
    if (lexeme?.kind === 'word' && isStatementWord(lexeme.text) && !isUsedAsName(cursor.unit, lexeme.text)) {
      const colon = cursor.peek(2) === null ? cursor.peek(1) : null;
      cursor.fail('unexpected-text', `${lexeme.text} is an instruction: no colon belongs behind it`, colon ?? lexeme);
      pushInsn(cursor.unit, lexeme, { insn: unreadable(), symbol: null });
      return;
    }
    if (lexeme?.kind === 'word') declareLabel(cursor, lexeme, false);
    else if (lexeme?.kind === 'number' && /^[0-9]{1,9}$/.test(lexeme.text)) declareLabel(cursor, lexeme, true);
    else return;
    cursor.next('label');
    cursor.next('operator');
  }
}

const HEX_BYTE = /^[0-9a-fA-F]{2}$/;

function skipDumpPrefix(cursor: Cursor): boolean {
  if (cursor.text(2) === '(' && HEX_BYTE.test(cursor.text(3)) && cursor.text(4) === ')') {
    cursor.opcode = Number.parseInt(cursor.text(3), 16);
    for (let i = 0; i < 5; i++) cursor.next('comment');
    return true;
  }
  for (let i = 0; i < 8; i++) if (!HEX_BYTE.test(cursor.text(2 + i))) return false;
  cursor.opcode = Number.parseInt(cursor.text(2), 16);
  while (HEX_BYTE.test(cursor.text(2))) cursor.next('comment');
  cursor.next('comment');
  cursor.next('comment');
  return true;
}

function declareLabel(cursor: Cursor, lexeme: Lexeme, local: boolean): void {
  const { unit } = cursor;
  const { section } = unit;
  const { text: name } = lexeme;
  withdraw(unit, name);
  const span = { start: lexeme.start, end: lexeme.end };
  const at = section.kind === 'code' ? section.slots : section.dataLength;
  const label = { name, span, section, at, item: section.items.length, local };
  if (local) {
    const key = localKey(section.name, name);
    const earlier = unit.locals.get(key);
    if (earlier === undefined) unit.locals.set(key, [label]);
    else earlier.push(label);
  } else if (unit.labels.has(name) || unit.maps.has(name)) {
    reportError(
      unit,
      'duplicate-name',
      span,
      `${shorten(name)} is declared twice; numbers (1: with 1b and 1f) can be used again.`,
    );
    return;
  } else unit.labels.set(name, label);
  section.labels.push(label);
}

/** A name alone on its line is a label without its colon, unless it looks like an instruction. */
function isBareName(cursor: Cursor): boolean {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word' || cursor.peek(1) !== null || cursor.unit.section.kind === 'skipped') return false;
  return (
    /^[A-Za-z_]\w{0,99}$/.test(lexeme.text) &&
    !isRegister(lexeme.text.toLowerCase()) &&
    !looksLikeStatement(lexeme.text)
  );
}

function isStatementWord(word: string): boolean {
  return STATEMENT_WORDS.includes(word.toLowerCase());
}

/** `exit:` is a label after all where something jumps to it; LLVM takes it as one, too. */
function isUsedAsName(unit: Unit, word: string): boolean {
  unit.instructionNames ??= new Set(
    [...unit.source.text.matchAll(NAME_USES)].map(([, target, loaded]) => target ?? loaded ?? ''),
  );
  return unit.instructionNames.has(word);
}

const STATEMENT_WORD = STATEMENT_WORDS.join('|');
const NAME_USES = new RegExp(
  String.raw`(?:\b(?:goto|gotol|may_goto|call)|\.(?:globl|global|type))[ \t]+(${STATEMENT_WORD})\b|=[ \t]+(${STATEMENT_WORD})[ \t]+ll\b`,
  'gi',
);

function looksLikeStatement(word: string): boolean {
  return isStatementWord(word) || mnemonicNamed(word) !== null || nearest(word, STATEMENT_WORDS) !== null;
}

/** Declared all the same, so that the jumps to it are not called wrong as well. */
function declareWithoutColon(cursor: Cursor): void {
  const lexeme = cursor.peek();
  if (lexeme === null) return;
  const name = shorten(lexeme.text);
  const fix = { title: `Change to ${name}:`, edits: [{ span: { start: lexeme.end, end: lexeme.end }, text: ':' }] };
  cursor.fail(
    'unknown-instruction',
    `no instruction begins with ${name}; a label ends with a colon: ${name}:`,
    lexeme,
    fix,
  );
  if (cursor.unit.labels.has(lexeme.text) || cursor.unit.maps.has(lexeme.text)) {
    pushInsn(cursor.unit, lexeme, { insn: unreadable(), symbol: null });
    return;
  }
  declareLabel(cursor, lexeme, false);
  cursor.unit.tentative.add(lexeme.text);
  cursor.next('label');
}

/** A label that is none after all. */
function withdraw(unit: Unit, name: string): void {
  const label = unit.labels.get(name);
  if (label === undefined || !unit.tentative.delete(name)) return;
  unit.labels.delete(name);
  label.section.labels.splice(label.section.labels.indexOf(label), 1);
}

export function localKey(section: string, name: string): string {
  return `${section}\n${name}`;
}

function addInsn(unit: Unit, cursor: Cursor, begin: Span): void {
  const { section } = unit;
  if (section.kind === 'skipped') {
    markAll(cursor, 'comment');
    return;
  }
  if (section.kind !== 'code') {
    cursor.fail(
      'misplaced',
      `section ${section.name} holds data; instructions belong into .text or a section of programs`,
    );
    return;
  }
  const parsed = parseInsn(cursor);
  const span = { start: begin.start, end: cursor.lexemes.at(-1)?.end ?? begin.end };
  if (parsed !== null) pushInsn(unit, span, parsed);
  else pushInsn(unit, span, { insn: unreadable(), symbol: null });
}

function pushInsn(unit: Unit, span: Span, { insn, symbol }: Parsed): void {
  const { section } = unit;
  const item: Item = { insn, span, symbol, pc: section.slots };
  section.items.push(item);
  section.slots += slots(insn);
}

/**
 * A statement that cannot be read takes one slot, which holds no instruction: so the pcs of the lines around it stay
 * what they will be once it is mended.
 */
export function unreadable(reason = 'this line could not be assembled'): InvalidInsn {
  return { kind: 'invalid', opcode: 0, regs: 0, off: 0, imm: 0, reason, kernelMessage: 'unknown opcode 00' };
}

function markAll(cursor: Cursor, kind: TokenKind): void {
  while (!cursor.done) cursor.next(kind);
}

const DEFAULT_KINDS: Readonly<Record<Lexeme['kind'], TokenKind>> = {
  word: 'unknown', number: 'number', string: 'string', operator: 'operator', bad: 'unknown', comment: 'comment',
  end: 'operator',
}; // prettier-ignore

/** Tokens of a statement in text order; neighbours that mean nothing become one, so that noise stays small. */
function addTokens(unit: Unit, cursor: Cursor, comments: readonly Span[]): void {
  let comment = 0;
  for (const [index, lexeme] of cursor.lexemes.entries()) {
    for (let next = comments[comment]; next !== undefined && next.start < lexeme.start; next = comments[++comment])
      addToken(unit, 'comment', next);
    const kind = cursor.kindOf(index) ?? (cursor.failed ? 'unknown' : DEFAULT_KINDS[lexeme.kind]);
    const last = unit.tokens.at(-1);
    if (kind === 'unknown' && last?.kind === 'unknown' && index > 0 && cursor.kindOf(index - 1) === undefined)
      unit.tokens[unit.tokens.length - 1] = { kind, span: { start: last.span.start, end: lexeme.end } };
    else addToken(unit, kind, lexeme);
  }
  for (; comment < comments.length; comment++) addToken(unit, 'comment', comments[comment] as Span);
}
